//! The three terms of VDM's bound, for any network whose prediction gives the noise.
//!
//! Kingma et al. 2021, eq. 11 to 18. gamma is the model's own (vdm.json), or else the paper's fixed linear one: log SNR falls evenly in
//! time between the ends of the network's own schedule. Levels between two training timesteps are asked at a fractional timestep.

use super::terms::{Term, Value};
use crate::checkpoint::Scheduler;
use crate::math::gamma::At;
use crate::math::gaussian::log_grey;
use crate::math::level::NoiseLevel;
use crate::noise::philox::philox4x32;

/// The diffusion loss in T steps (eq. 14): `T / 2 expm1(gamma_t - gamma_s) (eps - eps_hat)^2`, over all T steps.
pub(super) fn discrete(scheduler: &Scheduler, num_steps: usize) -> Vec<Term> {
    let mut levels: Vec<NoiseLevel> = scheduler.gamma.levels(num_steps).collect();
    levels.push(scheduler.gamma.first_level());
    let term = |pair: &[NoiseLevel]| {
        let scale = 0.5 * libm::expm1(pair[1].log_snr() - pair[0].log_snr());
        Term { t: scheduler.schedule.timestep_of(pair[0]), level: pair[0], value: Value::Noise { scale } }
    };
    levels.windows(2).map(term).collect()
}

/// The diffusion loss in continuous time (eq. 17): `1/2 gamma'(t) (eps - eps_hat)^2` over time, at `num_times` times, one in
/// each stratum, all with the same offset (the paper's low-discrepancy sampler, appendix I.1).
pub(super) fn continuous(scheduler: &Scheduler, num_times: usize, seed: u64) -> Vec<Term> {
    let offset = uniform(seed);
    let term = |i: usize| {
        let At { level, slope } = scheduler.gamma.at((i as f64 + offset) / num_times as f64);
        let scale = 0.5 * slope / num_times as f64;
        Term { t: scheduler.schedule.timestep_of(level), level, value: Value::Noise { scale } }
    };
    (0..num_times).rev().map(term).collect()
}

/// `-log p(x | z_0)` of every pixel.
pub(super) fn reconstruction(x0: &[f32], eps: &[f32], scheduler: &Scheduler) -> Vec<f64> {
    let level = scheduler.gamma.first_level();
    x0.iter().zip(eps).map(|(x, eps)| -log_grey(f64::from(*x), f64::from(*eps), level)).collect()
}

/// One uniform in [0, 1) from the seed, apart from all noise: the counter's last word is 1.
fn uniform(seed: u64) -> f64 {
    let key = [(seed & u64::from(u32::MAX)) as u32, (seed >> 32) as u32];
    f64::from(philox4x32(key, [0, 0, 0, 1])[0]) / 4_294_967_296.0
}
