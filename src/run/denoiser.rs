//! The one question a run asks of a network, and who can answer it.

use std::borrow::Cow;
use std::future::Future;

use crate::error::Error;
use crate::noise::Shape;

/// Anything that predicts, from a noised batch, the quantity its scheduler's `prediction_type` names.
///
/// A U-Net is one, and so is any function of `(x_t, t)`: oracles in tests, a visitor's JavaScript on the page.
pub trait Denoiser {
    /// The prediction for every element of `x_t`, a batch in NCHW, at training timestep `t`, which can be fractional. Where the scheduler's
    /// `variance_type` is a learned one, it has twice the channels.
    fn predict(&self, x_t: &[f32], t: f64) -> impl Future<Output = Result<Vec<f32>, Error>>;
}

impl<F: Fn(&[f32], f64) -> Vec<f32>> Denoiser for F {
    async fn predict(&self, x_t: &[f32], t: f64) -> Result<Vec<f32>, Error> {
        Ok(self(x_t, t))
    }
}

/// A denoiser's answer: for each element the prediction and, where the network predicts a variance, that too.
#[derive(Debug, Clone, PartialEq)]
pub struct Predicted<'a> {
    /// What the scheduler's `prediction_type` says, NCHW.
    pub mean: Cow<'a, [f32]>,
    /// What its `variance_type` says, NCHW.
    pub variance: Option<Vec<f32>>,
}

impl<'a> Predicted<'a> {
    /// Checks an answer at a timestep. With a variance it has twice the channels: of every image first the prediction.
    ///
    /// # Errors
    /// `denoiser-length` for another count of numbers, `not-finite` where one is NaN or infinite.
    pub fn checked(answer: &'a [f32], shape: Shape, has_variance: bool, timestep: f64) -> Result<Self, Error> {
        let expected = if has_variance { 2 * shape.len() } else { shape.len() };
        if answer.len() != expected {
            return Err(Error::DenoiserLength { found: answer.len(), expected });
        }
        if let Some(index) = answer.iter().position(|value| !value.is_finite()) {
            return Err(Error::NotFinite { what: "prediction", timestep, index });
        }
        if !has_variance {
            return Ok(Self { mean: Cow::Borrowed(answer), variance: None });
        }
        let halves = |skip: usize| -> Vec<f32> {
            answer.chunks_exact(shape.image_len()).skip(skip).step_by(2).flatten().copied().collect()
        };
        Ok(Self { mean: Cow::Owned(halves(0)), variance: Some(halves(1)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variance_stands_behind_the_prediction_of_its_image() {
        let shape = Shape { batch: 2, channels: 1, height: 1, width: 2 };
        let answer = [1.0, 2.0, 0.1, 0.2, 3.0, 4.0, 0.3, 0.4];
        let Predicted { mean, variance } = Predicted::checked(&answer, shape, true, 0.0).expect("it is right");
        assert_eq!((mean.as_ref(), variance), ([1.0, 2.0, 3.0, 4.0].as_slice(), Some(vec![0.1, 0.2, 0.3, 0.4])));
        assert!(Predicted::checked(&answer[..4], shape, true, 0.0).is_err());
        assert!(Predicted::checked(&answer, shape, false, 0.0).is_err());
    }
}
