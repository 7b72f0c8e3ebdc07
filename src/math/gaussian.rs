//! Divergences and entropies of Gaussians, in nats a dimension, and the discretized Gaussian of DDPM's last step.

use std::f64::consts::{E, FRAC_2_PI, PI};

use super::level::NoiseLevel;

/// The values that a pixel can have.
const GREY_VALUES: u32 = 256;

/// `KL(N(mu_q, var_q) || N(mu_p, var_p))`, given the mean squared difference of the means.
pub fn kl(mean_sq_difference: f64, var_q: f64, var_p: f64) -> f64 {
    0.5 * ((var_q + mean_sq_difference) / var_p - 1.0 + libm::log(var_p / var_q))
}

/// Differential entropy of a Gaussian.
pub fn entropy(variance: f64) -> f64 {
    0.5 * libm::log(2.0 * PI * E * variance)
}

/// `log p(x0)` of one 8-bit pixel in [-1, 1] under a Gaussian that is summed over the pixel's bin; the outermost bins
/// reach to infinity. Ho et al. 2020, eq. 13, with the constants of their code: bins of half-width 1/255, the outermost
/// beyond 0.999, a floor of 1e-12, and the tanh form of the normal distribution function.
pub fn log_discretized(x0: f64, mean: f64, std: f64) -> f64 {
    const HALF_WIDTH: f64 = 1.0 / 255.0;
    const OUTERMOST: f64 = 0.999;
    const FLOOR: f64 = 1e-12;

    let above = normal_cdf((x0 - mean + HALF_WIDTH) / std);
    let below = normal_cdf((x0 - mean - HALF_WIDTH) / std);
    let probability = if x0 < -OUTERMOST {
        above
    } else if x0 > OUTERMOST {
        1.0 - below
    } else {
        above - below
    };
    libm::log(probability.max(FLOOR))
}

/// `log p(x0 | z_0)` of one 8-bit pixel in [-1, 1] that was noised to this level by `eps`: a softmax over the 256 grey values around
/// `z_0 / alpha_0` (Kingma et al. 2021, appendix D).
///
/// The values stand at `2 v / 255 - 1`, where diffusers' networks are trained; VDM's own code has them at
/// `2 (v + 1/2) / 256 - 1`.
pub fn log_grey(x0: f64, eps: f64, level: NoiseLevel) -> f64 {
    let std = level.sigma() / level.sqrt_alpha_bar();
    let centre = |grey: f64| grey / 127.5 - 1.0;
    let (z, own) = (x0 + std * eps, ((x0 + 1.0) * 127.5).round());
    let logit = |grey: f64| -0.5 * ((z - centre(grey)) / std).powi(2);
    let logits: Vec<f64> = (0..GREY_VALUES).map(|grey| logit(f64::from(grey))).collect();
    let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = logits.iter().map(|logit| libm::exp(logit - largest)).sum();
    logit(own) - largest - libm::log(sum)
}

/// The approximation that all the official codes share, not the error function: it differs by up to 3e-4.
fn normal_cdf(x: f64) -> f64 {
    0.5 * (1.0 + libm::tanh(FRAC_2_PI.sqrt() * (x + 0.044_715 * x * x * x)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn divergence_of_a_gaussian_from_itself_is_zero() {
        assert_eq!(kl(0.0, 0.3, 0.3), 0.0);
        assert!((kl(0.04, 0.3, 0.5) - 0.5 * (0.34 / 0.5 - 1.0 - (0.3f64 / 0.5).ln())).abs() < 1e-15);
    }

    #[test]
    fn the_bins_of_all_grey_values_sum_to_one() {
        for (mean, std) in [(0.1, 0.05), (-0.9, 0.3), (1.2, 0.01)] {
            let total: f64 = (0..256).map(|v| log_discretized(f64::from(v) / 127.5 - 1.0, mean, std).exp()).sum();
            assert!((total - 1.0).abs() < 1e-9, "{mean} {std}: {total}");
        }
    }

    #[test]
    fn a_standard_normal_has_the_entropy_of_the_books() {
        assert!((entropy(1.0) - 1.418_938_533_204_672_7).abs() < 1e-15);
    }
}
