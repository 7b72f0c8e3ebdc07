//! Whole runs on Gaussian data, noise and f32 state included: their samples have the moments of closed form.

use serde_json::{Value, json};
use unnoise::noise::Shape;
use unnoise::run::Run;

use super::data::{self, STEPS, VARIANCE};

/// As many samples as pixels; fewer where there are many steps.
fn shape(steps: usize) -> Shape {
    let side = if steps < 1000 { 100 } else { 40 };
    Shape { batch: 1, channels: 1, height: side, width: side }
}

/// Mean and variance of the samples.
fn sample(options: &Value, steps: usize) -> (f64, f64) {
    let plan = data::plan(options);
    let mut run = Run::new(&data::options(options), plan, shape(steps), None).expect("a run");
    for _ in 0..run.num_steps() {
        let level = run.pending().expect("a step is left").level;
        let prediction: Vec<f32> = run.x_t().iter().map(|x| data::exact_eps(f64::from(*x), level) as f32).collect();
        run.advance(&prediction).expect("a finite prediction");
    }

    let count = run.x_t().len() as f64;
    let mean = run.x_t().iter().map(|x| f64::from(*x)).sum::<f64>() / count;
    let variance = run.x_t().iter().map(|x| (f64::from(*x) - mean).powi(2)).sum::<f64>() / count;
    (mean, variance)
}

#[test]
fn samples_have_the_mean_and_variance_of_closed_form() {
    for steps in STEPS {
        for mut options in data::every_sampler(steps) {
            options["seed"] = json!(4);
            let (mean, variance) = sample(&options, steps);
            let (end_mean, end_variance) = data::end_moments(&data::plan(&options));
            // Four standard errors.
            let count = shape(steps).len() as f64;
            let most = 4.0 * (end_variance / count).sqrt() + 1e-6;
            assert!((mean - end_mean).abs() < most, "{options}: mean {mean}, {end_mean}");
            let most = 4.0 * (2.0 / count).sqrt();
            assert!((variance / end_variance - 1.0).abs() < most, "{options}: variance {variance}, {end_variance}");
        }
    }
}

#[test]
fn a_hundred_steps_tell_the_samplers_apart() {
    // Computed apart from this crate for N(0.3, 0.25) on the linear schedule, the list from 999 down.
    let variance = |options: Value| data::end_moments(&data::plan(&options)).1;
    let small = variance(json!({ "sampler": "ddpm", "variance": "small", "steps": 100, "trajectory": "linspace" }));
    let large = variance(json!({ "sampler": "ddpm", "variance": "large", "steps": 100, "trajectory": "linspace" }));
    let ddim = variance(json!({ "steps": 100, "trajectory": "linspace" }));

    assert!(small < ddim && ddim < VARIANCE && VARIANCE < large, "{small} {ddim} {large}");
    assert!(
        (small - 0.219).abs() < 5e-3 && (large - 0.2587).abs() < 5e-3 && (ddim - 0.236).abs() < 5e-3,
        "{small} {large} {ddim}"
    );
}
