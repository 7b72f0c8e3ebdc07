//! DDPM: ancestral sampling from the posterior of the forward process.
//!
//! Ho et al. 2020, "Denoising Diffusion Probabilistic Models", eq. 6 and 7, algorithm 2. Between levels that are not
//! neighbours `beta` is the variance of the whole stretch, `1 - alpha_bar_t / alpha_bar_s` (Nichol & Dhariwal 2021,
//! section 4), so every formula stands unchanged on a sub-sequence.

use super::step::{Sampler, StepCoeffs};
use crate::math::level::{NoiseLevel, one_minus_snr_ratio, snr_ratio};

/// The variance of DDPM's reverse step: the two choices of Ho et al. 2020, section 3.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variance {
    /// `beta_tilde = sigma_s^2 / sigma_t^2 * beta`, optimal for data that is a single point; diffusers' `fixed_small`.
    Small,
    /// `beta`, optimal for data that is Gaussian noise; diffusers' `fixed_large`.
    Large,
    /// Predicted by the network for every pixel, between the two: see [`LearnedVariance`](super::LearnedVariance). A plan, which knows no
    /// network, has the small one in its place.
    Learned,
}

/// The DDPM sampler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ddpm {
    /// The variance of the reverse step.
    pub variance: Variance,
}

impl Sampler for Ddpm {
    fn coeffs(&self, t: NoiseLevel, s: NoiseLevel) -> StepCoeffs {
        // beta / sigma_t^2.
        let c = one_minus_snr_ratio(t, s);

        // Mean of the posterior q(x_s | x_t, x0) (eq. 7).
        let c_x0 = c * s.sqrt_alpha_bar();
        let c_xt = snr_ratio(t, s).sqrt() * s.sigma() / t.sigma();

        let c_z = match self.variance {
            Variance::Small | Variance::Learned => c.sqrt() * s.sigma(),
            Variance::Large => c.sqrt() * t.sigma(),
        };

        StepCoeffs { c_x0, c_eps: 0.0, c_xt, c_z }
    }
}
