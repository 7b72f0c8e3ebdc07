//! VDM: the ancestral sampler of a continuous-time model, in log SNR alone.
//!
//! Kingma et al. 2021, "Variational Diffusion Models", eq. 32 to 34, in the paper's `gamma = -log SNR`. On equal levels
//! it is DDPM's step with the small variance, written for a network that predicts the noise.

use super::step::{Sampler, StepCoeffs};
use crate::math::level::{NoiseLevel, one_minus_snr_ratio};

/// The VDM sampler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vdm;

impl Sampler for Vdm {
    fn coeffs(&self, t: NoiseLevel, s: NoiseLevel) -> StepCoeffs {
        // -expm1(gamma_s - gamma_t).
        let c = one_minus_snr_ratio(t, s);

        // alpha_s / alpha_t * (z_t - sigma_t c eps_hat).
        let scale = s.sqrt_alpha_bar() / t.sqrt_alpha_bar();
        StepCoeffs { c_x0: 0.0, c_eps: -scale * t.sigma() * c, c_xt: scale, c_z: c.sqrt() * s.sigma() }
    }
}
