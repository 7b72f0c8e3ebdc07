//! How likely images are: the variational bound, term by term, one call of the network at a time.
//!
//! Every term is a mean over the pixels of an image, in nats a dimension, until [`Report`] turns it into bits. The noise
//! of each term comes from the seed, as in a run.

pub mod baseline;
mod bound;
mod report;
mod terms;
mod vdm;

pub use bound::Bound;
pub use report::Report;
pub use terms::{decoder_variance, prior_divergence, step_divergence};

use super::images::check_images;
use crate::checkpoint::Scheduler;
use crate::error::Error;
use crate::math::forward::diffused;
use crate::math::gaussian;
use crate::math::predict::Prediction;
use crate::noise::{NoiseSource, Rng, Shape};
use crate::run::{Denoiser, Predicted};
use report::{Facts, mean};
use terms::{Term, Value};

/// An evaluation of the bound between two of its terms.
#[derive(Debug, Clone)]
pub struct Likelihood {
    terms: Vec<Term>,
    /// Of each finished term: its value for each image.
    values: Vec<Vec<f64>>,
    /// `KL(q(x_T | x0) || N(0, 1))` of each image.
    prior: Vec<f64>,
    /// VDM's reconstruction loss of each image, which needs no network; DDPM's decoder is its last term instead.
    reconstruction: Option<Vec<f64>>,
    facts: Facts,
    x0: Vec<f32>,
    shape: Shape,
    noise: NoiseSource,
    prediction: Prediction,
    has_variance: bool,
}

impl Likelihood {
    /// The bound of images in [-1, 1], NCHW, with noise from `seed`.
    ///
    /// # Errors
    /// `invalid-x` where a pixel lies outside of [-1, 1] or is not a number.
    pub fn new(bound: &Bound, scheduler: &Scheduler, shape: Shape, x0: &[f32], seed: u64) -> Result<Self, Error> {
        check_images(x0)?;
        let mut noise = NoiseSource::new(Rng::Philox, seed);
        let terms = match bound {
            Bound::Steps(plan) => terms::of_plan(plan, scheduler),
            Bound::Discrete(num_steps) => vdm::discrete(scheduler, *num_steps),
            Bound::Continuous(num_times) => vdm::continuous(scheduler, *num_times, seed),
        };
        let noisiest = bound.noisiest(scheduler);
        let reconstruction = bound.is_vdm().then(|| {
            let of_pixels = vdm::reconstruction(x0, &noise.initial(shape), scheduler);
            of_pixels.chunks_exact(shape.image_len()).map(mean).collect()
        });
        let prior = x0.chunks_exact(shape.image_len()).map(|image| prior_divergence(noisiest, image));

        Ok(Self {
            terms,
            values: Vec::new(),
            prior: prior.collect(),
            reconstruction,
            facts: Facts::new(bound, x0),
            x0: x0.to_vec(),
            shape,
            noise,
            prediction: scheduler.prediction,
            has_variance: scheduler.learned_variance.is_some(),
        })
    }

    /// Calls of the network in all.
    pub fn num_terms(&self) -> usize {
        self.terms.len()
    }

    /// Calls of the network that are done.
    pub fn done(&self) -> usize {
        self.values.len()
    }

    /// Asks the network once more.
    ///
    /// # Errors
    /// The denoiser's own, `denoiser-length`, `not-finite`, or `run-complete` after the last term.
    pub async fn step(&mut self, denoiser: &impl Denoiser) -> Result<(), Error> {
        let index = self.values.len();
        let term = *self.terms.get(index).ok_or(Error::RunComplete { steps: self.terms.len() })?;
        let eps = self.noise.of_step(self.shape, index);
        let x_t = diffused(&self.x0, &eps, term.level);
        let prediction = denoiser.predict(&x_t, term.t).await?;
        let prediction = Predicted::checked(&prediction, self.shape, self.has_variance, term.t)?;

        let of_pixels = self.of_pixels(&x_t, &eps, &prediction, term);
        self.values.push(of_pixels.chunks_exact(self.shape.image_len()).map(mean).collect());
        Ok(())
    }

    /// The bound, when every term is there.
    ///
    /// # Errors
    /// `run-incomplete` before the last term.
    pub fn report(&self) -> Result<Report, Error> {
        if self.done() < self.num_terms() {
            return Err(Error::RunIncomplete { done: self.done(), steps: self.num_terms() });
        }
        let (steps, decoder) = match (&self.reconstruction, self.values.split_last()) {
            (Some(reconstruction), _) => (self.values.as_slice(), reconstruction),
            (None, Some((decoder, steps))) => (steps, decoder),
            (None, None) => (self.values.as_slice(), &self.prior),
        };
        Ok(Report::new(&self.prior, steps, decoder, &self.terms, &self.facts))
    }

    fn of_pixels(&self, x_t: &[f32], eps: &[f32], predicted: &Predicted<'_>, term: Term) -> Vec<f64> {
        let (x0_hat, eps_hat) = (self.prediction.x0_hat(term.level), self.prediction.eps_hat(term.level));
        let prediction = &predicted.mean;
        let variance = |i: usize| predicted.variance.as_ref().map_or(0.0, |outputs| f64::from(outputs[i]));
        let pixel = |i: usize| {
            let (x_t, prediction, x0) = (f64::from(x_t[i]), f64::from(prediction[i]), f64::from(self.x0[i]));
            let clamped = || x0_hat.of(x_t, prediction).clamp(-1.0, 1.0);
            match term.value {
                Value::Image { scale, offset } => scale * (x0 - clamped()).powi(2) + offset,
                Value::Learned { scale, posterior, of } => {
                    gaussian::kl(scale * (x0 - clamped()).powi(2), posterior, of.of(variance(i)))
                }
                Value::LearnedDecoder { of } => -gaussian::log_discretized(x0, clamped(), of.of(variance(i)).sqrt()),
                Value::Decoder { std } => -gaussian::log_discretized(x0, clamped(), std),
                Value::Noise { scale } => scale * (f64::from(eps[i]) - eps_hat.of(x_t, prediction)).powi(2),
            }
        };
        (0..x_t.len()).map(pixel).collect()
    }
}
