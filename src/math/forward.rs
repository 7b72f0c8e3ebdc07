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
