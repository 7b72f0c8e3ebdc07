//! The terms of DDPM's bound (Ho et al. 2020, eq. 5): a KL for every step and the decoder, for any variance of the
//! reverse process and any trajectory.

use crate::checkpoint::Scheduler;
use crate::math::gaussian;
use crate::math::level::NoiseLevel;
use crate::math::schedule::Schedule;
use crate::math::time::Timestep;
use crate::run::{Plan, PlannedStep};
use crate::sampler::{Ddpm, Kind, LearnedVariance, Variance, VarianceOf};

/// One call of the network, and what its answer is worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Term {
    /// The timestep that the network is asked at.
    pub t: f64,
    /// The level of the noised images.
    pub level: NoiseLevel,
    /// What is measured.
    pub value: Value,
}

/// What a term measures at a pixel, in nats.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value {
    /// `scale * (x0 - x0_hat)^2 + offset`, the image clamped to [-1, 1]: a KL of two Gaussians.
    Image { scale: f64, offset: f64 },
    /// `-log p(x0 | x_1)`, a discretized Gaussian around the clamped image.
    Decoder { std: f64 },
    /// The KL of the same two Gaussians, `scale * (x0 - x0_hat)^2` apart, from the posterior to one whose variance is learned.
    Learned { scale: f64, posterior: f64, of: VarianceOf },
    /// `-log p(x0 | x_1)` with a variance that is learned.
    LearnedDecoder { of: VarianceOf },
    /// `scale * (eps - eps_hat)^2`.
    Noise { scale: f64 },
}

/// The terms of a plan, noisiest first; the last is the decoder.
pub(super) fn of_plan(plan: &Plan, scheduler: &Scheduler) -> Vec<Term> {
    let learned = plan.learned_variance.filter(|_| plan.takes_variance);
    let term = |step: &PlannedStep| {
        let learned = learned.and_then(|kind| learned_value(kind, step, &scheduler.schedule));
        let value = if let Some(value) = learned {
            value
        } else if step.s.is_none() {
            Value::Decoder { std: decoder_variance(step.t, step.level, &scheduler.schedule).sqrt() }
        } else {
            let (scale, offset) = divergence(step);
            Value::Image { scale, offset }
        };
        Term { t: step.t, level: step.level, value }
    };
    plan.steps.iter().map(term).collect()
}

/// The same with the variance that the network predicts (Nichol & Dhariwal 2021); none for a decoder that begins at another timestep than
/// the first, of which the network predicts nothing.
fn learned_value(kind: LearnedVariance, step: &PlannedStep, schedule: &Schedule) -> Option<Value> {
    if step.s.is_none() {
        let second = schedule.level(Timestep(1)).filter(|_| step.t == 0.0)?;
        return Some(Value::LearnedDecoder { of: kind.of_decoder(step.level, second) });
    }
    let posterior = posterior_variance(step.level, step.next_level);
    let of = kind.between(step.level, step.next_level);
    Some(Value::Learned { scale: step.coeffs.c_x0.powi(2), posterior, of })
}

/// Factor and offset of `(x0 - x0_hat)^2` in a step's divergence: both means hold the same share of x_t, so they differ by that of
/// the image.
fn divergence(step: &PlannedStep) -> (f64, f64) {
    let var_q = posterior_variance(step.level, step.next_level);
    let var_p = step.coeffs.c_z.powi(2);
    (0.5 * step.coeffs.c_x0.powi(2) / var_p, gaussian::kl(0.0, var_q, var_p))
}

/// `KL(q(x_s | x_t, x0) || p(x_s | x_t))` in nats, for a mean `(x0 - x0_hat)^2` of `sq_error`.
pub fn step_divergence(step: &PlannedStep, sq_error: f64) -> f64 {
    let (scale, offset) = divergence(step);
    scale * sq_error + offset
}

/// `KL(q(x_t | x0) || N(0, 1))` of an image at the noisiest level, the mean over its pixels in nats.
pub fn prior_divergence(noisiest: NoiseLevel, x0: &[f32]) -> f64 {
    let of_pixel = |x: &f32| gaussian::kl(noisiest.alpha_bar() * f64::from(*x).powi(2), noisiest.sigma_sq(), 1.0);
    x0.iter().map(of_pixel).sum::<f64>() / x0.len() as f64
}

/// The variance of the posterior `q(x_s | x_t, x0)`, beta-tilde.
pub(super) fn posterior_variance(t: NoiseLevel, s: NoiseLevel) -> f64 {
    Kind::Ddpm(Ddpm { variance: Variance::Small }).coeffs(t, s).c_z.powi(2)
}

/// The official code's variance of the decoder, for every method: the posterior's between the first two timesteps; from
/// any other timestep than the first, the whole variance of the noise at its level.
pub fn decoder_variance(t: f64, level: NoiseLevel, schedule: &Schedule) -> f64 {
    let (first, second) = (schedule.level(Timestep(0)), schedule.level(Timestep(1)));
    match (first, second) {
        (Some(first), Some(second)) if t == 0.0 => posterior_variance(second, first),
        _ => level.sigma_sq(),
    }
}
