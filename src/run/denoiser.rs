//! The one question a run asks of a network, and who can answer it.

use std::future::Future;

use crate::error::Error;

/// Anything that predicts, from a noised batch, the quantity its scheduler's `prediction_type` names.
///
/// A U-Net is one, and so is any function of `(x_t, t)`: oracles in tests, a visitor's JavaScript on the page.
pub trait Denoiser {
    /// The prediction for every element of `x_t`, a batch in NCHW, at training timestep `t`, which can be fractional.
    fn predict(&self, x_t: &[f32], t: f64) -> impl Future<Output = Result<Vec<f32>, Error>>;
}

impl<F: Fn(&[f32], f64) -> Vec<f32>> Denoiser for F {
    async fn predict(&self, x_t: &[f32], t: f64) -> Result<Vec<f32>, Error> {
        Ok(self(x_t, t))
    }
}

/// Checks a denoiser's answer at a timestep.
///
/// # Errors
/// `denoiser-length` for another count of numbers, `not-finite` where one is NaN or infinite.
pub fn check_prediction(prediction: &[f32], expected: usize, timestep: f64) -> Result<(), Error> {
    if prediction.len() != expected {
        return Err(Error::DenoiserLength { found: prediction.len(), expected });
    }
    match prediction.iter().position(|value| !value.is_finite()) {
        Some(index) => Err(Error::NotFinite { what: "prediction", timestep, index }),
        None => Ok(()),
    }
}
