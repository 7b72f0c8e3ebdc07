//! The options of a plan and of a run, read strictly: an unknown name, a value out of range, or an option that the
//! chosen sampler does not have, is an error.

use serde_json::{Map, Value};

use super::noise::{Rng, seed_from_json};
use super::scheduler::Scheduler;
use super::shape::{MOST_IMAGES, Shape};
use super::value;
use crate::error::Error;
use crate::math::time::Timestep;
use crate::math::trajectory::Trajectory;
use crate::sampler::{Ddim, Ddpm, Kind, Variance};

/// Every option of a plan.
pub const PLAN_OPTIONS: [&str; 6] = ["sampler", "variance", "eta", "steps", "trajectory", "clip"];
/// Every option of a run, but `noise` and `signal`, which are no plain values.
pub const SAMPLE_OPTIONS: [&str; 11] =
    ["sampler", "variance", "eta", "steps", "trajectory", "clip", "seed", "rng", "batch", "labels", "guidance"];
/// Largest guidance weight.
const MAX_GUIDANCE: f64 = 100.0;
/// Steps of a run where nothing else is said.
const DEFAULT_STEPS: usize = 50;

/// What happens to a predicted image that leaves the range of the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clip {
    /// Nothing (ermongroup/ddim).
    None,
    /// `x0_hat` is clamped, the network's noise kept (diffusers' default; Analytic-DPM).
    X0,
    /// `x0_hat` is clamped and the noise derived from it anew (improved-diffusion; `use_clipped_model_output`).
    X0Eps,
}

/// The options that decide on a run's steps.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanOptions {
    /// The sampler. Default: DDIM with `eta` 0.
    pub sampler: Kind,
    /// The timesteps, descending, at least one. Default: 50 by the scheduler's own spacing.
    pub timesteps: Vec<Timestep>,
    /// Clipping. Default: `X0` where the scheduler says `clip_sample`, else `None`.
    pub clip: Clip,
}

/// The options of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct SampleOptions {
    /// The steps.
    pub plan: PlanOptions,
    /// The seed.
    pub seed: u64,
    /// The generator. Default: Philox.
    pub rng: Rng,
    /// Images, where the options say so.
    pub batch: Option<usize>,
    /// Class labels as given: one an image, or one for all.
    pub labels: Option<Vec<u64>>,
    /// Weight of classifier-free guidance, from 0 to 100. Default: 1, which is off.
    pub guidance: f64,
}

impl PlanOptions {
    /// Reads the options of a plan.
    ///
    /// # Errors
    /// `unknown-option`, or `invalid-` and the option's name.
    pub fn from_json(options: &Map<String, Value>, scheduler: &Scheduler) -> Result<Self, Error> {
        known_options(options, &PLAN_OPTIONS)?;
        Self::read(options, scheduler)
    }

    fn read(options: &Map<String, Value>, scheduler: &Scheduler) -> Result<Self, Error> {
        Ok(Self {
            sampler: sampler(options, scheduler)?,
            timesteps: timesteps(options, scheduler)?,
            clip: match options.get("clip") {
                Some(clip) => {
                    value::choice("clip", clip, &[("none", Clip::None), ("x0", Clip::X0), ("x0-eps", Clip::X0Eps)])?
                }
                None if scheduler.clip_sample => Clip::X0,
                None => Clip::None,
            },
        })
    }
}

impl SampleOptions {
    /// Reads the options of a run.
    ///
    /// # Errors
    /// `unknown-option`, or `invalid-` and the option's name.
    pub fn from_json(options: &Map<String, Value>, scheduler: &Scheduler) -> Result<Self, Error> {
        known_options(options, &SAMPLE_OPTIONS)?;
        Ok(Self {
            plan: PlanOptions::read(options, scheduler)?,
            seed: options.get("seed").map_or(Ok(0), seed_from_json)?,
            rng: options.get("rng").map_or(Ok(Rng::Philox), Rng::from_json)?,
            batch: options.get("batch").map(batch).transpose()?,
            labels: options.get("labels").map(labels_from_json).transpose()?,
            guidance: options.get("guidance").map_or(Ok(1.0), |w| value::number("guidance", w, 0.0..=MAX_GUIDANCE))?,
        })
    }
}

impl SampleOptions {
    /// Checks the options against a denoiser that is a plain function of a batch of this shape and has no classes.
    ///
    /// # Errors
    /// `invalid-batch`, `invalid-labels` or `invalid-guidance`.
    pub fn fit_denoiser(&self, shape: Shape) -> Result<(), Error> {
        if let Some(batch) = self.batch.filter(|batch| *batch != shape.batch) {
            return Err(Error::invalid("batch", batch, format!("nothing, or {} as the shape says", shape.batch)));
        }
        if let Some(labels) = &self.labels {
            let given = format!("a list of {}", labels.len());
            return Err(Error::invalid("labels", given, "nothing: a denoiser of your own knows its classes itself"));
        }
        if self.guidance != 1.0 {
            return Err(Error::invalid("guidance", self.guidance, "1: a denoiser of your own guides itself"));
        }
        Ok(())
    }
}

/// Reads class labels: a list of non-negative integers. Which of them exist is the network's affair.
///
/// # Errors
/// `invalid-labels` for anything else.
pub fn labels_from_json(labels: &Value) -> Result<Vec<u64>, Error> {
    let read: Option<Vec<u64>> = labels.as_array().and_then(|labels| labels.iter().map(value::as_integer).collect());
    read.ok_or_else(|| {
        Error::invalid("labels", value::display(labels), "a list of class numbers, one an image or one for all")
    })
}

fn known_options(options: &Map<String, Value>, allowed: &'static [&'static str]) -> Result<(), Error> {
    match options.keys().find(|name| !allowed.contains(&name.as_str())) {
        Some(name) => Err(Error::UnknownOption { name: name.clone(), allowed }),
        None => Ok(()),
    }
}

fn batch(given: &Value) -> Result<usize, Error> {
    value::as_index(given)
        .filter(|batch| (1..=MOST_IMAGES).contains(batch))
        .ok_or_else(|| Error::invalid("batch", value::display(given), format!("an integer from 1 to {MOST_IMAGES}")))
}

fn sampler(options: &Map<String, Value>, scheduler: &Scheduler) -> Result<Kind, Error> {
    let is_ddpm = match options.get("sampler") {
        Some(name) => value::choice("sampler", name, &[("ddpm", true), ("ddim", false)])?,
        None => false,
    };
    let only_with = |option: &'static str, sampler: &str| match options.get(option) {
        Some(given) => Err(Error::invalid(
            option,
            value::display(given),
            format!("no such option except with sampler \"{sampler}\""),
        )),
        None => Ok(()),
    };

    if is_ddpm {
        only_with("eta", "ddim")?;
        let choices = [("small", Variance::Small), ("large", Variance::Large)];
        let variance =
            options.get("variance").map_or(Ok(scheduler.variance), |name| value::choice("variance", name, &choices))?;
        Ok(Kind::Ddpm(Ddpm { variance }))
    } else {
        only_with("variance", "ddpm")?;
        let eta = options.get("eta").map_or(Ok(0.0), |eta| value::number("eta", eta, 0.0..=1.0))?;
        Ok(Kind::Ddim(Ddim { eta }))
    }
}

fn timesteps(options: &Map<String, Value>, scheduler: &Scheduler) -> Result<Vec<Timestep>, Error> {
    let num_train_timesteps = scheduler.schedule.num_train_timesteps();
    let trajectory = match options.get("trajectory") {
        Some(given) => trajectory(given, num_train_timesteps)?,
        None => scheduler.timestep_spacing.clone(),
    };
    let num_steps = num_steps(options, &trajectory, num_train_timesteps)?;

    let timesteps = trajectory.timesteps(num_steps, num_train_timesteps, scheduler.steps_offset);
    match timesteps.first() {
        Some(first) if first.0 < num_train_timesteps => Ok(timesteps),
        _ => {
            let allowed = format!(
                "fewer steps: with steps_offset {} the first timestep would lie past {}",
                scheduler.steps_offset,
                num_train_timesteps - 1
            );
            Err(Error::invalid("steps", num_steps, allowed))
        }
    }
}

fn num_steps(
    options: &Map<String, Value>,
    trajectory: &Trajectory,
    num_train_timesteps: usize,
) -> Result<usize, Error> {
    let given = options.get("steps");
    if let Trajectory::Given(timesteps) = trajectory {
        return match given {
            Some(steps) if value::as_index(steps) != Some(timesteps.len()) => {
                let allowed = format!("nothing, or {}, the length of the trajectory", timesteps.len());
                Err(Error::invalid("steps", value::display(steps), allowed))
            }
            _ => Ok(timesteps.len()),
        };
    }

    let Some(given) = given else { return Ok(DEFAULT_STEPS.min(num_train_timesteps)) };
    value::as_index(given).filter(|steps| (1..=num_train_timesteps).contains(steps)).ok_or_else(|| {
        Error::invalid("steps", value::display(given), format!("an integer from 1 to {num_train_timesteps}"))
    })
}

fn trajectory(given: &Value, num_train_timesteps: usize) -> Result<Trajectory, Error> {
    let named = match given.as_str() {
        Some("leading") => Some(Trajectory::Leading),
        Some("trailing") => Some(Trajectory::Trailing),
        Some("linspace") => Some(Trajectory::Linspace),
        _ => None,
    };
    let listed = || {
        let timesteps: Option<Vec<usize>> = given.as_array()?.iter().map(value::as_index).collect();
        let timesteps = timesteps?;
        let descends = timesteps.windows(2).all(|pair| pair[0] > pair[1]);
        let begins_inside = timesteps.first().is_some_and(|first| *first < num_train_timesteps);
        (descends && begins_inside).then(|| Trajectory::Given(timesteps.into_iter().map(Timestep).collect()))
    };

    named.or_else(listed).ok_or_else(|| {
        let last = num_train_timesteps - 1;
        let allowed = format!("\"leading\", \"trailing\", \"linspace\", or a list of timesteps from {last} to 0, each below the one before");
        Error::invalid("trajectory", value::display(given), allowed)
    })
}
