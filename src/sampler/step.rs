//! One reverse step, as every sampler gives it.

use crate::math::level::NoiseLevel;

/// The factors of one reverse step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepCoeffs {
    /// Factor of the predicted clean image.
    pub c_x0: f64,
    /// Factor of the predicted noise.
    pub c_eps: f64,
    /// Factor of the state that the step starts from.
    pub c_xt: f64,
    /// Factor of fresh noise: the standard deviation of the reverse step.
    pub c_z: f64,
}

/// A published reverse step.
pub trait Sampler {
    /// The step from level `t` to level `s`, in the paper's own form.
    fn coeffs(&self, t: NoiseLevel, s: NoiseLevel) -> StepCoeffs;
}
