//! What a network predicts, and the clean image and the noise that follow from it.

use super::level::NoiseLevel;

/// The quantity that a network was trained to predict; the names are those of diffusers' `prediction_type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prediction {
    /// The noise `eps` (Ho et al. 2020, eq. 11).
    Epsilon,
    /// `v = sqrt(alpha_bar) * eps - sigma * x0` (Salimans & Ho 2022, appendix D).
    VPrediction,
    /// The clean image `x0`.
    Sample,
}

/// `c_xt * x_t + c_prediction * prediction`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Combination {
    /// Factor of the noised state.
    pub c_xt: f64,
    /// Factor of the network's output.
    pub c_prediction: f64,
}

impl Combination {
    /// The combination's value at one element.
    pub fn of(self, x_t: f64, prediction: f64) -> f64 {
        self.c_xt * x_t + self.c_prediction * prediction
    }
}

impl Prediction {
    /// The clean image `x0_hat` at level `t`.
    pub fn x0_hat(self, t: NoiseLevel) -> Combination {
        let (sqrt_alpha_bar, sigma) = (t.sqrt_alpha_bar(), t.sigma());
        let (c_xt, c_prediction) = match self {
            Self::Epsilon => (1.0 / sqrt_alpha_bar, -sigma / sqrt_alpha_bar),
            Self::VPrediction => (sqrt_alpha_bar, -sigma),
            Self::Sample => (0.0, 1.0),
        };
        Combination { c_xt, c_prediction }
    }

    /// The noise `eps_hat` at level `t`.
    pub fn eps_hat(self, t: NoiseLevel) -> Combination {
        let (sqrt_alpha_bar, sigma) = (t.sqrt_alpha_bar(), t.sigma());
        let (c_xt, c_prediction) = match self {
            Self::Epsilon => (0.0, 1.0),
            Self::VPrediction => (sigma, sqrt_alpha_bar),
            Self::Sample => (1.0 / sigma, -sqrt_alpha_bar / sigma),
        };
        Combination { c_xt, c_prediction }
    }
}

/// The noise that explains `x_t` when the clean image is `x0`: how a clipped `x0_hat` gets its own `eps_hat`.
pub fn eps_from_x0(t: NoiseLevel) -> Combination {
    Prediction::Sample.eps_hat(t)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_prediction_finds_the_image_and_the_noise_it_was_made_of() {
        let (x0, eps) = (0.6, -1.3);
        for log_snr in [-9.0, -1.0, 0.0, 2.5, 8.0] {
            let t = NoiseLevel::from_log_snr(log_snr);
            let x_t = t.sqrt_alpha_bar() * x0 + t.sigma() * eps;
            let v = t.sqrt_alpha_bar() * eps - t.sigma() * x0;

            for (kind, output) in [(Prediction::Epsilon, eps), (Prediction::VPrediction, v), (Prediction::Sample, x0)] {
                assert!((kind.x0_hat(t).of(x_t, output) - x0).abs() < 1e-12, "{kind:?} {log_snr}");
                assert!((kind.eps_hat(t).of(x_t, output) - eps).abs() < 1e-12, "{kind:?} {log_snr}");
            }
            assert!((eps_from_x0(t).of(x_t, x0) - eps).abs() < 1e-12);
        }
    }
}
