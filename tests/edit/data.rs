//! Data whose posterior is known, a network that predicts its noise exactly, and runs of both.

use pollster::block_on;
use serde_json::{Map, Value, json};
use unnoise::checkpoint::{MeanSqEps, Scheduler};
use unnoise::math::level::NoiseLevel;
use unnoise::math::time::Timestep;
use unnoise::noise::Shape;
use unnoise::options::SampleOptions;
use unnoise::run::{Plan, Run};

/// Independent pixels, N(0.3, 0.25).
pub const MEAN: f64 = 0.3;
pub const VARIANCE: f64 = 0.25;
/// 100,000 pixels.
pub const SHAPE: Shape = Shape { batch: 1, channels: 1, height: 250, width: 400 };

pub fn scheduler() -> Scheduler {
    Scheduler::from_json(&json!({ "clip_sample": false })).expect("a scheduler")
}

/// Variance of x_t, and E[eps given x_t] for `x_t`.
pub fn at(level: NoiseLevel) -> (f64, impl Fn(f64) -> f64) {
    let all = level.alpha_bar() * VARIANCE + level.sigma_sq();
    (all, move |x| level.sigma() * (x - level.sqrt_alpha_bar() * MEAN) / all)
}

pub fn network(scheduler: &Scheduler) -> impl Fn(&[f32], f64) -> Vec<f32> + use<> {
    let schedule = scheduler.schedule.clone();
    move |x: &[f32], t: f64| {
        let (_, eps) = at(schedule.level_at(t));
        x.iter().map(|x| eps(f64::from(*x)) as f32).collect()
    }
}

/// E ||eps_hat||^2 / d at every timestep, exact.
pub fn table(scheduler: &Scheduler) -> MeanSqEps {
    let timesteps = 0..scheduler.schedule.num_train_timesteps();
    MeanSqEps::from_timesteps(timesteps.map(|t| {
        let level = scheduler.schedule.level(Timestep(t)).expect("a timestep");
        level.sigma_sq() / at(level).0
    }))
}

pub fn begun(options: &Value, shape: Shape) -> Run {
    let scheduler = scheduler();
    let options = SampleOptions::from_json(options.as_object().expect("an object"), &scheduler).expect("options");
    let plan = Plan::new(&options.plan, &scheduler, Some(&table(&scheduler))).expect("a plan");
    Run::new(&options, plan, shape, None).expect("a run")
}

pub fn finished(mut run: Run) -> Vec<f32> {
    let network = network(&scheduler());
    for _ in run.step_index()..run.num_steps() {
        block_on(run.step(&network)).expect("a step");
    }
    run.x_t().to_vec()
}

/// Mean and variance.
pub fn moments(x: &[f32]) -> (f64, f64) {
    let numbers = || x.iter().map(|x| f64::from(*x));
    let mean = numbers().sum::<f64>() / x.len() as f64;
    (mean, numbers().map(|x| (x - mean).powi(2)).sum::<f64>() / x.len() as f64)
}

/// A batch of small pictures.
pub const SMALL: Shape = Shape { batch: 2, channels: 3, height: 4, width: 5 };

pub fn picture() -> Vec<f32> {
    (0..SMALL.image_len()).map(|i| (i as f32 * 0.7).sin()).collect()
}

/// What is said of options that are refused.
pub fn refused(options: &Map<String, Value>) -> unnoise::error::Error {
    let scheduler = scheduler();
    let run = SampleOptions::from_json(options, &scheduler).and_then(|options| {
        let plan = Plan::new(&options.plan, &scheduler, None)?;
        Run::new(&options, plan, Shape { batch: options.images(), ..SMALL }, None)
    });
    run.expect_err("a wrong option")
}
