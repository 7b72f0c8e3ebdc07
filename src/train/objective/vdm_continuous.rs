//! `vdm_continuous`: VDM's diffusion loss in continuous time, gamma'(u) / 2 times the squared error of the noise (Kingma et al. 2021,
//! eq. 17); and `vdm_weighted`: the same with a weight for every signal-to-noise ratio (eq. 19), which is in `vdm_weighted.rs`.

use super::asked::{Asked, at_level};
use super::vdm_weighted::weight_at;
use crate::math::gamma::At;
use crate::math::schedule::Schedule;
use crate::options::Weighting;
use crate::train::gamma::Gamma;

/// What an example is asked whose time is `u`.
pub fn asked(schedule: &Schedule, gamma: &Gamma, weighting: &Weighting, u: f64) -> Asked {
    let At { level, slope } = gamma.at(u);
    at_level(schedule, level, 0.5 * slope * weight_at(weighting, level.log_snr()))
}
