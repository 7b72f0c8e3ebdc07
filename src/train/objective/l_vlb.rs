//! `l_vlb`: the variational bound with its true weights (Ho et al. 2020, eq. 12).

use super::asked::{Asked, Weight, at_term, at_timestep};
use super::step::{kl_of_noise, step_variance};
use crate::math::schedule::Schedule;
use crate::sampler::Variance;
use crate::train::target::Place;

/// What an example is asked whose time is `u`.
pub fn asked(schedule: &Schedule, variance: Variance, u: f64) -> Asked {
    match variance {
        // The network's own variance has the bound by itself: see `variance.rs`.
        Variance::Learned => at_timestep(schedule, u, |_| Weight::OfTarget(0.0)),
        _ => at_term(schedule, u, |place| term(place, variance)),
    }
}

/// beta^2 / (2 sigma^2 alpha (1 - alpha_bar)) (eq. 12). The last step is into the data; its sigma^2 is beta_1, as that of the decoder.
pub fn term(place: Place, variance: Variance) -> f64 {
    let (c_x0, _) = place.posterior_mean();
    kl_of_noise(place, c_x0, step_variance(place, variance))
}
