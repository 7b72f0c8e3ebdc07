//! What takes many calls of a network and gives one result: encoding, the bound, Analytic-DPM's table. One step per call,
//! so that progress can be shown and cancelling acts at once.

use super::encode::Encoding;
use super::estimate::Estimate;
use super::likelihood::{Bound, Likelihood, Report};
use crate::checkpoint::MeanSqEps;
use crate::error::Error;
use crate::options::{EncodeOptions, EstimateOptions, LikelihoodOptions};
use crate::run::{Conditioning, Guided, Network};

/// A measurement between two of its steps.
#[derive(Debug, Clone)]
pub struct Measurement {
    work: Work,
    conditioning: Conditioning,
}

#[derive(Debug, Clone)]
enum Work {
    Encoding(Encoding),
    Likelihood(Likelihood),
    Estimate(Estimate),
}

/// What a measurement found.
#[derive(Debug, Clone, PartialEq)]
pub enum Finding {
    /// x_T of each image, NCHW.
    Encoded(Vec<f32>),
    /// The bound.
    Likelihood(Report),
    /// The table.
    Table(MeanSqEps),
}

impl Measurement {
    /// DDIM's encoding of images in [-1, 1], NCHW.
    ///
    /// # Errors
    /// `invalid-x`, or `invalid-` and the option's name.
    pub fn encode(network: &Network, x: Vec<f32>, options: &EncodeOptions) -> Result<Self, Error> {
        let plan = network.plan(&options.plan())?;
        let (shape, conditioning) = network.conditioned(&x, options.labels.as_deref())?;
        Ok(Self { work: Work::Encoding(Encoding::new(plan, shape, x)?), conditioning })
    }

    /// The bound of images in [-1, 1], NCHW.
    ///
    /// # Errors
    /// `invalid-x`, or `invalid-` and the option's name.
    pub fn likelihood(network: &Network, x: &[f32], options: &LikelihoodOptions) -> Result<Self, Error> {
        let description = network.description();
        let bound = Bound::new(options, &description.scheduler, description.mean_sq_eps.as_ref())?;
        let (shape, conditioning) = network.conditioned(x, options.labels.as_deref())?;
        let work = Likelihood::new(&bound, &description.scheduler, shape, x, options.seed)?;
        Ok(Self { work: Work::Likelihood(work), conditioning })
    }

    /// Analytic-DPM's table from images in [-1, 1], NCHW.
    ///
    /// # Errors
    /// `invalid-x` or `invalid-labels`.
    pub fn estimate(network: &Network, x: &[f32], options: &EstimateOptions) -> Result<Self, Error> {
        let (shape, conditioning) = network.conditioned(x, options.labels.as_deref())?;
        let work = Estimate::new(network.scheduler(), shape, x, options.seed)?;
        Ok(Self { work: Work::Estimate(work), conditioning })
    }

    /// Steps in all.
    pub fn num_steps(&self) -> usize {
        match &self.work {
            Work::Encoding(work) => work.num_steps(),
            Work::Likelihood(work) => work.num_terms(),
            Work::Estimate(work) => work.num_steps(),
        }
    }

    /// Takes one step.
    ///
    /// # Errors
    /// Those of the network, or `run-complete` after the last step.
    pub async fn step(&mut self, network: &Network) -> Result<(), Error> {
        let denoiser = Guided { network, conditioning: &self.conditioning };
        match &mut self.work {
            Work::Encoding(work) => work.step(&denoiser).await,
            Work::Likelihood(work) => work.step(&denoiser).await,
            Work::Estimate(work) => work.step(&denoiser).await,
        }
    }

    /// What was found.
    ///
    /// # Errors
    /// `run-incomplete` before the last step.
    pub fn finding(&self) -> Result<Finding, Error> {
        match &self.work {
            Work::Encoding(work) if work.done() < work.num_steps() => {
                Err(Error::RunIncomplete { done: work.done(), steps: work.num_steps() })
            }
            Work::Encoding(work) => Ok(Finding::Encoded(work.x().to_vec())),
            Work::Likelihood(work) => work.report().map(Finding::Likelihood),
            Work::Estimate(work) => work.table().map(Finding::Table),
        }
    }
}
