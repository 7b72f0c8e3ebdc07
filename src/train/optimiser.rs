//! One step of AdamW on all parameters at once, and their average.

use burn::optim::{AdamW, AdamWConfig, AdamWState, AdaptiveMomentumState, Optimizer};
use burn::tensor::Tensor;
use std::f64::consts::PI;

use crate::options::TrainOptions;

/// The step length where none is said: of a small network.
const LEARNING_RATE: f64 = 5e-3;

/// Below it a second moment counts as 0; the paper's own.
const EPSILON: f32 = 1e-8;

/// The parameters, what AdamW knows of them, and their average (Ho et al. 2020, appendix B).
#[derive(Clone)]
pub struct Optimiser {
    adam: AdamW,
    /// Optimiser steps that are done.
    pub step: u64,
    /// The parameters.
    pub parameters: Tensor<1>,
    /// Their exponential moving average.
    pub average: Tensor<1>,
    /// AdamW's two moments; none before the first step.
    pub moments: Option<[Tensor<1>; 2]>,
}

impl Optimiser {
    /// Begins with these parameters.
    pub fn new(parameters: Tensor<1>, options: &TrainOptions) -> Self {
        let config = AdamWConfig::new().with_epsilon(EPSILON).with_weight_decay(options.weight_decay as f32);
        Self { adam: config.build(), step: 0, average: parameters.clone(), parameters, moments: None }
    }

    /// Takes a step along a gradient of at most the longest length.
    pub fn advance(&mut self, gradient: Tensor<1>, norm: f64, options: &TrainOptions) {
        let rate = learning_rate(options, self.step);
        let gradient = if norm > options.clip_norm { gradient.mul_scalar(options.clip_norm / norm) } else { gradient };
        let state = self.moments.take().map(|[moment_1, moment_2]| AdamWState {
            momentum: AdaptiveMomentumState { time: self.step as usize, moment_1, moment_2, max_moment_2: None },
        });
        let (parameters, state) = self.adam.step(rate, self.parameters.clone(), gradient, state);
        self.moments = state.map(|AdamWState { momentum }| [momentum.moment_1, momentum.moment_2]);
        self.parameters = parameters;
        self.step += 1;
        // The first parameters are random: they are forgotten as fast as there are better ones.
        let decay = options.ema.min((1.0 + self.step as f64) / (10.0 + self.step as f64));
        let new = self.parameters.clone().mul_scalar(1.0 - decay);
        self.average = self.average.clone().mul_scalar(decay).add(new);
    }
}

/// The length of the step after `step` of them.
pub fn learning_rate(options: &TrainOptions, step: u64) -> f64 {
    let rise = if step < options.warmup { (step + 1) as f64 / options.warmup as f64 } else { 1.0 };
    let fallen = step.saturating_sub(options.warmup) as f64;
    let fall = options.decay_steps.map_or(1.0, |steps| 0.5 * (1.0 + libm::cos(PI * (fallen / steps as f64).min(1.0))));
    options.learning_rate.unwrap_or(LEARNING_RATE) * rise * fall
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    fn numbers(tensor: &Tensor<1>) -> Vec<f32> {
        tensor.to_data().try_to_vec().expect("floats")
    }

    #[test]
    fn the_rate_rises_then_falls() {
        let options =
            TrainOptions { learning_rate: Some(1.0), warmup: 4, decay_steps: Some(10), ..TrainOptions::default() };
        let at = |step| learning_rate(&options, step);
        assert_eq!([at(0), at(1), at(3), at(4)], [0.25, 0.5, 1.0, 1.0]);
        assert!((at(9) - 0.5).abs() < 1e-12 && at(14) == 0.0 && at(100) == 0.0);
        assert_eq!(learning_rate(&TrainOptions { warmup: 0, ..options }, 0), 1.0);
    }

    #[test]
    fn a_step_is_adams_by_hand() {
        let options = TrainOptions {
            learning_rate: Some(0.1),
            warmup: 0,
            weight_decay: 0.5,
            clip_norm: 10.0,
            ..Default::default()
        };
        let device = Device::flex();
        let of = |numbers: [f32; 2]| Tensor::<1>::from_floats(numbers, &device);
        let mut optimiser = Optimiser::new(of([1.0, -2.0]), &options);
        let (mut x, mut m, mut v) = ([1.0f64, -2.0], [0.0f64; 2], [0.0f64; 2]);
        for (step, gradient) in [[0.5f64, -3.0], [0.25, 1.0]].into_iter().enumerate() {
            optimiser.advance(of(gradient.map(|g| g as f32)), 3.1, &options);
            for i in 0..2 {
                m[i] = 0.9 * m[i] + 0.1 * gradient[i];
                v[i] = 0.999 * v[i] + 0.001 * gradient[i] * gradient[i];
                let k = step as i32 + 1;
                let (m_hat, v_hat) = (m[i] / (1.0 - 0.9f64.powi(k)), v[i] / (1.0 - 0.999f64.powi(k)));
                x[i] = x[i] * (1.0 - 0.1 * 0.5) - 0.1 * m_hat / (v_hat.sqrt() + 1e-8);
            }
        }
        let found = numbers(&optimiser.parameters);
        assert!(found.iter().zip(x).all(|(found, x)| (f64::from(*found) - x).abs() < 1e-4), "{found:?}, not {x:?}");
        let average = numbers(&optimiser.average);
        assert!(average[0] < 1.0 && average[0] > found[0], "between the beginning and now: {average:?}");
    }

    #[test]
    fn a_long_gradient_is_shortened() {
        let options = TrainOptions { weight_decay: 0.0, clip_norm: 1.0, ..TrainOptions::default() };
        let device = Device::flex();
        let mut optimiser = Optimiser::new(Tensor::<1>::zeros([2], &device), &options);
        optimiser.advance(Tensor::from_floats([30.0, 40.0], &device), 50.0, &options);
        let [first, _] = optimiser.moments.as_ref().map(|moments| moments.each_ref().map(numbers)).expect("moments");
        assert!((first[0] - 0.06).abs() < 1e-6 && (first[1] - 0.08).abs() < 1e-6, "{first:?}");
    }
}
