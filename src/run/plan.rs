//! The exact steps of a run before it runs: which levels, and the factors of each step.

use serde_json::{Value, json};

use crate::checkpoint::Scheduler;
use crate::math::level::NoiseLevel;
use crate::math::predict::Prediction;
use crate::math::time::Timestep;
use crate::options::{Clip, Path, PlanOptions};
use crate::sampler::{StepCoeffs, with_optimal_variance, with_sigma_clip};

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
    pub fn new(options: &PlanOptions, scheduler: &Scheduler) -> Self {
        let stops = stops(&options.path, scheduler);
        let nexts = stops.iter().skip(1).copied().map(Some).chain([None]);
        let steps = stops.iter().copied().zip(nexts).map(|((t, level), next)| {
            let next_level = next.map_or(NoiseLevel::DATA, |(_, level)| level);
            let s = next.map(|(t, _)| t);
            PlannedStep { t, s, level, next_level, coeffs: coeffs(options, t, level, s, next_level) }
        });

        Self {
            steps: steps.collect(),
            prediction: scheduler.prediction,
            clip: options.clip,
            clip_range: scheduler.clip_sample_range,
        }
    }

    /// The public form: the timesteps, and for every step `t`, `s` (null: the data), log SNR at `t` and the factors.
    pub fn to_json(&self) -> Value {
        let timesteps: Vec<f64> = self.steps.iter().map(|step| step.t).collect();
        let steps: Vec<Value> = self.steps.iter().map(step_to_json).collect();
        json!({ "timesteps": timesteps, "steps": steps })
    }
}

/// The levels of a path with the timesteps that the network is asked at, noisiest first.
fn stops(path: &Path, scheduler: &Scheduler) -> Vec<(f64, NoiseLevel)> {
    let schedule = &scheduler.schedule;
    match path {
        // Options hold no timestep past the schedule: they were read against it.
        Path::Timesteps(timesteps) => {
            timesteps.iter().filter_map(|t| schedule.level(*t).map(|level| (t.as_f64(), level))).collect()
        }
        Path::LogSnr(num_steps) => {
            schedule.log_snr_levels(*num_steps).map(|level| (schedule.timestep_of(level), level)).collect()
        }
    }
}

fn coeffs(options: &PlanOptions, t: f64, level: NoiseLevel, s: Option<f64>, next_level: NoiseLevel) -> StepCoeffs {
    let base = options.sampler.coeffs(level, next_level);
    let coeffs = match &options.analytic {
        Some(mean_sq_eps) if s.is_some() => with_optimal_variance(base, level, mean_sq_eps.at(t)),
        _ => base,
    };
    let into_x1 = s == Some(Timestep(0).as_f64());
    if into_x1 { with_sigma_clip(coeffs, options.sigma_clip) } else { coeffs }
}

fn step_to_json(step: &PlannedStep) -> Value {
    let StepCoeffs { c_x0, c_eps, c_xt, c_z } = step.coeffs;
    json!({
        "t": step.t,
        "s": step.s,
        "logSnr": step.level.log_snr(),
        "x0": c_x0,
        "eps": c_eps,
        "xt": c_xt,
        "z": c_z,
    })
}
