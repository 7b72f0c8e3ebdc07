//! Which bound, on a network's scheduler.

use crate::checkpoint::{MeanSqEps, Scheduler};
use crate::error::Error;
use crate::math::level::NoiseLevel;
use crate::options::{BoundOptions, LikelihoodOptions};
use crate::run::Plan;

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

impl Bound {
    /// The bound that the options ask for.
    ///
    /// # Errors
    /// `invalid-` and the option's name.
    pub fn new(options: &LikelihoodOptions, scheduler: &Scheduler, table: Option<&MeanSqEps>) -> Result<Self, Error> {
        match (options.plan(scheduler), &options.bound) {
            (Some(plan), _) => Plan::new(&plan, scheduler, table).map(Self::Steps),
            (None, BoundOptions::Vdm { continuous: true }) => options.num_times(scheduler).map(Self::Continuous),
            (None, _) => options.num_times(scheduler).map(Self::Discrete),
        }
    }

    /// Whether it is VDM's.
    pub(super) fn is_vdm(&self) -> bool {
        !matches!(self, Self::Steps(_))
    }

    /// The level that is compared with the prior.
    pub(super) fn noisiest(&self, scheduler: &Scheduler) -> NoiseLevel {
        let of_schedule = || scheduler.gamma.at(1.0).level;
        match self {
            Self::Steps(plan) => plan.steps.first().map_or_else(of_schedule, |step| step.level),
            Self::Discrete(_) | Self::Continuous(_) => of_schedule(),
        }
    }
}
