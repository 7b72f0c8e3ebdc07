//! The one question a run asks of a network, and who can answer it.

use std::future::Future;

use crate::error::Error;
use crate::math::time::Timestep;

/// Anything that predicts, from a noised batch, the quantity its scheduler's `prediction_type` names.
///
/// A U-Net is one, and so is any function of `(x_t, t)`: oracles in tests, a visitor's JavaScript on the page.
pub trait Denoiser {
    /// The prediction for every element of `x_t`, a batch in NCHW.
    fn predict(&self, x_t: &[f32], t: Timestep) -> impl Future<Output = Result<Vec<f32>, Error>>;
}

impl<F: Fn(&[f32], Timestep) -> Vec<f32>> Denoiser for F {
    async fn predict(&self, x_t: &[f32], t: Timestep) -> Result<Vec<f32>, Error> {
        Ok(self(x_t, t))
    }
}
