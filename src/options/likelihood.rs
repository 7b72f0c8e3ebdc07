//! The options of a likelihood.

use serde_json::{Map, Value};

use super::labels::read_labels;
use super::names::{LIKELIHOOD_OPTIONS, known_options};
use super::noise::read_seed;
use super::plan::PlanOptions;
use super::sampler::SamplerOptions;
use super::trajectory::TrajectoryOption;
use crate::checkpoint::{Scheduler, value};
use crate::error::Error;
use crate::math::trajectory::Trajectory;
use crate::sampler::Variance;

/// The most steps, or times, of VDM's bound.
const MOST_TIMES: usize = 100_000;

/// Which bound on the likelihood.
#[derive(Debug, Clone, PartialEq)]
pub enum BoundOptions {
    /// DDPM's, with the steps and variances of a plan.
    Ddpm {
        /// The variance of the reverse steps. Default: the scheduler's.
        variance: Option<Variance>,
        /// Default: even.
        trajectory: TrajectoryOption,
    },
    /// The same with Analytic-DPM's variance.
    AnalyticDdpm {
        /// Default: even.
        trajectory: TrajectoryOption,
    },
    /// VDM's.
    Vdm {
        /// Whether in continuous time, measured at as many times as there are steps. Default: false.
        continuous: bool,
    },
}

/// The options of a likelihood.
#[derive(Debug, Clone, PartialEq)]
pub struct LikelihoodOptions {
    /// The bound. Default: DDPM's.
    pub bound: BoundOptions,
    /// Steps, up to 100,000 for VDM. Default: as many as there are training timesteps, or in a trajectory that is given.
    pub steps: Option<usize>,
    /// Seed of the noise. Default: 0.
    pub seed: u64,
    /// Class labels: one per image, or one for all. Default: "no class", where the network has that.
    pub labels: Option<Vec<u64>>,
}

impl Default for LikelihoodOptions {
    fn default() -> Self {
        let bound = BoundOptions::Ddpm { variance: None, trajectory: Trajectory::Even.into() };
        Self { bound, steps: None, seed: 0, labels: None }
    }
}

impl LikelihoodOptions {
    /// Reads the options. `sampler` is "ddpm" (default), "analytic-ddpm" or "vdm".
    ///
    /// # Errors
    /// `unknown-option`, or `invalid-` and the option's name.
    pub fn from_json(options: &Map<String, Value>, scheduler: &Scheduler) -> Result<Self, Error> {
        known_options(options, &LIKELIHOOD_OPTIONS)?;
        let (seed, labels) = (read_seed(options)?, read_labels(options)?);
        let is_vdm = [("ddpm", false), ("analytic-ddpm", false), ("vdm", true)];
        let is_vdm = options.get("sampler").map_or(Ok(false), |name| value::choice("sampler", name, &is_vdm))?;
        if is_vdm {
            return Ok(Self { bound: read_vdm(options)?, steps: read_times(options)?, seed, labels });
        }
        if let Some(continuous) = options.get("continuous") {
            return Err(Error::misplaced("continuous", &value::display(continuous), "sampler \"vdm\""));
        }

        let (sampler, even) =
            (SamplerOptions::Ddpm { variance: None, sigma_clip: 0.0 }, TrajectoryOption::from(Trajectory::Even));
        let defaults = PlanOptions { sampler, trajectory: Some(even.clone()), ..PlanOptions::default() };
        let PlanOptions { sampler, steps, trajectory, .. } = PlanOptions::read(options, defaults, scheduler)?;
        let trajectory = trajectory.unwrap_or(even);
        let bound = match sampler {
            SamplerOptions::Ddpm { variance, .. } => BoundOptions::Ddpm { variance, trajectory },
            _ => BoundOptions::AnalyticDdpm { trajectory },
        };
        Ok(Self { bound, steps, seed, labels })
    }

    /// The plan of DDPM's bounds; none for VDM's.
    pub fn plan(&self, scheduler: &Scheduler) -> Option<PlanOptions> {
        let (sampler, trajectory) = match &self.bound {
            BoundOptions::Ddpm { variance, trajectory } => {
                (SamplerOptions::Ddpm { variance: *variance, sigma_clip: 0.0 }, trajectory)
            }
            // The bound is that of the whole variance: the official code does not limit the last step's noise here.
            BoundOptions::AnalyticDdpm { trajectory } => (SamplerOptions::AnalyticDdpm { sigma_clip: 0.0 }, trajectory),
            BoundOptions::Vdm { .. } => return None,
        };
        let all = match trajectory {
            TrajectoryOption::Fixed(Trajectory::Given(_)) => None,
            _ => Some(scheduler.schedule.num_train_timesteps()),
        };
        Some(PlanOptions {
            sampler,
            steps: self.steps.or(all),
            trajectory: Some(trajectory.clone()),
            ..PlanOptions::default()
        })
    }

    /// Steps of VDM's bound, or times.
    ///
    /// # Errors
    /// `invalid-steps`.
    pub fn num_times(&self, scheduler: &Scheduler) -> Result<usize, Error> {
        let steps = self.steps.unwrap_or(scheduler.schedule.num_train_timesteps());
        if (1..=MOST_TIMES).contains(&steps) { Ok(steps) } else { Err(invalid_times(steps.to_string())) }
    }
}

fn read_vdm(options: &Map<String, Value>) -> Result<BoundOptions, Error> {
    for (name, owners) in [("variance", "sampler \"ddpm\""), ("trajectory", "samplers \"ddpm\" and \"analytic-ddpm\"")]
    {
        if let Some(given) = options.get(name) {
            return Err(Error::misplaced(name, &value::display(given), owners));
        }
    }
    match options.get("continuous") {
        None => Ok(BoundOptions::Vdm { continuous: false }),
        Some(Value::Bool(continuous)) => Ok(BoundOptions::Vdm { continuous: *continuous }),
        Some(other) => Err(Error::invalid("continuous", value::display(other), "true or false")),
    }
}

fn read_times(options: &Map<String, Value>) -> Result<Option<usize>, Error> {
    let Some(given) = options.get("steps") else { return Ok(None) };
    value::as_index(given).map(Some).ok_or_else(|| invalid_times(value::display(given)))
}

fn invalid_times(given: String) -> Error {
    Error::invalid("steps", given, format!("an integer from 1 to {MOST_TIMES}"))
}
