//! The exact steps of a run before it runs: which levels, and the factors of each step.

use crate::checkpoint::{MeanSqEps, Scheduler};
use crate::error::Error;
use crate::math::level::NoiseLevel;
use crate::math::predict::Prediction;
use crate::math::time::Timestep;
use crate::options::{Clip, Path, PlanOptions, required};
use crate::sampler::{Kind, StepCoeffs, with_optimal_variance, with_sigma_clip};

/// One reverse step of a plan.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlannedStep {
    /// The timestep that the network is asked at; fractional where the level lies between two.
    pub t: f64,
    /// The timestep that the step leads to; `None` is the data.
    pub s: Option<f64>,
    /// The level at `t`.
    pub level: NoiseLevel,
    /// The level at `s`.
    pub next_level: NoiseLevel,
    /// The step's factors.
    pub coeffs: StepCoeffs,
}

/// Everything about a run that does not depend on the network or the noise.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The steps, noisiest first, at least one.
    pub steps: Vec<PlannedStep>,
    /// What the network predicts.
    pub prediction: Prediction,
    /// Clipping.
    pub clip: Clip,
    /// Bound of a clipped `x0_hat`.
    pub clip_range: f64,
}

impl Plan {
    /// Lays out the steps. Each leads to the next listed level, the last one to the data.
    ///
    /// diffusers' `DDIMScheduler` steps by the constant `T / K` instead, which misses the listed timesteps with
    /// `linspace`, and with `trailing` where K does not divide T.
    ///
    /// `table` is what Analytic-DPM measured of the network, where that is known.
    ///
    /// # Errors
    /// `invalid-` and the name of an option that does not fit the scheduler; `invalid-mean-sq-eps` where Analytic-DPM is asked for
    /// without a table.
    pub fn new(options: &PlanOptions, scheduler: &Scheduler, table: Option<&MeanSqEps>) -> Result<Self, Error> {
        options.sampler.check()?;
        let clip = options.clip(scheduler);
        let table_for_variance = if options.sampler.is_analytic() { Some(required(table)?) } else { None };
        let (kind, sigma_clip) = (options.sampler.kind(clip, scheduler), options.sampler.sigma_clip());
        let stepping = Stepping { kind, table: table_for_variance, sigma_clip };
        let stops = stops(&options.path(scheduler, table)?, scheduler);
        let nexts = stops.iter().skip(1).copied().map(Some).chain([None]);
        let steps = stops.iter().copied().zip(nexts).map(|((t, level), next)| {
            let next_level = next.map_or(NoiseLevel::DATA, |(_, level)| level);
            let s = next.map(|(t, _)| t);
            PlannedStep { t, s, level, next_level, coeffs: stepping.coeffs(t, level, s, next_level) }
        });

        Ok(Self {
            steps: steps.collect(),
            prediction: scheduler.prediction,
            clip,
            clip_range: scheduler.clip_sample_range,
        })
    }
}

/// The levels of a path with the timesteps that the network is asked at, noisiest first.
fn stops(path: &Path, scheduler: &Scheduler) -> Vec<(f64, NoiseLevel)> {
    let schedule = &scheduler.schedule;
    match path {
        // A path holds no timestep past the schedule.
        Path::Timesteps(timesteps) => {
            timesteps.iter().filter_map(|t| schedule.level(*t).map(|level| (t.as_f64(), level))).collect()
        }
        Path::LogSnr(num_steps) => {
            schedule.log_snr_levels(*num_steps).map(|level| (schedule.timestep_of(level), level)).collect()
        }
    }
}

/// A sampler; Analytic-DPM's table where the variance is made from it; and the bound on the noise of the step into x_1.
struct Stepping<'a> {
    kind: Kind,
    table: Option<&'a MeanSqEps>,
    sigma_clip: f64,
}

impl Stepping<'_> {
    fn coeffs(&self, t: f64, level: NoiseLevel, s: Option<f64>, next_level: NoiseLevel) -> StepCoeffs {
        let base = self.kind.coeffs(level, next_level);
        let coeffs = match self.table {
            // Its samplers visit training timesteps only, which are whole.
            Some(table) if s.is_some() => with_optimal_variance(base, level, table.at(Timestep(t as usize))),
            _ => base,
        };
        let into_x1 = s == Some(Timestep(0).as_f64());
        if into_x1 { with_sigma_clip(coeffs, self.sigma_clip) } else { coeffs }
    }
}
