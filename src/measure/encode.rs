//! Encoding: DDIM's deterministic process, run from an image to the noise that leads back to it.
//!
//! Song et al. 2020, section 4.3 and appendix: the reverse of sampling with `eta` 0, step for step. The noise is
//! predicted at the level that a step starts from, as the authors say it; only the first step, which starts from the
//! data, must ask at the level it leads to. Nothing is clipped: a clipped image cannot be found again.

use super::images::check_images;
use crate::error::Error;
use crate::math::level::NoiseLevel;
use crate::math::predict::Prediction;
use crate::noise::Shape;
use crate::run::{Denoiser, Plan, PlannedStep, Predicted};

/// An encoding between two steps.
#[derive(Debug, Clone)]
pub struct Encoding {
    /// The steps of the run that decodes, noisiest first.
    steps: Vec<PlannedStep>,
    prediction: Prediction,
    shape: Shape,
    has_variance: bool,
    done: usize,
    level: NoiseLevel,
    x: Vec<f32>,
}

impl Encoding {
    /// The encoding of images in [-1, 1] along the levels of a plan, backwards.
    ///
    /// # Errors
    /// `invalid-x` where a pixel lies outside of [-1, 1] or is not a number.
    pub fn new(plan: Plan, shape: Shape, x0: Vec<f32>) -> Result<Self, Error> {
        check_images(&x0)?;
        let Plan { steps, prediction, learned_variance, .. } = plan;
        let has_variance = learned_variance.is_some();
        Ok(Self { steps, prediction, shape, has_variance, done: 0, level: NoiseLevel::DATA, x: x0 })
    }

    /// Steps in all.
    pub fn num_steps(&self) -> usize {
        self.steps.len()
    }

    /// Steps that are done.
    pub fn done(&self) -> usize {
        self.done
    }

    /// The state; after the last step, x_T.
    pub fn x(&self) -> &[f32] {
        &self.x
    }

    /// Takes one step up.
    ///
    /// # Errors
    /// The denoiser's own, `denoiser-length`, `not-finite`, or `run-complete` after the last step.
    pub async fn step(&mut self, denoiser: &impl Denoiser) -> Result<(), Error> {
        let from_end = |k: usize| self.steps.len().checked_sub(k + 1).and_then(|index| self.steps.get(index)).copied();
        let target = from_end(self.done).ok_or(Error::RunComplete { steps: self.steps.len() })?;
        let asked_at = self.done.checked_sub(1).and_then(from_end).unwrap_or(target);

        let prediction = denoiser.predict(&self.x, asked_at.t).await?;
        let prediction = Predicted::checked(&prediction, self.shape, self.has_variance, asked_at.t)?.mean;

        // On the data itself the prediction is of the noise, whatever it is called at the level it was asked at.
        let (x0_hat, eps_hat) = (self.prediction.x0_hat(self.level), self.prediction.eps_hat(asked_at.level));
        let from_data = self.level.is_data();
        let (scale, sigma) = (target.level.sqrt_alpha_bar(), target.level.sigma());
        for (x, prediction) in self.x.iter_mut().zip(prediction.iter()) {
            let (x_t, prediction) = (f64::from(*x), f64::from(*prediction));
            let x0 = if from_data { x_t } else { x0_hat.of(x_t, prediction) };
            *x = (scale * x0 + sigma * eps_hat.of(x_t, prediction)) as f32;
        }
        self.level = target.level;
        self.done += 1;
        Ok(())
    }
}
