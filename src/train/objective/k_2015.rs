//! `k_2015`: the bound K on the log likelihood (Sohl-Dickstein et al. 2015, eq. 14). Its sum leaves out the step into the data, and its
//! entropies do not depend on the network.

use std::f64::consts::{E, PI};

use super::asked::{Asked, Weight, place};
use super::l_vlb;
use crate::math::schedule::Schedule;
use crate::sampler::Variance;
use crate::train::target::Place;

/// What an example is asked whose time is `u`.
pub fn asked(schedule: &Schedule, u: f64) -> Asked {
    // One timestep less: of a schedule with one there is no other.
    let steps = (schedule.num_train_timesteps() - 1).max(1);
    let timestep = (1 + ((u * steps as f64) as usize).min(steps - 1)).min(schedule.num_train_timesteps() - 1) as f64;
    let place = place(schedule, timestep);
    Asked { timestep, place, weight: Weight::OfNoise(term(place, steps)) }
}

/// A term of K, for one of so many steps that is drawn.
pub fn term(place: Place, steps: usize) -> f64 {
    steps as f64 * l_vlb::term(place, Variance::Small)
}

/// K - (-loss) per element, in nats: `H_q(X^T | X^0) - H_q(X^1 | X^0)`, less the cross entropy of the last state and N(0, 1). That is the
/// `H_p(X^T)` of eq. 14 where the data has a mean square of 1 or nothing of it is left; else K would not be a bound.
pub fn entropies(schedule: &Schedule, mean_square: f64) -> f64 {
    let entropy = |variance: f64| 0.5 * libm::log(2.0 * PI * E * variance);
    let level = |timestep: usize| schedule.level_at(timestep as f64);
    let last = level(schedule.num_train_timesteps() - 1);
    let prior = 0.5 * libm::log(2.0 * PI) + 0.5 * (last.alpha_bar() * mean_square + last.sigma_sq());
    entropy(last.sigma_sq()) - entropy(level(0).sigma_sq()) - prior
}
