//! The options of a likelihood, read as strictly as those of a run.

use serde_json::{Map, Value};

use crate::checkpoint::{Scheduler, value};
use crate::error::Error;
use crate::math::level::NoiseLevel;
use crate::options::{PlanOptions, known_options, labels_from_json, seed_from_json};
use crate::run::Plan;

/// Every option of a likelihood, but `signal` and `onProgress`, which are no plain values.
pub const LIKELIHOOD_OPTIONS: [&str; 7] =
    ["sampler", "variance", "steps", "trajectory", "continuous", "seed", "labels"];
/// The most steps, or times, of VDM's bound.
const MOST_TIMES: u64 = 100_000;

/// Which bound.
#[derive(Debug, Clone, PartialEq)]
pub enum Bound {
    /// DDPM's, with the steps and variances of a plan.
    Steps(Plan),
    /// VDM's in this many steps.
    Discrete(usize),
    /// VDM's in continuous time, measured at this many times.
    Continuous(usize),
}

/// The options of a likelihood.
#[derive(Debug, Clone, PartialEq)]
pub struct LikelihoodOptions {
    /// The bound. Default: DDPM's, over all training timesteps.
    pub bound: Bound,
    /// Seed of the noise. Default: 0.
    pub seed: u64,
    /// Class labels as given.
    pub labels: Option<Vec<u64>>,
}

impl LikelihoodOptions {
    /// Reads the options. `sampler` is "ddpm" (default), "analytic-ddpm" or "vdm"; `steps` defaults to all training
    /// timesteps, `trajectory` to "even".
    ///
    /// # Errors
    /// `unknown-option`, or `invalid-` and the option's name.
    pub fn from_json(options: &Map<String, Value>, scheduler: &Scheduler) -> Result<Self, Error> {
        known_options(options, &LIKELIHOOD_OPTIONS)?;
        Ok(Self {
            bound: bound(options, scheduler)?,
            seed: options.get("seed").map_or(Ok(0), seed_from_json)?,
            labels: options.get("labels").map(labels_from_json).transpose()?,
        })
    }
}

impl Bound {
    /// Whether it is VDM's.
    pub(super) fn is_vdm(&self) -> bool {
        !matches!(self, Self::Steps(_))
    }

    /// The level that is compared with the prior.
    pub(super) fn noisiest(&self, scheduler: &Scheduler) -> NoiseLevel {
        let of_schedule = || scheduler.schedule.log_snr_levels(1).next().unwrap_or(NoiseLevel::DATA);
        match self {
            Self::Steps(plan) => plan.steps.first().map_or_else(of_schedule, |step| step.level),
            Self::Discrete(_) | Self::Continuous(_) => of_schedule(),
        }
    }
}

fn bound(options: &Map<String, Value>, scheduler: &Scheduler) -> Result<Bound, Error> {
    let is_vdm = [("ddpm", false), ("analytic-ddpm", false), ("vdm", true)];
    let is_vdm = options.get("sampler").map_or(Ok(false), |name| value::choice("sampler", name, &is_vdm))?;
    if is_vdm {
        return vdm(options, scheduler);
    }
    if let Some(continuous) = options.get("continuous") {
        return Err(Error::misplaced("continuous", continuous, "sampler \"vdm\""));
    }

    let mut plan = options.clone();
    plan.retain(|name, _| !matches!(name.as_str(), "seed" | "labels"));
    plan.entry("sampler").or_insert("ddpm".into());
    let listed = plan.get("trajectory").is_some_and(Value::is_array);
    plan.entry("trajectory").or_insert("even".into());
    if !listed {
        plan.entry("steps").or_insert(scheduler.schedule.num_train_timesteps().into());
    }
    // The bound is that of the whole variance: the official code does not limit the last step's noise here.
    if plan.get("sampler").and_then(Value::as_str) == Some("analytic-ddpm") {
        plan.insert("sigmaClip".to_owned(), 0.into());
    }
    Ok(Bound::Steps(Plan::new(&PlanOptions::from_json(&plan, scheduler)?, scheduler)))
}

fn vdm(options: &Map<String, Value>, scheduler: &Scheduler) -> Result<Bound, Error> {
    for (name, owners) in [("variance", "sampler \"ddpm\""), ("trajectory", "samplers \"ddpm\" and \"analytic-ddpm\"")]
    {
        if let Some(given) = options.get(name) {
            return Err(Error::misplaced(name, given, owners));
        }
    }
    let default = scheduler.schedule.num_train_timesteps() as u64;
    let steps = options.get("steps").map_or(Ok(default), |steps| value::integer("steps", steps, 1..=MOST_TIMES))?;
    // MOST_TIMES fits any usize.
    let steps = steps as usize;
    match options.get("continuous") {
        None | Some(Value::Bool(false)) => Ok(Bound::Discrete(steps)),
        Some(Value::Bool(true)) => Ok(Bound::Continuous(steps)),
        Some(other) => Err(Error::invalid("continuous", value::display(other), "true or false")),
    }
}
