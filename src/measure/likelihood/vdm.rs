//! The three terms of VDM's bound, for any network whose prediction gives the noise.
//!
//! Kingma et al. 2021, eq. 11 to 18. gamma is the model's own (vdm.json), or else the paper's fixed linear one: log SNR falls evenly in
//! time between the ends of the network's own schedule. Levels between two training timesteps are asked at a fractional timestep.

use super::terms::{Term, Value};
use crate::checkpoint::Scheduler;
use crate::math::gamma::At;
use crate::math::level::NoiseLevel;
use crate::noise::philox::philox4x32;

/// The values that a pixel can have.
const GREY_VALUES: u32 = 256;

/// The diffusion loss in T steps (eq. 13): `T / 2 expm1(gamma_t - gamma_s) (eps - eps_hat)^2`, over all T steps.
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

/// `-log p(x | z_0)` of every pixel (appendix D): a softmax over the 256 grey values around `z_0 / alpha_0`.
///
/// The values stand at `2 v / 255 - 1`, where diffusers' networks are trained; VDM's own code has them at
/// `2 (v + 1/2) / 256 - 1`.
pub(super) fn reconstruction(x0: &[f32], eps: &[f32], scheduler: &Scheduler) -> Vec<f64> {
    let level = scheduler.gamma.first_level();
    let std = level.sigma() / level.sqrt_alpha_bar();
    let centre = |v: u32| f64::from(v) / 127.5 - 1.0;
    let of_pixel = |(x, eps): (&f32, &f32)| {
        let grey = ((f64::from(*x) + 1.0) * 127.5).round();
        let z = f64::from(*x) + std * f64::from(*eps);
        let logit = |centre: f64| -0.5 * ((z - centre) / std).powi(2);

        let logits: Vec<f64> = (0..GREY_VALUES).map(|v| logit(centre(v))).collect();
        let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = logits.iter().map(|logit| libm::exp(logit - largest)).sum();
        largest + libm::log(sum) - logit(grey / 127.5 - 1.0)
    };
    x0.iter().zip(eps).map(of_pixel).collect()
}

/// One uniform in [0, 1) from the seed, apart from all noise: the counter's last word is 1.
fn uniform(seed: u64) -> f64 {
    let key = [(seed & u64::from(u32::MAX)) as u32, (seed >> 32) as u32];
    f64::from(philox4x32(key, [0, 0, 0, 1])[0]) / 4_294_967_296.0
}
