//! A variance of DDPM's reverse step that the network predicts for every pixel.
//!
//! Ho et al. 2020 try a learned diagonal variance (section 3.2, table 2). Nichol & Dhariwal 2021, "Improved Denoising Diffusion
//! Probabilistic Models", eq. 15, have the network say where it lies between the two fixed ones.

use super::ddpm::{Ddpm, Variance};
use super::step::Sampler;
use crate::math::level::{NoiseLevel, one_minus_snr_ratio};

/// Below this no variance is: diffusers' own bound.
const LEAST: f64 = 1e-20;

/// What the second half of a network's output says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LearnedVariance {
    /// The variance itself; diffusers' `learned`.
    Itself,
    /// Where the variance's logarithm lies, from -1 for beta-tilde to 1 for beta; diffusers' `learned_range`.
    Range,
}

/// How an output becomes the variance of a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VarianceOf {
    kind: LearnedVariance,
    /// Logarithms of beta-tilde and of beta.
    ends: [f64; 2],
}

impl LearnedVariance {
    /// For the step from level `t` to level `s`.
    pub fn between(self, t: NoiseLevel, s: NoiseLevel) -> VarianceOf {
        let of = |variance| Ddpm { variance }.coeffs(t, s).c_z.powi(2);
        self.within(of(Variance::Small), of(Variance::Large))
    }

    /// For the last step, from level `first` into the data, whose beta-tilde is 0: that of the step before, from `second`, takes its place
    /// (the official code's clipped logarithm).
    pub fn of_decoder(self, first: NoiseLevel, second: NoiseLevel) -> VarianceOf {
        let small = Ddpm { variance: Variance::Small }.coeffs(second, first).c_z.powi(2);
        self.within(small, one_minus_snr_ratio(first, NoiseLevel::DATA) * first.sigma_sq())
    }

    fn within(self, small: f64, large: f64) -> VarianceOf {
        VarianceOf { kind: self, ends: [small, large].map(|variance| libm::log(variance.max(LEAST))) }
    }
}

impl VarianceOf {
    /// Logarithms of the variance for an output of -1, beta-tilde, and of 1, beta.
    pub fn ends(self) -> [f64; 2] {
        self.ends
    }

    /// The variance for this output, above 0.
    pub fn of(self, output: f64) -> f64 {
        let [small, large] = self.ends;
        match self.kind {
            LearnedVariance::Itself => output.max(LEAST),
            LearnedVariance::Range => libm::exp(small + 0.5 * (output + 1.0) * (large - small)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_lies_between_the_fixed_variances() {
        let (t, s) = (NoiseLevel::from_log_snr(-1.0), NoiseLevel::from_log_snr(0.5));
        let variance = LearnedVariance::Range.between(t, s);
        let beta = 1.0 - t.alpha_bar() / s.alpha_bar();
        let tilde = beta * s.sigma_sq() / t.sigma_sq();
        for (output, expected) in [(-1.0, tilde), (1.0, beta), (0.0, (beta * tilde).sqrt())] {
            assert!((variance.of(output) / expected - 1.0).abs() < 1e-9, "{output}");
        }
        let itself = LearnedVariance::Itself.between(t, s);
        assert_eq!((itself.of(0.3), itself.of(-2.0)), (0.3, LEAST));
    }

    #[test]
    fn that_of_the_decoder_has_the_next_steps_beta_tilde() {
        let schedule = crate::math::schedule::Schedule::from_betas(&[0.1, 0.2]);
        let [first, second] = [0.0, 1.0].map(|t| schedule.level_at(t));
        let variance = LearnedVariance::Range.of_decoder(first, second);
        assert!((variance.of(1.0) - 0.1).abs() < 1e-12);
        assert!((variance.of(-1.0) - 0.2 * 0.1 / 0.28).abs() < 1e-12);
    }
}
