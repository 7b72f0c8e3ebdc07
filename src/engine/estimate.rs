//! Measuring the table that Analytic-DPM needs: how large the network's noise is at every training timestep.
//!
//! Bao et al. 2022, eq. 8: one pass over the images a timestep, each with fresh noise. Ten to a hundred images are
//! enough (their table 5). The noise that was added is known, and correlates with its prediction, so it serves as a
//! control variate: the estimate has the same expectation as the paper's, and far less variance where the network sees
//! little but noise. There it matters: the optimal trajectory has no use for a value above 1, which chance would give.

use super::denoiser::Denoiser;
use super::likelihood::{check_images, check_prediction};
use super::mean_sq_eps::MeanSqEps;
use super::noise::{NoiseSource, Rng};
use super::scheduler::Scheduler;
use super::shape::Shape;
use crate::error::Error;
use crate::math::level::NoiseLevel;
use crate::math::time::Timestep;

/// Sums over pixels, from which `E eps_hat^2` is estimated with `eps^2`, whose expectation is 1, as control variate.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Moments {
    count: f64,
    eps_hat_sq: f64,
    eps_sq: f64,
    product: f64,
    eps_fourth: f64,
}

impl Moments {
    /// Takes in one pixel.
    pub fn add(&mut self, eps_hat: f64, eps: f64) {
        let (predicted, added) = (eps_hat * eps_hat, eps * eps);
        self.count += 1.0;
        self.eps_hat_sq += predicted;
        self.eps_sq += added;
        self.product += predicted * added;
        self.eps_fourth += added * added;
    }

    /// Takes in the pixels of another sum.
    pub fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.eps_hat_sq += other.eps_hat_sq;
        self.eps_sq += other.eps_sq;
        self.product += other.product;
        self.eps_fourth += other.eps_fourth;
    }

    /// The estimate: the mean, less what the mean of `eps^2` is off times the slope of the one over the other. At least 0.
    pub fn mean_sq_eps(&self) -> f64 {
        let (predicted, added) = (self.eps_hat_sq / self.count, self.eps_sq / self.count);
        let covariance = self.product / self.count - predicted * added;
        let variance = self.eps_fourth / self.count - added * added;
        let slope = if variance > 0.0 { covariance / variance } else { 0.0 };
        (predicted - slope * (added - 1.0)).max(0.0)
    }
}

/// A measurement between two timesteps.
#[derive(Debug, Clone)]
pub struct Estimate {
    scheduler: Scheduler,
    shape: Shape,
    noise: NoiseSource,
    x0: Vec<f32>,
    mean_sq_eps: Vec<f64>,
}

impl Estimate {
    /// A measurement on images in [-1, 1], NCHW, with noise from `seed`.
    ///
    /// # Errors
    /// `invalid-x` where a pixel lies outside of [-1, 1] or is not a number.
    pub fn new(scheduler: &Scheduler, shape: Shape, x0: &[f32], seed: u64) -> Result<Self, Error> {
        check_images(x0)?;
        let noise = NoiseSource::new(Rng::Philox, seed);
        Ok(Self { scheduler: scheduler.clone(), shape, noise, x0: x0.to_vec(), mean_sq_eps: Vec::new() })
    }

    /// Timesteps in all.
    pub fn num_steps(&self) -> usize {
        self.scheduler.schedule.num_train_timesteps()
    }

    /// Timesteps that are done.
    pub fn done(&self) -> usize {
        self.mean_sq_eps.len()
    }

    /// Measures the next timestep.
    ///
    /// # Errors
    /// The denoiser's own, `denoiser-length`, `not-finite`, or `run-complete` after the last timestep.
    pub async fn step(&mut self, denoiser: &impl Denoiser) -> Result<(), Error> {
        let t = Timestep(self.done());
        let level = self.level(t)?;
        let eps = self.noise.of_step(self.shape, t.0);
        let noised = |(x0, eps): (&f32, &f32)| {
            (level.sqrt_alpha_bar() * f64::from(*x0) + level.sigma() * f64::from(*eps)) as f32
        };
        let x_t: Vec<f32> = self.x0.iter().zip(&eps).map(noised).collect();
        let prediction = denoiser.predict(&x_t, t.as_f64()).await?;
        check_prediction(&prediction, x_t.len(), t.as_f64())?;

        let eps_hat = self.scheduler.prediction.eps_hat(level);
        let mut moments = Moments::default();
        for ((x_t, prediction), eps) in x_t.iter().zip(&prediction).zip(&eps) {
            moments.add(eps_hat.of(f64::from(*x_t), f64::from(*prediction)), f64::from(*eps));
        }
        self.mean_sq_eps.push(moments.mean_sq_eps());
        Ok(())
    }

    /// The table, when every timestep is measured.
    ///
    /// # Errors
    /// `run-incomplete` before the last timestep.
    pub fn table(&self) -> Result<MeanSqEps, Error> {
        if self.done() < self.num_steps() {
            return Err(Error::RunIncomplete { done: self.done(), steps: self.num_steps() });
        }
        Ok(MeanSqEps::from_timesteps(self.mean_sq_eps.iter().copied()))
    }

    fn level(&self, t: Timestep) -> Result<NoiseLevel, Error> {
        self.scheduler.schedule.level(t).ok_or(Error::RunComplete { steps: self.num_steps() })
    }
}
