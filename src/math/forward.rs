//! The forward process: how images become noise.

use super::level::NoiseLevel;

/// A sample of `q(x_t | x_0) = N(sqrt(alpha_bar_t) x_0, sigma_t^2 I)` for the standard normal `eps`:
/// `x_t = sqrt(alpha_bar_t) * x_0 + sigma_t * eps` (Sohl-Dickstein et al. 2015, eq. 1 and 2; Ho et al. 2020, eq. 4).
///
/// `eps` has as many elements as `x0`. The arithmetic is f64, rounded once.
#[inline(never)]
pub fn diffused(x0: &[f32], eps: &[f32], t: NoiseLevel) -> Vec<f32> {
    let (sqrt_alpha_bar, sigma) = (t.sqrt_alpha_bar(), t.sigma());
    let element = |(x0, eps): (&f32, &f32)| (sqrt_alpha_bar * f64::from(*x0) + sigma * f64::from(*eps)) as f32;
    x0.iter().zip(eps).map(element).collect()
}

/// The factors of the state and of noise in `q(x_t | x_s) = N(sqrt(alpha_bar_t / alpha_bar_s) x_s, 1 - alpha_bar_t / alpha_bar_s)`,
/// the forward process from s on to the noisier t.
pub fn forward_factors(s: NoiseLevel, t: NoiseLevel) -> [f64; 2] {
    let of_x = t.sqrt_alpha_bar() / s.sqrt_alpha_bar();
    // 1 - alpha_bar_t / alpha_bar_s, with the digits of both variances.
    [of_x, (t.sigma_sq() - of_x * of_x * s.sigma_sq()).max(0.0).sqrt()]
}
