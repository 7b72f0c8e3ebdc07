//! Analytic-DPM: the optimal variance of a reverse step, from one measured number per timestep.
//!
//! Bao et al. 2022, "Analytic-DPM: an Analytic Estimate of the Optimal Reverse Variance in Diffusion Probabilistic
//! Models". The mean is that of the base sampler, DDPM or DDIM; the variance is the base's (`lambda^2` in the paper)
//! plus what the network leaves uncertain about the image (theorem 1, eq. 9).

use super::step::StepCoeffs;
use crate::math::level::NoiseLevel;

/// Largest variance of data in [-1, 1], `((b - a) / 2)^2`: the bound of theorem 2, eq. 12.
const MAX_DATA_VARIANCE: f64 = 1.0;

/// The variance that is left of a pixel of the image once x_t is known, for a network whose noise is `mean_sq_eps` strong:
/// `sigma_t^2 / alpha_bar_t * (1 - mean_sq_eps)`, kept within what data in [-1, 1] can have (theorem 2, eq. 12; eq. 11 holds
/// because `mean_sq_eps` is not negative). Pure noise leaves all of it open.
pub fn uncertainty(t: NoiseLevel, mean_sq_eps: f64) -> f64 {
    if t.is_noise() {
        return MAX_DATA_VARIANCE;
    }
    (t.sigma_sq() / t.alpha_bar() * (1.0 - mean_sq_eps)).clamp(0.0, MAX_DATA_VARIANCE)
}

/// The factor of x0 in a step once eps_hat is written as `(x_t - sqrt(alpha_bar_t) x0_hat) / sigma_t`.
pub fn whole_c_x0(step: StepCoeffs, t: NoiseLevel) -> f64 {
    step.c_x0 - step.c_eps * t.sqrt_alpha_bar() / t.sigma()
}

/// A base sampler's step with the optimal variance. `mean_sq_eps` is `E ||eps_hat||^2 / d` at level `t`, at least 0. From below it
/// is kept at the base's own, `lambda^2`.
pub fn with_optimal_variance(base: StepCoeffs, t: NoiseLevel, mean_sq_eps: f64) -> StepCoeffs {
    let c_x0 = whole_c_x0(base, t);
    StepCoeffs { c_z: (base.c_z * base.c_z + c_x0 * c_x0 * uncertainty(t, mean_sq_eps)).sqrt(), ..base }
}

/// The bounds of the optimal variance (corollary 1), whatever the network: from the base sampler's own variance to
/// that of data with no structure, and with the knowledge that the data lies in [-1, 1].
pub fn variance_bounds(base: StepCoeffs, t: NoiseLevel) -> (f64, f64) {
    let of = |mean_sq_eps| with_optimal_variance(base, t, mean_sq_eps).c_z.powi(2);
    (of(1.0), of(0.0))
}

/// The step with its noise limited to `E |c_z z| <= 2 y / 255`, in the images' own scale of [-1, 1]: `y` grey values of
/// 255 (appendix F.2). The official code limits the step into x_1 in this way, with y of 1 or 2. 0 is off.
pub fn with_sigma_clip(coeffs: StepCoeffs, y: f64) -> StepCoeffs {
    if y == 0.0 {
        return coeffs;
    }
    // E |z| = sqrt(2 / pi).
    let most = y * 2.0 / 255.0 * std::f64::consts::FRAC_PI_2.sqrt();
    StepCoeffs { c_z: coeffs.c_z.min(most), ..coeffs }
}

#[cfg(test)]
mod tests {
    use super::super::{Ddim, Ddpm, Sampler, Variance};
    use super::*;

    fn levels() -> impl Iterator<Item = (NoiseLevel, NoiseLevel)> {
        [(-9.0, -4.0), (-4.0, -3.9), (0.0, 2.0), (3.0, 9.0)]
            .into_iter()
            .map(|(t, s)| (NoiseLevel::from_log_snr(t), NoiseLevel::from_log_snr(s)))
    }

    #[test]
    fn mean_sq_eps_of_one_is_the_base_sampler() {
        for (t, s) in levels() {
            for base in [Ddim { eta: 0.0 }.coeffs(t, s), Ddpm { variance: Variance::Small }.coeffs(t, s)] {
                assert_eq!(
                    with_optimal_variance(base, t, 1.0),
                    StepCoeffs { c_z: (base.c_z * base.c_z).sqrt(), ..base }
                );
            }
        }
    }

    /// Eq. 9 in the paper's own symbols, where the clip does not act.
    #[test]
    fn the_variance_is_that_of_theorem_one() {
        for (t, s) in levels() {
            let mean_sq_eps = 1.0 - 0.5 * (t.alpha_bar() / t.sigma_sq()).min(1.0);
            let alpha_ts = t.alpha_bar() / s.alpha_bar();
            for eta in [0.0, 0.4, 1.0] {
                let base = Ddim { eta }.coeffs(t, s);
                let lambda_sq = base.c_z * base.c_z;
                let root = (t.sigma_sq() / alpha_ts).sqrt() - (s.sigma_sq() - lambda_sq).sqrt();
                let sigma_sq = lambda_sq + root * root * (1.0 - mean_sq_eps);

                let ours = with_optimal_variance(base, t, mean_sq_eps).c_z.powi(2);
                assert!((ours - sigma_sq).abs() < 1e-9 * sigma_sq.max(1e-3), "{ours} {sigma_sq}");
            }
        }
    }

    #[test]
    fn sigma_clip_is_the_bound_of_the_official_code() {
        let wide = StepCoeffs { c_x0: 0.0, c_eps: 0.0, c_xt: 0.0, c_z: 1.0 };
        assert!((with_sigma_clip(wide, 1.0).c_z.powi(2) - 9.662_722_502_390_75e-5).abs() < 1e-18);
        assert!((with_sigma_clip(wide, 2.0).c_z.powi(2) - 3.865_089_000_956_3e-4).abs() < 1e-17);
        assert_eq!(with_sigma_clip(wide, 0.0), wide);
    }
}
