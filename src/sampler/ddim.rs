//! DDIM: reverse steps between a deterministic map (`eta` = 0) and DDPM (`eta` = 1).
//!
//! Song et al. 2020, "Denoising Diffusion Implicit Models", eq. 12 and 16. The paper's form keeps the network's own
//! noise in the direction term: where `x0_hat` is clipped, it matters whether `eps_hat` is derived anew, and that is
//! the caller's option.

use super::step::{Sampler, StepCoeffs};
use crate::math::level::{NoiseLevel, one_minus_snr_ratio, snr_ratio};

/// The DDIM sampler.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ddim {
    /// Stochasticity, from 0 to 1. Default: 0.
    pub eta: f64,
}

impl Sampler for Ddim {
    fn coeffs(&self, t: NoiseLevel, s: NoiseLevel) -> StepCoeffs {
        let c = one_minus_snr_ratio(t, s);

        // Fresh noise: `eta` squared times the variance of the DDPM posterior (eq. 16).
        let c_z = self.eta * c.sqrt() * s.sigma();

        // The rest of the noise at `s` points to x_t (eq. 12): sqrt(sigma_s^2 - c_z^2).
        let eta_sq = self.eta * self.eta;
        let c_eps = s.sigma() * ((1.0 - eta_sq) + eta_sq * snr_ratio(t, s)).sqrt();

        StepCoeffs { c_x0: s.sqrt_alpha_bar(), c_eps, c_xt: 0.0, c_z }
    }
}
