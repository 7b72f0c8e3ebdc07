//! `vdm_discrete`: VDM's diffusion loss in T steps (Kingma et al. 2021, eq. 14; of the predicted data eq. 13).

use super::asked::{Asked, at_level};
use crate::math::schedule::Schedule;
use crate::train::gamma::Gamma;

/// What an example is asked whose time is `u`: of the T steps the one that it falls into.
pub fn asked(schedule: &Schedule, gamma: &Gamma, times: usize, u: f64) -> Asked {
    let index = ((u * times as f64) as usize).min(times - 1);
    let level = |index: usize| gamma.at(index as f64 / times as f64).level;
    let (t, s) = (level(index + 1), level(index));
    // (T / 2) (SNR_s / SNR_t - 1) = (T / 2) expm1(gamma_t - gamma_s): eq. 14 of the paper.
    at_level(schedule, t, 0.5 * times as f64 * libm::expm1(s.log_snr() - t.log_snr()))
}
