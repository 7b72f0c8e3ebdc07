//! How noisy a state is: one number, log SNR.
//!
//! A noised image is `x_t = sqrt(alpha_bar) * x0 + sigma * eps` with `alpha_bar + sigma^2 = 1` (Ho et al. 2020, eq. 4).
//! Its log SNR, `ln(alpha_bar / sigma^2)` (Kingma et al. 2021, eq. 3), keeps every digit at both ends, where
//! `1 - alpha_bar` would lose them.

/// A level of the forward process, from pure noise (`-inf`) to the data (`+inf`).
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct NoiseLevel {
    log_snr: f64,
}

impl NoiseLevel {
    /// The data itself: no noise at all.
    pub const DATA: Self = Self { log_snr: f64::INFINITY };

    /// The level with this log SNR.
    pub fn from_log_snr(log_snr: f64) -> Self {
        Self { log_snr }
    }

    /// The level whose `ln(alpha_bar)` is this number, which is below 0.
    pub fn from_log_alpha_bar(log_alpha_bar: f64) -> Self {
        Self { log_snr: log_alpha_bar - libm::log(-libm::expm1(log_alpha_bar)) }
    }

    /// `ln(alpha_bar / sigma^2)`.
    pub fn log_snr(self) -> f64 {
        self.log_snr
    }

    /// Share of the signal's variance that is left.
    pub fn alpha_bar(self) -> f64 {
        sigmoid(self.log_snr)
    }

    /// Scale of the signal.
    pub fn sqrt_alpha_bar(self) -> f64 {
        self.alpha_bar().sqrt()
    }

    /// Variance of the noise, `1 - alpha_bar`.
    pub fn sigma_sq(self) -> f64 {
        sigmoid(-self.log_snr)
    }

    /// Standard deviation of the noise.
    pub fn sigma(self) -> f64 {
        self.sigma_sq().sqrt()
    }

    /// Standard deviation of the noise beside an image of scale 1, `sigma / sqrt(alpha_bar)`.
    pub fn noise_beside_image(self) -> f64 {
        libm::exp(-0.5 * self.log_snr)
    }

    /// Whether this is pure noise: no signal at all.
    pub fn is_noise(self) -> bool {
        self.log_snr == f64::NEG_INFINITY
    }

    /// Whether this is the data.
    pub fn is_data(self) -> bool {
        self == Self::DATA
    }
}

/// `1 - SNR_t / SNR_s` for `s` nearer the data: the share of the noise at `t` that is new since `s`.
///
/// Every reverse step is made of it: it is `beta_{t|s} / sigma_t^2`, and VDM's `c = -expm1(gamma_s - gamma_t)`
/// (Kingma et al. 2021, eq. 32). From 0 (`s = t`) to 1 (`s` is the data).
pub fn one_minus_snr_ratio(t: NoiseLevel, s: NoiseLevel) -> f64 {
    -libm::expm1(t.log_snr - s.log_snr)
}

/// `SNR_t / SNR_s`: the same quantity's complement, with all its digits where it is small. 0 where `s` is the data.
pub fn snr_ratio(t: NoiseLevel, s: NoiseLevel) -> f64 {
    libm::exp(t.log_snr - s.log_snr)
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-x))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_an_ordinary_level() {
        assert_eq!(NoiseLevel::DATA.alpha_bar(), 1.0);
        assert_eq!(NoiseLevel::DATA.sigma(), 0.0);
        assert_eq!(one_minus_snr_ratio(NoiseLevel::from_log_snr(-3.0), NoiseLevel::DATA), 1.0);
    }

    #[test]
    fn digits_survive_next_to_the_data() {
        let sigma_sq = 1e-12;
        let level = NoiseLevel::from_log_alpha_bar(libm::log1p(-sigma_sq));

        assert!((level.sigma_sq() / sigma_sq - 1.0).abs() < 1e-13, "{}", level.sigma_sq());
    }

    #[test]
    fn one_minus_snr_ratio_is_the_new_share_of_the_noise() {
        let (alpha_bar_t, alpha_bar_s): (f64, f64) = (0.3, 0.7);
        let t = NoiseLevel::from_log_alpha_bar(alpha_bar_t.ln());
        let s = NoiseLevel::from_log_alpha_bar(alpha_bar_s.ln());

        let beta_t_given_s = 1.0 - alpha_bar_t / alpha_bar_s;
        assert!((one_minus_snr_ratio(t, s) - beta_t_given_s / (1.0 - alpha_bar_t)).abs() < 1e-15);
    }
}
