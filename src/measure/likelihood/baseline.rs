//! The best trajectory for DDPM's bound, from terms that were measured at every timestep: the rows "OT" of the DDPM
//! baselines in Analytic-DPM's table 1 (Watson et al. 2021).

use crate::checkpoint::Scheduler;
use crate::math::gaussian;
use crate::math::level::NoiseLevel;
use crate::math::optimal::cheapest_path;
use crate::math::time::Timestep;
use crate::sampler::{Ddpm, Kind, Variance};

/// What is measured at every timestep, as means over pixels and images, index = timestep.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// `(x0 - x0_hat)^2`, the prediction clamped to [-1, 1].
    pub sq_error: Vec<f64>,
    /// `-log p(x0 | x_t)` of the decoder at that timestep, in nats a dimension.
    pub decoder: Vec<f64>,
}

/// The cost of a step between two nodes, in nats a dimension; node 0 is the data, node n the timestep n - 1.
pub fn step_cost(scheduler: &Scheduler, measured: &Measured, variance: Variance, s: usize, r: usize) -> f64 {
    let level = |node: usize| scheduler.schedule.level(Timestep(node - 1)).unwrap_or(NoiseLevel::DATA);
    if s == 0 {
        return measured.decoder[r - 1];
    }
    let step = |variance| Kind::Ddpm(Ddpm { variance }).coeffs(level(r), level(s));
    let (posterior, reverse) = (step(Variance::Small), step(variance));
    let mean_sq_difference = posterior.c_x0.powi(2) * measured.sq_error[r - 1];
    gaussian::kl(mean_sq_difference, posterior.c_z.powi(2), reverse.c_z.powi(2))
}

/// The trajectory of `num_steps` steps, from 1 to the count of timesteps, whose terms have the least sum. Descending.
pub fn trajectory(scheduler: &Scheduler, measured: &Measured, variance: Variance, num_steps: usize) -> Vec<Timestep> {
    let cost = |s: usize, r: usize| step_cost(scheduler, measured, variance, s, r);
    let path = cheapest_path(scheduler.schedule.num_train_timesteps(), num_steps, cost);
    path.into_iter().rev().filter(|node| *node > 0).map(|node| Timestep(node - 1)).collect()
}
