//! What is told of a step.

use std::f64::consts::LN_2;

use super::optimiser::learning_rate;
use crate::options::TrainOptions;

/// Of a step of the optimiser.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Steps that are done.
    pub step: u64,
    /// What is minimised: the weighted mean square error of the batch.
    pub loss: f64,
    /// The length of the step.
    pub learning_rate: f64,
    /// The mean square error of the network's own target, without weights.
    pub mse: f64,
    /// The variance of the weighted errors over the batch.
    pub variance: f64,
    /// The gradient's length, before it is shortened.
    pub gradient_norm: f64,
    /// The loss in bits per dimension, where it is a bound: without the terms that do not depend on the network.
    pub bits_per_dim: Option<f64>,
    /// K in bits per dimension, of objective "k_2015": a lower bound on the log likelihood.
    pub k_bits_per_dim: Option<f64>,
}

impl Report {
    /// Of the step after `done` of them, by the mean square error of each example and its weight; `entropies` is what K adds to the loss.
    pub fn of(
        options: &TrainOptions,
        done: u64,
        (errors, weights): (&[f32], &[f64]),
        gradient_norm: f64,
        entropies: Option<f64>,
    ) -> Self {
        let weighted: Vec<f64> = errors.iter().zip(weights).map(|(error, weight)| f64::from(*error) * weight).collect();
        let mean = |list: &mut dyn Iterator<Item = f64>| list.sum::<f64>() / errors.len() as f64;
        let loss = mean(&mut weighted.iter().copied());
        Self {
            step: done + 1,
            loss,
            learning_rate: learning_rate(options, done),
            mse: mean(&mut errors.iter().copied().map(f64::from)),
            variance: mean(&mut weighted.iter().map(|error| (error - loss) * (error - loss))),
            gradient_norm,
            bits_per_dim: options.objective.is_bound().then_some(loss / LN_2),
            k_bits_per_dim: entropies.map(|entropies| (entropies - loss) / LN_2),
        }
    }
}
