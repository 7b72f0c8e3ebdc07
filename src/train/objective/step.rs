//! A reverse step, as DDPM and DDIM have it: its variance, and the divergence of two steps by the distance of their means.

use crate::math::level::one_minus_snr_ratio;
use crate::sampler::Variance;
use crate::train::target::Place;

/// Beta-tilde or beta; beta_1 for the step into the data (Ho et al. 2020, section 3.2).
pub fn step_variance(place: Place, variance: Variance) -> f64 {
    let new = one_minus_snr_ratio(place.t, place.s);
    match variance {
        Variance::Small if !place.s.is_data() => place.s.sigma_sq() * new,
        _ => place.t.sigma_sq() * new,
    }
}

/// |mean - mean_hat|^2 / (2 sigma^2), where the mean has `c_x0` of x_0: as a factor of the noise's squared error (Ho et al. 2020, eq. 8).
pub fn kl_of_noise(place: Place, c_x0: f64, sigma_sq: f64) -> f64 {
    c_x0 * c_x0 / (2.0 * sigma_sq) / libm::exp(place.t.log_snr())
}
