//! Gaussian data, its exact denoiser, and every sampler that is tried on it.

use serde_json::{Value, json};
use unnoise::checkpoint::{MeanSqEps, Scheduler};
use unnoise::math::level::NoiseLevel;
use unnoise::math::time::Timestep;
use unnoise::options::SampleOptions;
use unnoise::run::Plan;

pub const MEAN: f64 = 0.3;
pub const VARIANCE: f64 = 0.25;

/// Numbers of steps.
pub const STEPS: [usize; 4] = [2, 10, 100, 1000];

/// DDPM's schedule with the exact table of Analytic-DPM: `E eps_hat^2 = sigma^2 / (alpha_bar * VARIANCE + sigma^2)`.
pub fn scheduler() -> (Scheduler, MeanSqEps) {
    let scheduler = Scheduler::from_json(&json!({})).expect("the defaults");
    let mean_sq_eps = |level: NoiseLevel| level.sigma_sq() / (level.alpha_bar() * VARIANCE + level.sigma_sq());
    let table = (0..1000).filter_map(|t| scheduler.schedule.level(Timestep(t))).map(mean_sq_eps);
    let table = MeanSqEps::from_timesteps(table);
    (scheduler, table)
}

/// Every sampler, with `steps` steps from pure noise to the data and nothing clipped.
pub fn every_sampler(steps: usize) -> Vec<Value> {
    vec![
        json!({ "sampler": "ddpm", "variance": "small", "steps": steps, "trajectory": "even", "clip": "none" }),
        json!({ "sampler": "ddpm", "variance": "large", "steps": steps, "trajectory": "even", "clip": "none" }),
        json!({ "sampler": "ddim", "eta": 0, "steps": steps, "trajectory": "even", "clip": "none" }),
        json!({ "sampler": "ddim", "eta": 0.5, "steps": steps, "trajectory": "even", "clip": "none" }),
        json!({ "sampler": "ddim", "eta": 1, "steps": steps, "trajectory": "even", "clip": "none" }),
        json!({ "sampler": "analytic-ddpm", "steps": steps, "trajectory": "even", "clip": "none", "sigmaClip": 0 }),
        analytic_ddim(0.0, steps),
        analytic_ddim(0.5, steps),
        analytic_ddim(1.0, steps),
        json!({ "sampler": "vdm", "steps": steps, "clip": "none" }),
    ]
}

fn analytic_ddim(eta: f64, steps: usize) -> Value {
    json!({
        "sampler": "analytic-ddim", "eta": eta, "steps": steps, "trajectory": "even", "clip": "none", "sigmaClip": 0
    })
}

pub fn options(options: &Value) -> SampleOptions {
    SampleOptions::from_json(options.as_object().expect("an object"), &scheduler().0).expect("valid options")
}

pub fn plan(given: &Value) -> Plan {
    let (scheduler, table) = scheduler();
    Plan::new(&options(given).plan, &scheduler, Some(&table)).expect("a plan")
}

/// `E[eps | x_t]`.
pub fn exact_eps(x_t: f64, level: NoiseLevel) -> f64 {
    let total = level.alpha_bar() * VARIANCE + level.sigma_sq();
    level.sigma() * (x_t - level.sqrt_alpha_bar() * MEAN) / total
}

/// Mean and variance at the end of a plan's steps: with a denoiser that is linear in x_t, each step is
/// `x_s = slope * x_t + shift + c_z * z`.
pub fn end_moments(plan: &Plan) -> (f64, f64) {
    let (mut mean, mut variance) = (0.0, 1.0);
    for step in &plan.steps {
        let move_on = |x_t: f64| {
            let eps = exact_eps(x_t, step.level);
            let x0 = (x_t - step.level.sigma() * eps) / step.level.sqrt_alpha_bar();
            step.coeffs.c_x0 * x0 + step.coeffs.c_eps * eps + step.coeffs.c_xt * x_t
        };
        let slope = move_on(1.0) - move_on(0.0);
        mean = move_on(mean);
        variance = slope * slope * variance + step.coeffs.c_z.powi(2);
    }
    (mean, variance)
}
