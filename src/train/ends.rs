//! The ends of VDM's gamma as parameters (Kingma et al. 2021, section 4.2 and appendix H): gamma(0) from the reconstruction of the grey
//! values, gamma(1) from the prior, and both from the diffusion loss, which reaches from the one to the other.

use super::schedule_parameters::ScheduleParameters;
use crate::math::gaussian::{kl, log_grey};
use crate::math::level::NoiseLevel;

/// Where both ends begin: the logistic function of it is their way from the scheduler's ends to the middle.
const FIRST: f32 = -3.0;

/// Pixels of a batch whose reconstruction is asked. Each costs two sums over all grey values.
const PIXELS: usize = 64;

/// Half the length of a difference quotient.
const STEP: f64 = 1e-3;

/// The two ends, within those of a schedule at whose timesteps the network is asked.
pub struct Ends {
    within: [f64; 2],
    /// Two numbers.
    pub parameters: ScheduleParameters,
}

/// What a batch says of the ends.
pub struct Found<'a> {
    /// The mean square of the data.
    pub mean_square: f64,
    /// The mean squared error of the noise at the example nearest to each end.
    pub errors: [f64; 2],
    /// Images in [-1, 1], and noise.
    pub x_0: &'a [f32],
    /// As many numbers.
    pub noise: &'a [f32],
}

impl Ends {
    /// Begins next to the ends of a schedule.
    pub fn new(within: [f64; 2]) -> Self {
        Self { within, parameters: ScheduleParameters::new(vec![FIRST; 2]) }
    }

    /// gamma(0) and gamma(1): on either side of the middle.
    pub fn values(&self) -> [f64; 2] {
        let [start, end] = self.shares();
        let [least, most] = self.within;
        [least + self.half() * start, most - self.half() * end]
    }

    /// Lowers the bound by the gradient of prior, reconstruction and diffusion loss, in nats per dimension.
    pub fn learn(&mut self, found: &Found) {
        let slopes = self.shares().map(|share| self.half() * share * (1.0 - share));
        let [start, end] = self.by_ends(found);
        self.parameters.advance([start * slopes[0], -end * slopes[1]]);
    }

    /// The gradient of the bound by gamma(0) and gamma(1).
    fn by_ends(&self, found: &Found) -> [f64; 2] {
        let [start, end] = self.values();
        let slope = |of: &dyn Fn(f64) -> f64, at: f64| (of(at + STEP) - of(at - STEP)) / (2.0 * STEP);
        let prior = |gamma: f64| prior(gamma, found.mean_square);
        let reconstruction = |gamma: f64| reconstruction(gamma, found.x_0, found.noise);
        [slope(&reconstruction, start) - 0.5 * found.errors[0], slope(&prior, end) + 0.5 * found.errors[1]]
    }

    fn half(&self) -> f64 {
        (self.within[1] - self.within[0]) / 2.0
    }

    fn shares(&self) -> [f64; 2] {
        let parameters = self.parameters.values();
        [0, 1].map(|i| 1.0 / (1.0 + libm::exp(-parameters.get(i).copied().unwrap_or_default())))
    }
}

/// `KL(q(z_1 | x) || N(0, 1))` per dimension, for data of this mean square.
fn prior(gamma: f64, mean_square: f64) -> f64 {
    let level = NoiseLevel::from_log_snr(-gamma);
    kl(level.alpha_bar() * mean_square, level.sigma_sq(), 1.0)
}

/// `-log p(x | z_0)` per dimension, at pixels that lie evenly over the batch.
fn reconstruction(gamma: f64, x_0: &[f32], noise: &[f32]) -> f64 {
    let level = NoiseLevel::from_log_snr(-gamma);
    let apart = x_0.len().div_ceil(PIXELS).max(1);
    let pixels: Vec<f64> =
        x_0.iter().zip(noise).step_by(apart).map(|(x, eps)| log_grey(f64::from(*x), f64::from(*eps), level)).collect();
    -pixels.iter().sum::<f64>() / pixels.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_go_where_the_bound_is_lowest() {
        let mut noise = vec![0.0; 4096];
        crate::noise::philox::fill_normal(1, 0, 0, &mut noise);
        let x_0: Vec<f32> = (0..4096).map(|i| ((i * 97 % 256) as f32) / 127.5 - 1.0).collect();
        let mut ends = Ends::new([-20.0, 12.0]);
        // How far a network is off, and half the integral of that from 0.
        let error = |gamma: f64| match gamma {
            ..0.0 => 0.05 + libm::exp(0.5 * gamma),
            _ => 0.002 + 0.25 * libm::exp(-gamma),
        };
        let loss = |gamma: f64| match gamma {
            ..0.0 => 0.5 * (-0.05 * gamma + 2.0 - 2.0 * libm::exp(0.5 * gamma)),
            _ => 0.5 * (0.002 * gamma + 0.25 - 0.25 * libm::exp(-gamma)),
        };
        for _ in 0..3000 {
            let errors = ends.values().map(error);
            ends.learn(&Found { mean_square: 0.33, errors, x_0: &x_0, noise: &noise });
        }
        let lowest = |of: &dyn Fn(f64) -> f64, from: f64, to: f64| {
            let places = (0..800).map(|i| from + (to - from) * f64::from(i) / 800.0);
            places.min_by(|a, b| of(*a).total_cmp(&of(*b))).expect("places")
        };
        let best = [
            lowest(&|gamma| reconstruction(gamma, &x_0, &noise) + loss(gamma), -18.0, -4.0),
            lowest(&|gamma| prior(gamma, 0.33) + loss(gamma), 0.0, 12.0),
        ];
        for (found, best) in ends.values().into_iter().zip(best) {
            assert!((found - best).abs() < 0.3, "{:?}, at best {best}", ends.values());
        }
    }
}
