//! The options of an encoding and of an estimate.

use serde_json::{Map, Value};

use super::labels::read_labels;
use super::names::{ENCODE_OPTIONS, ESTIMATE_OPTIONS, known_options};
use super::noise::read_seed;
use super::plan::PlanOptions;
use super::trajectory::TrajectoryOption;
use crate::checkpoint::Scheduler;
use crate::error::Error;

/// The options of an encoding.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EncodeOptions {
    /// Steps. Default: that of a plan.
    pub steps: Option<usize>,
    /// The training timesteps to visit. Default: that of a plan.
    pub trajectory: Option<TrajectoryOption>,
    /// Class labels: one per image, or one for all. Default: "no class", where the network has that.
    pub labels: Option<Vec<u64>>,
}

impl EncodeOptions {
    /// Reads the options.
    ///
    /// # Errors
    /// `unknown-option`, or `invalid-` and the option's name.
    pub fn from_json(options: &Map<String, Value>, scheduler: &Scheduler) -> Result<Self, Error> {
        known_options(options, &ENCODE_OPTIONS)?;
        let PlanOptions { steps, trajectory, .. } = PlanOptions::read(options, PlanOptions::default(), scheduler)?;
        Ok(Self { steps, trajectory, labels: read_labels(options)? })
    }

    /// The plan whose levels are gone along, backwards.
    pub fn plan(&self) -> PlanOptions {
        PlanOptions { steps: self.steps, trajectory: self.trajectory.clone(), ..PlanOptions::default() }
    }
}

/// The options of an estimate of Analytic-DPM's table.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EstimateOptions {
    /// Seed of the noise. Default: 0.
    pub seed: u64,
    /// Class labels: one per image, or one for all. Default: "no class", where the network has that.
    pub labels: Option<Vec<u64>>,
}

impl EstimateOptions {
    /// Reads the options.
    ///
    /// # Errors
    /// `unknown-option`, or `invalid-` and the option's name.
    pub fn from_json(options: &Map<String, Value>) -> Result<Self, Error> {
        known_options(options, &ESTIMATE_OPTIONS)?;
        Ok(Self { seed: read_seed(options)?, labels: read_labels(options)? })
    }
}
