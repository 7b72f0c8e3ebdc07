//! A training, one step of the optimiser per call.

use burn::tensor::Device;

use super::betas::Betas;
use super::data::Data;
use super::gamma::Gamma;
use super::learner::Learner;
use super::memory::Needed;
use super::optimiser::Optimiser;
use super::schedule_parameters::ScheduleParameters;
use crate::checkpoint::written;
use crate::checkpoint::{Labels, Scheduler};
use crate::math::fourier::Fourier;
use crate::options::{Target, TrainOptions};

mod loss;
mod results;
mod start;
mod step;

/// A network under training.
pub struct Trainer {
    needed: Needed,
    data: Data,
    options: TrainOptions,
    scheduler: Scheduler,
    target: Target,
    labels: Labels,
    gamma: Gamma,
    betas: Option<Betas>,
    config: Option<serde_json::Value>,
    fourier: Option<Fourier>,
    /// Tensors of the file that are no parameters.
    beside: Vec<written::Tensor>,
    learner: Learner,
    optimiser: Optimiser,
    /// The averaged network, and the step that it is of.
    averaged: (Learner, u64),
    device: Device,
}

impl Trainer {
    /// The count of the network's weights.
    pub fn num_params(&self) -> usize {
        self.optimiser.parameters.shape().num_elements()
    }

    /// The most memory that a step of so many examples takes, in bytes.
    pub fn bytes_of_step(&self, batch: usize) -> u64 {
        self.needed.bytes(batch)
    }

    /// Channels, height and width of an example.
    pub fn shape(&self) -> [usize; 3] {
        self.data.shape()
    }

    /// The forward process as it is now, and what the network predicts. Learned betas are in its schedule, not in its `config`.
    pub fn scheduler(&self) -> &Scheduler {
        &self.scheduler
    }

    /// Its scheduler_config.json, with learned betas as they are now.
    pub fn scheduler_config(&self) -> serde_json::Value {
        let mut config = self.scheduler.config.clone();
        if let Some(betas) = self.betas() {
            config["trained_betas"] = betas.into();
        }
        config
    }

    /// Steps that are done.
    pub fn steps(&self) -> u64 {
        self.optimiser.step
    }

    /// gamma at so many times, evenly from 0 to 1; none but of a schedule that is learned.
    pub fn gamma(&self, count: usize) -> Option<Vec<f64>> {
        let at = |i: usize| -self.gamma.at(i as f64 / (count - 1).max(1) as f64).level.log_snr();
        self.gamma.is_learned().then(|| (0..count).map(at).collect())
    }

    /// The betas as they are now, one per timestep, where they are learned.
    pub fn betas(&self) -> Option<Vec<f64>> {
        self.betas.as_ref().map(Betas::values)
    }

    /// What of the noise schedule is learned, and its name.
    fn learned(&self) -> impl Iterator<Item = (&'static str, &ScheduleParameters)> {
        self.gamma.learned().chain(self.betas.as_ref().map(|betas| ("betas", &betas.parameters)))
    }
}

#[cfg(test)]
mod tests;
