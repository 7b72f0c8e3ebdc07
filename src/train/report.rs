//! What is told of a step.

use std::f64::consts::LN_2;

use super::optimiser::learning_rate;
use crate::options::TrainOptions;

/// What was found of each example.
#[derive(Debug, Clone, Copy)]
pub struct Found<'a> {
    /// The mean square error.
    pub errors: &'a [f32],
    /// Its factor.
    pub weights: &'a [f64],
    /// The divergence of a step in nats, where a variance is learned.
    pub nats: &'a [f32],
    /// Its factor.
    pub nats_weight: f64,
    /// The steps of which one was drawn.
    pub steps: usize,
}

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
    /// Of the step after `done` of them; `entropies` is what K adds to the loss.
    pub fn of(
        options: &TrainOptions,
        done: u64,
        Found { errors, weights, nats, nats_weight, steps }: Found<'_>,
        gradient_norm: f64,
        entropies: Option<f64>,
    ) -> Self {
        let of_variance = |i: usize| nats.get(i).map_or(0.0, |nats| nats_weight * f64::from(*nats));
        let weighted: Vec<f64> = errors
            .iter()
            .zip(weights)
            .enumerate()
            .map(|(i, (error, weight))| f64::from(*error) * weight + of_variance(i))
            .collect();
        let mean = |list: &mut dyn Iterator<Item = f64>| list.sum::<f64>() / errors.len() as f64;
        let loss = mean(&mut weighted.iter().copied());
        Self {
            step: done + 1,
            loss,
            learning_rate: learning_rate(options, done),
            mse: mean(&mut errors.iter().copied().map(f64::from)),
            variance: mean(&mut weighted.iter().map(|error| (error - loss) * (error - loss))),
            gradient_norm,
            bits_per_dim: match nats {
                [] => options.objective.is_bound().then_some(loss / LN_2),
                _ => Some(steps as f64 * mean(&mut nats.iter().copied().map(f64::from)) / LN_2),
            },
            k_bits_per_dim: entropies.map(|entropies| (entropies - loss) / LN_2),
        }
    }
}
