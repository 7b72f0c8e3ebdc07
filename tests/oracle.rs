//! Runs with a denoiser that is exact: Gaussian data, where every sampler's end mean and variance is arithmetic.

use serde_json::{Value, json};
use unnoise::engine::options::SampleOptions;
use unnoise::engine::plan::Plan;
use unnoise::engine::run::Run;
use unnoise::engine::scheduler::Scheduler;
use unnoise::engine::shape::Shape;
use unnoise::math::level::NoiseLevel;

const MEAN: f64 = 0.3;
const VARIANCE: f64 = 0.25;
const SHAPE: Shape = Shape { batch: 1, channels: 1, height: 200, width: 200 };

/// E[eps | x_t] for data N(MEAN, VARIANCE).
fn exact_eps(x_t: &[f32], level: NoiseLevel) -> Vec<f32> {
    let (sqrt_alpha_bar, sigma) = (level.sqrt_alpha_bar(), level.sigma());
    let total = level.alpha_bar() * VARIANCE + level.sigma_sq();
    x_t.iter().map(|x| (sigma * (f64::from(*x) - sqrt_alpha_bar * MEAN) / total) as f32).collect()
}

/// Mean and variance of the samples.
fn sample(options: Value) -> (f64, f64) {
    let scheduler = Scheduler::from_json(&json!({})).expect("the defaults");
    let options = SampleOptions::from_json(options.as_object().expect("an object"), &scheduler).expect("valid options");
    let mut run = Run::new(&options, Plan::new(&options.plan, &scheduler), SHAPE, None).expect("a run");
    for _ in 0..run.num_steps() {
        let prediction = exact_eps(run.x_t(), run.pending().expect("a step is left").level);
        run.advance(&prediction).expect("a finite prediction");
    }

    let count = run.x_t().len() as f64;
    let mean = run.x_t().iter().map(|x| f64::from(*x)).sum::<f64>() / count;
    let variance = run.x_t().iter().map(|x| (f64::from(*x) - mean).powi(2)).sum::<f64>() / count;
    (mean, variance)
}

/// The same in closed form: each step is `x_s = a x_t + b + c_z z`.
fn expected(options: Value) -> (f64, f64) {
    let scheduler = Scheduler::from_json(&json!({})).expect("the defaults");
    let options = SampleOptions::from_json(options.as_object().expect("an object"), &scheduler).expect("valid options");
    let plan = Plan::new(&options.plan, &scheduler);
    let (mut mean, mut variance) = (0.0, 1.0);
    for step in plan.steps {
        let (sqrt_alpha_bar, sigma) = (step.level.sqrt_alpha_bar(), step.level.sigma());
        let total = step.level.alpha_bar() * VARIANCE + step.level.sigma_sq();
        let eps_slope = sigma / total;
        let x0_slope = (1.0 - sigma * eps_slope) / sqrt_alpha_bar;

        let slope = step.coeffs.c_x0 * x0_slope + step.coeffs.c_eps * eps_slope + step.coeffs.c_xt;
        let shift = (step.coeffs.c_x0 * sigma / sqrt_alpha_bar - step.coeffs.c_eps) * eps_slope * sqrt_alpha_bar * MEAN;
        mean = slope * mean + shift;
        variance = slope * slope * variance + step.coeffs.c_z.powi(2);
    }
    (mean, variance)
}

#[test]
fn gaussian_data_ends_with_the_mean_and_variance_of_closed_form() {
    for steps in [2, 10, 100] {
        for options in [
            json!({ "sampler": "ddpm", "variance": "small", "steps": steps, "clip": "none", "seed": 4 }),
            json!({ "sampler": "ddpm", "variance": "large", "steps": steps, "clip": "none", "seed": 4 }),
            json!({ "sampler": "ddim", "eta": 0, "steps": steps, "clip": "none", "seed": 4 }),
            json!({ "sampler": "ddim", "eta": 0.5, "steps": steps, "clip": "none", "seed": 4, "trajectory": "trailing" }),
        ] {
            let ((mean, variance), (end_mean, end_variance)) = (sample(options.clone()), expected(options.clone()));
            // Four standard errors of 40,000 samples.
            assert!((mean - end_mean).abs() < 4.0 * (end_variance / 4e4).sqrt() + 1e-6, "{options}: {mean} {end_mean}");
            assert!(
                (variance / end_variance - 1.0).abs() < 4.0 * (2.0f64 / 4e4).sqrt(),
                "{options}: {variance} {end_variance}"
            );
        }
    }
}

#[test]
fn a_hundred_steps_tell_the_samplers_apart() {
    // Computed apart from this crate for N(0.3, 0.25) on the linear schedule, the list from 999 down.
    let variance = |options: Value| expected(options).1;
    let small = variance(json!({ "sampler": "ddpm", "variance": "small", "steps": 100, "trajectory": "linspace" }));
    let large = variance(json!({ "sampler": "ddpm", "variance": "large", "steps": 100, "trajectory": "linspace" }));
    let ddim = variance(json!({ "steps": 100, "trajectory": "linspace" }));

    assert!(small < ddim && ddim < VARIANCE && VARIANCE < large, "{small} {ddim} {large}");
    assert!(
        (small - 0.219).abs() < 5e-3 && (large - 0.2587).abs() < 5e-3 && (ddim - 0.236).abs() < 5e-3,
        "{small} {large} {ddim}"
    );
}

#[test]
fn clipping_bounds_x0_hat_and_only_x0_eps_derives_the_noise_anew() {
    let scheduler = Scheduler::from_json(&json!({})).expect("the defaults");
    let shape = Shape { batch: 1, channels: 1, height: 1, width: 1 };
    let first_step = |clip: &str| {
        let options = json!({ "clip": clip, "trajectory": [500, 100] });
        let options =
            SampleOptions::from_json(options.as_object().expect("an object"), &scheduler).expect("valid options");
        let plan = Plan::new(&options.plan, &scheduler);
        let planned = plan.steps[0];
        let mut run = Run::new(&options, plan, shape, Some(vec![2.0])).expect("a run");
        (planned, run.advance(&[-0.5]).expect("a finite prediction"))
    };

    let (planned, step) = first_step("none");
    let x0_hat = (2.0 + 0.5 * planned.level.sigma()) / planned.level.sqrt_alpha_bar();
    assert!(x0_hat > 1.0 && (f64::from(step.x0_hat[0]) - x0_hat).abs() < 1e-5);

    let (planned, step) = first_step("x0");
    assert_eq!(step.x0_hat, [1.0]);
    let expected = planned.coeffs.c_x0 - 0.5 * planned.coeffs.c_eps;
    assert!((f64::from(step.x_s[0]) - expected).abs() < 1e-6);

    let (planned, step) = first_step("x0-eps");
    let eps = (2.0 - planned.level.sqrt_alpha_bar()) / planned.level.sigma();
    assert!((f64::from(step.x_s[0]) - (planned.coeffs.c_x0 + eps * planned.coeffs.c_eps)).abs() < 1e-6);
}
