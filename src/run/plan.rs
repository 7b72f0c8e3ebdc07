//! The exact steps of a run before it runs: which levels, and the factors of each step.

use crate::checkpoint::{MeanSqEps, Scheduler};
use crate::error::Error;
use crate::math::level::NoiseLevel;
use crate::math::predict::Prediction;
use crate::math::schedule::LONGEST;
use crate::math::threshold::Threshold;
use crate::math::time::Timestep;
use crate::options::{Clip, Path, PlanOptions, Repaint, SamplerOptions, required};
use crate::sampler::{
    Ddpm, Kind, LearnedVariance, Sampler as _, StepCoeffs, Variance, uncertainty, with_optimal_variance,
    with_sigma_clip,
};

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
    /// Variance of the step's noise, before `sigmaClip` bounds it.
    pub noise_variance: f64,
    /// What is left open of a pixel of the image once x_t is known: its variance as Analytic-DPM measured it, else the largest
    /// that data in [-1, 1] can have (Bao et al. 2022, theorem 2).
    pub x0_variance: f64,
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
    /// Whether the coefficients' noise includes what is left open of the image: Analytic-DPM's does.
    pub optimal_variance: bool,
    /// Whether `x0_variance` is from what Analytic-DPM measured of the network. Else it is the largest that it can be.
    pub is_measured: bool,
    /// What takes the place of the bound where there is clipping.
    pub threshold: Option<Threshold>,
    /// Whether the run goes back to noise where a step begins noisier than the one before it ended.
    pub jumps: bool,
    /// Timesteps of the schedule.
    pub num_train_timesteps: usize,
    /// What the network predicts of a variance, in the second half of its output; none: it has no second half.
    pub learned_variance: Option<LearnedVariance>,
    /// Whether the variance of the steps is the one that the network predicts.
    pub takes_variance: bool,
}

impl Plan {
    /// Lays out the steps. Each leads to the next listed level, the last one to the data (or, of DDIM, where the scheduler says).
    ///
    /// diffusers' `DDIMScheduler` steps by the constant `T / K` instead, which misses the listed timesteps with
    /// `linspace`, and with `trailing` where K does not divide T: see [`as_diffusers`](PlanOptions::as_diffusers).
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
        let takes_variance = matches!(kind, Kind::Ddpm(Ddpm { variance: Variance::Learned }));
        if takes_variance && scheduler.learned_variance.is_none() {
            return Err(Error::invalid(
                "variance",
                "\"learned\"",
                "\"small\" or \"large\": the network predicts no variance",
            ));
        }
        if takes_variance && sigma_clip > 0.0 {
            return Err(Error::misplaced("sigmaClip", &sigma_clip.to_string(), "variance \"small\" or \"large\""));
        }
        let stepping = Stepping { kind, table: table_for_variance, sigma_clip };
        let listed = stops(&options.path(scheduler, table)?, scheduler);
        let stride = (options.as_diffusers && matches!(kind, Kind::Ddim(_)))
            .then(|| scheduler.schedule.num_train_timesteps() / listed.len());
        let stops = begun_at(options.start, listed, scheduler);
        let end = end(options, scheduler);
        let nexts = stops.iter().skip(1).copied().map(Some).chain([end]);
        let steps = stops.iter().copied().zip(nexts).map(|((t, level), next)| {
            let next = stride.map_or(next, |stride| strided(t, stride, scheduler).or(end));
            let next_level = next.map_or(NoiseLevel::DATA, |(_, level)| level);
            let s = next.map(|(t, _)| t);
            let mut unbounded = stepping.coeffs(t, level, s, next_level);
            if let Kind::Ddpm(ddpm) = kind
                && options.as_diffusers
                && s.is_none()
                && t > 0.0
            {
                unbounded.c_z = ddpm.coeffs(level, next_level).c_z;
            }
            PlannedStep {
                t,
                s,
                level,
                next_level,
                coeffs: stepping.bounded(unbounded, s),
                noise_variance: unbounded.c_z * unbounded.c_z,
                x0_variance: x0_variance(t, level, table),
            }
        });
        let steps: Vec<_> = steps.collect();

        Ok(Self {
            steps: match options.repaint {
                Some(repaint) => repainted(&steps, repaint)?,
                None => steps,
            },
            optimal_variance: table_for_variance.is_some(),
            is_measured: table.is_some(),
            num_train_timesteps: scheduler.schedule.num_train_timesteps(),
            prediction: scheduler.prediction,
            learned_variance: scheduler.learned_variance,
            takes_variance,
            clip,
            clip_range: scheduler.clip_sample_range,
            threshold: scheduler.threshold.filter(|_| clip != Clip::None),
            jumps: options.repaint.is_some(),
        })
    }
}

/// The levels of a path with the timesteps that the network is asked at, noisiest first.
fn stops(path: &Path, scheduler: &Scheduler) -> Vec<Stop> {
    let schedule = &scheduler.schedule;
    match path {
        // A path holds no timestep past the schedule.
        Path::Timesteps(timesteps) => {
            timesteps.iter().filter_map(|t| schedule.level(*t).map(|level| (t.as_f64(), level))).collect()
        }
        Path::LogSnr(num_steps) => {
            scheduler.gamma.levels(*num_steps).map(|level| (schedule.timestep_of(level), level)).collect()
        }
    }
}

/// Where diffusers' DDIM leads from a timestep; none before the first.
fn strided(t: f64, stride: usize, scheduler: &Scheduler) -> Option<Stop> {
    let s = (t as usize).checked_sub(stride)?;
    scheduler.schedule.level(Timestep(s)).map(|level| (s as f64, level))
}

/// Where the last step leads; `None` is the data. `set_alpha_to_one` is DDIM's own.
fn end(options: &PlanOptions, scheduler: &Scheduler) -> Option<Stop> {
    let is_ddim = matches!(options.sampler, SamplerOptions::Ddim { .. });
    let first = scheduler.schedule.level(Timestep(0)).filter(|_| is_ddim && !scheduler.ends_at_data);
    first.map(|level| (0.0, level))
}

/// The levels from a timestep on, which comes first; all of them where none is given.
fn begun_at(start: Option<usize>, stops: Vec<Stop>, scheduler: &Scheduler) -> Vec<Stop> {
    let first = start.and_then(|t| Some((t as f64, scheduler.schedule.level(Timestep(t))?)));
    let Some(first) = first else { return stops };
    let later = stops.into_iter().filter(|(_, level)| *level > first.1);
    std::iter::once(first).chain(later).collect()
}

/// The variance that is left of a pixel at a timestep.
fn x0_variance(t: f64, level: NoiseLevel, table: Option<&MeanSqEps>) -> f64 {
    // Levels that are no timesteps have no entry.
    let table = table.filter(|_| t.fract() == 0.0);
    uncertainty(level, table.map_or(0.0, |table| table.at(Timestep(t as usize))))
}

/// RePaint's order of the steps (Lugmayr et al. 2022, algorithm 1, with the jumps of their appendix, as in diffusers): wherever a
/// multiple of `jump` steps is left, and `jump` steps have been taken, the last `jump` are taken anew, `resample` times in all.
///
/// # Errors
/// `invalid-known` where there would be too many.
fn repainted(steps: &[PlannedStep], repaint: Repaint) -> Result<Vec<PlannedStep>, Error> {
    let Repaint { jump, resample } = repaint;
    let stretches = steps.len().saturating_sub(1) / jump;
    let all = steps.len() + stretches * jump * (resample - 1);
    if all > LONGEST {
        let given = format!("{resample} times over {stretches} stretches of {jump} steps");
        return Err(Error::invalid("known.resample", given, format!("at most {LONGEST} steps in all, not {all}")));
    }
    let mut left_of = vec![resample - 1; stretches];
    let (mut order, mut next) = (Vec::with_capacity(all), 0);
    while next < steps.len() {
        order.push(steps[next]);
        next += 1;
        let left = steps.len() - next;
        if left.is_multiple_of(jump)
            && let Some(more @ 1..) = left_of.get_mut(left / jump)
        {
            *more -= 1;
            next -= jump;
        }
    }
    Ok(order)
}

/// A level with the timestep that the network is asked at.
type Stop = (f64, NoiseLevel);

/// A sampler; Analytic-DPM's table where the variance is made from it; and the bound on the noise of the step into x_1.
struct Stepping<'a> {
    kind: Kind,
    table: Option<&'a MeanSqEps>,
    sigma_clip: f64,
}

impl Stepping<'_> {
    fn coeffs(&self, t: f64, level: NoiseLevel, s: Option<f64>, next_level: NoiseLevel) -> StepCoeffs {
        let base = self.kind.coeffs(level, next_level);
        match self.table {
            // Its samplers visit training timesteps only, which are whole.
            Some(table) if s.is_some() => with_optimal_variance(base, level, table.at(Timestep(t as usize))),
            _ => base,
        }
    }

    /// The same with its noise bounded, in the step into x_1.
    fn bounded(&self, coeffs: StepCoeffs, s: Option<f64>) -> StepCoeffs {
        let into_x1 = s == Some(Timestep(0).as_f64());
        if into_x1 { with_sigma_clip(coeffs, self.sigma_clip) } else { coeffs }
    }
}
