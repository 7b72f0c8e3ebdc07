//! `l_hybrid`: L_simple + lambda L_vlb, in whose second term the variance alone learns (Nichol & Dhariwal 2021, eq. 16). That term is
//! `variance.rs`.

use super::asked::Asked;
use super::l_simple;
use crate::math::schedule::Schedule;

/// lambda.
pub const SHARE_OF_BOUND: f64 = 0.001;

/// What an example is asked whose time is `u`, for the first term.
pub fn asked(schedule: &Schedule, u: f64) -> Asked {
    l_simple::asked(schedule, u)
}
