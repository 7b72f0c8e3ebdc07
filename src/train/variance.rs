//! A variance of the reverse steps that is learned with the network: the second half of its output (Ho et al. 2020, section 3.2; Nichol &
//! Dhariwal 2021, eq. 15 and 16).

use std::f64::consts::TAU;

use burn::tensor::{Device, Tensor, TensorData};

use super::target::{Factors, Place};
use crate::sampler::{LearnedVariance, VarianceOf};

/// The divergence of a reverse step as a function of what the network says, for one example:
/// `((spread + distance * error^2) / variance + ln variance) / 2 + rest`, in nats per element.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Divergence {
    /// Squared distance of the means where the prediction is off by one.
    distance: f64,
    /// The variance of the posterior; 0 of the step into the data, whose density is asked.
    spread: f64,
    rest: f64,
    variance: VarianceOf,
}

impl Divergence {
    /// At a place whose next one nearer the data is `place.s`; `second` is the level of the second timestep.
    pub fn at(place: Place, second: crate::math::level::NoiseLevel, factors: Factors) -> Self {
        let (c_x0, _) = place.posterior_mean();
        let of_noise = c_x0 * factors.eps_error;
        let distance = of_noise * of_noise / libm::exp(place.t.log_snr());
        if place.s.is_data() {
            let variance = LearnedVariance::Range.of_decoder(place.t, second);
            return Self { distance, spread: 0.0, rest: 0.5 * libm::log(TAU), variance };
        }
        let variance = LearnedVariance::Range.between(place.t, place.s);
        let posterior = variance.of(-1.0);
        Self { distance, spread: posterior, rest: -0.5 * (1.0 + libm::log(posterior)), variance }
    }

    /// As `[distance, spread, rest, ln beta-tilde, ln beta]`.
    fn numbers(self) -> [f64; 5] {
        let [small, large] = self.variance.ends();
        [self.distance, self.spread, self.rest, small, large]
    }
}

/// The divergences of a batch, in nats per element.
///
/// # Shapes
/// - sq_error: `[batch, channels, height, width]`, of the prediction
/// - output: the same, what the network says of the variance
/// - output of this function: `[batch, channels, height, width]`
pub fn divergences(of: &[Divergence], sq_error: Tensor<4>, output: Tensor<4>, device: &Device) -> Tensor<4> {
    let number = |part: usize| {
        let numbers: Vec<f32> = of.iter().map(|of| of.numbers()[part] as f32).collect();
        Tensor::<4>::from_data(TensorData::new(numbers, [of.len(), 1, 1, 1]), device)
    };
    let (small, large) = (number(3), number(4));
    let log_variance = (output + 1.0).mul_scalar(0.5) * (large - small.clone()) + small;
    let off = (sq_error * number(0) + number(1)) * log_variance.clone().neg().exp();
    (off + log_variance).mul_scalar(0.5) + number(2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::gaussian;
    use crate::math::schedule::{BetaSchedule, Schedule};
    use crate::options::Target;
    use crate::train::objective::place;
    use crate::train::target::factors;

    #[test]
    fn it_is_the_divergence_of_the_papers() {
        let schedule = Schedule::new(&BetaSchedule::Linear, 1000, 1e-4, 0.02);
        let (x0, eps, off, output) = (0.4, -0.7, 0.05, 0.3);
        let device = Device::flex();
        let tensor = |x: f64| Tensor::<4>::from_data(TensorData::new(vec![x as f32], [1, 1, 1, 1]), &device);
        for t in [0.0, 1.0, 300.0, 999.0] {
            let place = place(&schedule, t);
            let x_t = place.t.sqrt_alpha_bar() * x0 + place.t.sigma() * eps;
            for target in [Target::Epsilon, Target::Sample, Target::VPrediction] {
                let factors = factors(target, place);
                let divergence = Divergence::at(place, schedule.level_at(1.0), factors);
                let found = divergences(&[divergence], tensor(off * off), tensor(output), &device).into_scalar::<f32>();

                let prediction = factors.data * x0 + factors.noise * eps + off;
                let x0_hat = crate::train::target::prediction(target).x0_hat(place.t).of(x_t, prediction);
                let expected = if t == 0.0 {
                    let variance = LearnedVariance::Range.of_decoder(place.t, schedule.level_at(1.0)).of(output);
                    0.5 * ((x0 - x0_hat).powi(2) / variance + (TAU * variance).ln())
                } else {
                    let variance = LearnedVariance::Range.between(place.t, place.s);
                    let (c_x0, _) = place.posterior_mean();
                    gaussian::kl((c_x0 * (x0 - x0_hat)).powi(2), variance.of(-1.0), variance.of(output))
                };
                let apart = (f64::from(found) - expected).abs();
                assert!(apart < 1e-4 * (1.0 + expected.abs()), "{target:?} at {t}: {found}, not {expected}");
            }
        }
    }
}
