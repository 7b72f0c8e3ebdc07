//! The options of a plan.

use serde_json::{Map, Value};

use super::clip::{self, Clip};
use super::names::{PLAN_OPTIONS, known_options};
use super::sampler::{self, Analytic};
use super::trajectory::{self, Path};
use crate::checkpoint::Scheduler;
use crate::error::Error;
use crate::sampler::Kind;

/// The options that decide on a run's steps.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanOptions {
    /// The sampler, or the one whose mean Analytic-DPM takes. Default: DDIM with `eta` 0.
    pub sampler: Kind,
    /// Analytic-DPM's variance, where it is asked for.
    pub analytic: Option<Analytic>,
    /// The levels to visit.
    pub path: Path,
    /// Clipping. Default: `X0` where the scheduler says `clip_sample`, else `None`; `None` for VDM.
    pub clip: Clip,
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

    /// Reads the options of a plan that stand among others.
    ///
    /// # Errors
    /// `invalid-` and the option's name.
    pub(super) fn read(options: &Map<String, Value>, scheduler: &Scheduler) -> Result<Self, Error> {
        let name = sampler::name(options)?;
        let clip = clip::read(options, scheduler, name)?;
        let (sampler, analytic) = sampler::read(options, scheduler, name, clip)?;
        Ok(Self { sampler, analytic, path: trajectory::read(options, scheduler, name)?, clip })
    }
}
