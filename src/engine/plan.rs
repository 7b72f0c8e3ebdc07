//! The exact steps of a run before it runs: which timesteps, and the factors of each.

use serde_json::{Value, json};

use super::options::{Clip, PlanOptions};
use super::scheduler::Scheduler;
use crate::math::level::NoiseLevel;
use crate::math::predict::Prediction;
use crate::math::time::Timestep;
use crate::sampler::StepCoeffs;

/// One reverse step of a plan.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlannedStep {
    /// The timestep that the network is asked at.
    pub t: Timestep,
    /// The timestep that the step leads to; `None` is the data.
    pub s: Option<Timestep>,
    /// The level at `t`.
    pub level: NoiseLevel,
    /// The step's factors.
    pub coeffs: StepCoeffs,
}

/// Everything about a run that does not depend on the network or the noise.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The steps, noisiest first, at least one.
    pub steps: Vec<PlannedStep>,
    /// What the network predicts.
    pub prediction: Prediction,
    /// Clipping.
    pub clip: Clip,
    /// Bound of a clipped `x0_hat`.
    pub clip_range: f64,
}

impl Plan {
    /// Lays out the steps. Each leads to the next listed timestep, the last one to the data.
    ///
    /// diffusers' `DDIMScheduler` steps by the constant `T / K` instead, which misses the listed timesteps with
    /// `linspace`, and with `trailing` where K does not divide T.
    pub fn new(options: &PlanOptions, scheduler: &Scheduler) -> Self {
        // Options hold no timestep past the schedule: they were read against it.
        let level = |t: Timestep| scheduler.schedule.level(t).unwrap_or(NoiseLevel::DATA);
        let nexts = options.timesteps.iter().skip(1).copied().map(Some).chain([None]);
        let steps = options.timesteps.iter().copied().zip(nexts).map(|(t, s)| {
            let coeffs = options.sampler.coeffs(level(t), s.map_or(NoiseLevel::DATA, level));
            PlannedStep { t, s, level: level(t), coeffs }
        });

        Self {
            steps: steps.collect(),
            prediction: scheduler.prediction,
            clip: options.clip,
            clip_range: scheduler.clip_sample_range,
        }
    }

    /// The public form: the timesteps, and for every step `t`, `s` (null: the data), log SNR at `t` and the factors.
    pub fn to_json(&self) -> Value {
        let timesteps: Vec<usize> = self.steps.iter().map(|step| step.t.0).collect();
        let steps: Vec<Value> = self.steps.iter().map(step_to_json).collect();
        json!({ "timesteps": timesteps, "steps": steps })
    }
}

fn step_to_json(step: &PlannedStep) -> Value {
    let StepCoeffs { c_x0, c_eps, c_xt, c_z } = step.coeffs;
    json!({
        "t": step.t.0,
        "s": step.s.map(|s| s.0),
        "logSnr": step.level.log_snr(),
        "x0": c_x0,
        "eps": c_eps,
        "xt": c_xt,
        "z": c_z,
    })
}
