//! `l_simple`: the mean square error of what the network predicts, at every timestep alike (Ho et al. 2020, eq. 14; for other predictions
//! than the noise, section 3.2).

use super::asked::{Asked, Weight, at_timestep};
use crate::math::schedule::Schedule;

/// What an example is asked whose time is `u`.
pub fn asked(schedule: &Schedule, u: f64) -> Asked {
    at_timestep(schedule, u, |_| Weight::OfTarget(1.0))
}
