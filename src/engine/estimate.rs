//! Measuring the table that Analytic-DPM needs: how large the network's noise is at every training timestep.
//!
//! Bao et al. 2022, eq. 8: one pass over the images a timestep, each with fresh noise. Ten to a hundred images are
//! enough (their table 5).

use super::denoiser::Denoiser;
use super::likelihood::{check_images, check_prediction};
use super::mean_sq_eps::MeanSqEps;
use super::noise::{NoiseSource, Rng};
use super::scheduler::Scheduler;
use super::shape::Shape;
use crate::error::Error;
use crate::math::level::NoiseLevel;
use crate::math::time::Timestep;

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
        let square = |(x_t, p): (&f32, &f32)| eps_hat.of(f64::from(*x_t), f64::from(*p)).powi(2);
        let sum: f64 = x_t.iter().zip(&prediction).map(square).sum();
        self.mean_sq_eps.push(sum / x_t.len() as f64);
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
