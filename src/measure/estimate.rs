//! Measuring the table that Analytic-DPM needs: how large the network's noise is at every training timestep.
//!
//! Bao et al. 2022, eq. 8: one pass over the images a timestep, each with fresh noise. Ten to a hundred images are
//! enough (their table 5). The noise that was added is known, and how strong it happens to be in an image moves the
//! prediction's strength, so it serves as a control variate: the estimate has the same expectation as the paper's, and
//! a tenth of its error where the network sees little but noise. There it matters: the optimal trajectory has no use for
//! a value above 1, which chance would give.

use super::images::check_images;
use crate::checkpoint::{MeanSqEps, Scheduler};
use crate::error::Error;
use crate::math::forward::diffused;
use crate::math::level::NoiseLevel;
use crate::math::time::Timestep;
use crate::noise::{NoiseSource, Rng, Shape};
use crate::run::{Denoiser, Predicted};

/// How strong the noise of one image is at one timestep: means over its pixels.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct NoiseStrength {
    /// That of the noise that the network predicts, `eps_hat^2`.
    pub predicted: f64,
    /// That of the noise that was added, `eps^2`, whose expectation is 1.
    pub added: f64,
}

/// Fewer images than this do not tell the slope: the plain mean is taken.
const FEWEST_FOR_A_SLOPE: usize = 5;

/// The estimate of `E eps_hat^2`: the images' mean, less what the mean of `eps^2` is off by, times the slope of the one over
/// the other. At least 0.
///
/// The slope is that over images, not over pixels. A network that normalises its input (group norm) follows the noise from
/// pixel to pixel with a slope near 1, but evens out how strong it is in the image as a whole.
pub fn mean_sq_eps(of_images: &[NoiseStrength]) -> f64 {
    let mean = |of: &dyn Fn(&NoiseStrength) -> f64| of_images.iter().map(of).sum::<f64>() / of_images.len() as f64;
    let (predicted, added) = (mean(&|image| image.predicted), mean(&|image| image.added));
    if of_images.len() < FEWEST_FOR_A_SLOPE {
        return predicted;
    }
    let covariance = mean(&|image| (image.predicted - predicted) * (image.added - added));
    let variance = mean(&|image| (image.added - added).powi(2));
    let slope = if variance > 0.0 { (covariance / variance).clamp(0.0, 1.0) } else { 0.0 };
    (predicted - slope * (added - 1.0)).max(0.0)
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
        let x_t = diffused(&self.x0, &eps, level);
        let prediction = denoiser.predict(&x_t, t.as_f64()).await?;
        let has_variance = self.scheduler.learned_variance.is_some();
        let prediction = Predicted::checked(&prediction, self.shape, has_variance, t.as_f64())?.mean;

        let eps_hat = self.scheduler.prediction.eps_hat(level);
        let len = self.shape.image_len();
        let of_image = |image: usize| {
            let mut strength = NoiseStrength::default();
            for i in image * len..(image + 1) * len {
                strength.predicted += eps_hat.of(f64::from(x_t[i]), f64::from(prediction[i])).powi(2) / len as f64;
                strength.added += f64::from(eps[i]).powi(2) / len as f64;
            }
            strength
        };
        self.mean_sq_eps.push(mean_sq_eps(&(0..self.shape.batch).map(of_image).collect::<Vec<_>>()));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_added_noise_explains_is_taken_away() {
        // A network that halves how far the noise is off, at a true mean of 0.9.
        let image = |added: f64| NoiseStrength { predicted: 0.9 + 0.5 * (added - 1.0), added };
        let images: Vec<_> = [1.04, 1.01, 0.99, 1.03, 1.05].into_iter().map(image).collect();
        assert!((mean_sq_eps(&images) - 0.9).abs() < 1e-12);
        // Four images are too few for a slope.
        let plain = 0.9 + 0.5 * 0.0175;
        assert!((mean_sq_eps(&images[..4]) - plain).abs() < 1e-12);
    }

    #[test]
    fn a_slope_that_no_network_has_is_not_believed() {
        let image = |added: f64| NoiseStrength { predicted: 0.5 + 3.0 * (added - 1.0), added };
        let images: Vec<_> = [1.0, 1.01, 1.02, 1.03, 1.04].into_iter().map(image).collect();
        assert!((mean_sq_eps(&images) - (0.56 - 0.02)).abs() < 1e-12);
        let same = [NoiseStrength { predicted: 0.25, added: 1.5 }; 6];
        assert_eq!(mean_sq_eps(&same), 0.25);
    }
}
