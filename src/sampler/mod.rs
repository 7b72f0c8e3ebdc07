//! The published reverse steps: one file per sampler, each the four scalars of its paper's update.
//!
//! A sampler never touches a tensor. It answers one question: with which factors do the clean image, the noise, the
//! state and fresh noise make the next state,
//!
//! `x_s = c_x0 * x0_hat + c_eps * eps_hat + c_xt * x_t + c_z * z`,
//!
//! where `s` is nearer the data than `t`.

mod analytic_dpm;
mod ddim;
mod ddpm;
mod learned;
mod step;
mod vdm;

pub use analytic_dpm::{uncertainty, variance_bounds, whole_c_x0, with_optimal_variance, with_sigma_clip};
pub use ddim::Ddim;
pub use ddpm::{Ddpm, Variance};
pub use learned::{LearnedVariance, VarianceOf};
pub use step::{Sampler, StepCoeffs};
pub use vdm::Vdm;

use crate::math::level::NoiseLevel;

/// Which sampler, with its own options.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Ho et al. 2020.
    Ddpm(Ddpm),
    /// Song et al. 2020.
    Ddim(Ddim),
    /// Kingma et al. 2021.
    Vdm(Vdm),
}

impl Kind {
    /// The step from level `t` to level `s`. A step into the data adds no noise: said here, once, for all samplers.
    pub fn coeffs(&self, t: NoiseLevel, s: NoiseLevel) -> StepCoeffs {
        let coeffs = match self {
            Self::Ddpm(sampler) => sampler.coeffs(t, s),
            Self::Ddim(sampler) => sampler.coeffs(t, s),
            Self::Vdm(sampler) => sampler.coeffs(t, s),
        };

        if s.is_data() { StepCoeffs { c_z: 0.0, ..coeffs } } else { coeffs }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEVELS: [f64; 5] = [-9.2, -3.0, 0.1, 4.0, 9.1];

    fn pairs() -> impl Iterator<Item = (NoiseLevel, NoiseLevel)> {
        let level = |i: usize| NoiseLevel::from_log_snr(LEVELS[i]);
        (0..LEVELS.len()).flat_map(move |s| (0..s).map(move |t| (level(t), level(s))))
    }

    #[test]
    fn a_step_into_the_data_returns_x0_hat() {
        for kind in [
            Kind::Ddpm(Ddpm { variance: Variance::Small }),
            Kind::Ddpm(Ddpm { variance: Variance::Large }),
            Kind::Ddim(Ddim { eta: 0.0 }),
            Kind::Ddim(Ddim { eta: 1.0 }),
        ] {
            let coeffs = kind.coeffs(NoiseLevel::from_log_snr(1.0), NoiseLevel::DATA);
            assert_eq!(coeffs, StepCoeffs { c_x0: 1.0, c_eps: 0.0, c_xt: 0.0, c_z: 0.0 }, "{kind:?}");
        }
    }

    #[test]
    fn ddim_eta_one_is_ddpm_small() {
        for (t, s) in pairs() {
            let ddpm = Ddpm { variance: Variance::Small }.coeffs(t, s);
            let ddim = Ddim { eta: 1.0 }.coeffs(t, s);

            // With x_t = sqrt(alpha_bar_t) x0 + sigma_t eps the state's factor becomes one of x0 and one of eps.
            assert!((ddpm.c_x0 + ddpm.c_xt * t.sqrt_alpha_bar() - ddim.c_x0).abs() < 1e-13);
            assert!((ddpm.c_xt * t.sigma() - ddim.c_eps).abs() < 1e-13);
            assert!((ddpm.c_z - ddim.c_z).abs() < 1e-13);
        }
    }

    #[test]
    fn vdm_is_ddpm_small_on_the_same_levels() {
        for (t, s) in pairs() {
            let ddpm = Ddpm { variance: Variance::Small }.coeffs(t, s);
            let vdm = Vdm.coeffs(t, s);

            // Both as factors of x_t and of the noise: x0_hat = (x_t - sigma_t eps_hat) / sqrt(alpha_bar_t).
            let c_xt = ddpm.c_xt + ddpm.c_x0 / t.sqrt_alpha_bar();
            let c_eps = -ddpm.c_x0 * t.sigma() / t.sqrt_alpha_bar();
            assert!((vdm.c_xt / c_xt - 1.0).abs() < 1e-13 && (vdm.c_eps / c_eps - 1.0).abs() < 1e-13);
            assert_eq!(vdm.c_z, ddpm.c_z);
        }
    }

    #[test]
    fn every_ddim_step_keeps_the_marginal_of_the_forward_process() {
        for (t, s) in pairs() {
            for eta in [0.0, 0.3, 1.0] {
                let coeffs = Ddim { eta }.coeffs(t, s);
                assert!((coeffs.c_x0 - s.sqrt_alpha_bar()).abs() < 1e-15);
                assert!((coeffs.c_eps.powi(2) + coeffs.c_z.powi(2) - s.sigma_sq()).abs() < 1e-14, "eta {eta}");
            }
        }
    }

    #[test]
    fn ddpm_variances_are_beta_tilde_and_beta() {
        for (t, s) in pairs() {
            let beta = 1.0 - t.alpha_bar() / s.alpha_bar();
            let small = Ddpm { variance: Variance::Small }.coeffs(t, s).c_z.powi(2);
            let large = Ddpm { variance: Variance::Large }.coeffs(t, s).c_z.powi(2);

            assert!((large / beta - 1.0).abs() < 1e-9, "{large} {beta}");
            assert!((small / (beta * s.sigma_sq() / t.sigma_sq()) - 1.0).abs() < 1e-9);
        }
    }
}
