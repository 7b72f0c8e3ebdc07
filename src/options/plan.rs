//! The options of a plan.

use serde_json::{Map, Value};

use super::clip::{self, Clip};
use super::names::{PLAN_OPTIONS, known_options};
use super::sampler;
use super::trajectory::{self, Path};
use crate::checkpoint::{MeanSqEps, Scheduler};
use crate::error::Error;
use crate::sampler::Kind;

/// The options that decide on a run's steps.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanOptions {
    /// The sampler, or the one whose mean Analytic-DPM takes. Default: DDIM with `eta` 0.
    pub sampler: Kind,
    /// What Analytic-DPM's variance is made from, where it is asked for.
    pub analytic: Option<MeanSqEps>,
    /// y of `E |sigma eps| <= 2 y / 255` at the step into x_1; 0 is off. Default: 1 for Analytic-DPM, else 0.
    pub sigma_clip: f64,
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
        let sigma_clip = sampler::sigma_clip(options, name)?;
        let (sampler, analytic) = sampler::read(options, scheduler, name, clip)?;
        Ok(Self { sampler, analytic, sigma_clip, path: trajectory::read(options, scheduler, name)?, clip })
    }
}
