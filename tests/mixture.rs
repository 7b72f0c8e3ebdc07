//! A two-dimensional Gaussian mixture with its exact noise prediction: whether the samples are the data's.

use std::future::Future;

use serde_json::{Value, json};
use unnoise::checkpoint::{MeanSqEps, Scheduler};
use unnoise::math::level::NoiseLevel;
use unnoise::math::time::Timestep;
use unnoise::measure::estimate::Estimate;
use unnoise::noise::Shape;
use unnoise::options::SampleOptions;
use unnoise::run::{Denoiser, Plan, Run};

const SAMPLES: usize = 10_000;
const SHAPE: Shape = Shape { batch: SAMPLES, channels: 2, height: 1, width: 1 };
const CENTRES: [[f64; 2]; 3] = [[-0.6, -0.4], [0.6, -0.5], [0.0, 0.6]];
const STD: f64 = 0.08;

/// Data of the mixture.
fn data(seed: u64) -> Vec<f32> {
    let mut z = vec![0.0; SHAPE.len()];
    unnoise::noise::philox::fill_normal(seed, 0, 0, &mut z);
    let point = |(i, z): (usize, &[f32])| [0, 1].map(|axis| (CENTRES[i % 3][axis] + STD * f64::from(z[axis])) as f32);
    z.chunks_exact(2).enumerate().flat_map(point).map(|x: f32| x.clamp(-1.0, 1.0)).collect()
}

/// E[eps | x_t]: the centres weighted by how likely each made the point.
fn exact_eps(level: NoiseLevel, x: &[f32]) -> [f32; 2] {
    let (scale, sigma) = (level.sqrt_alpha_bar(), level.sigma());
    let total = level.alpha_bar() * STD * STD + level.sigma_sq();
    let away = |centre: &[f64; 2]| [0, 1].map(|axis| f64::from(x[axis]) - scale * centre[axis]);
    let log_weights = CENTRES.each_ref().map(|centre| -away(centre).iter().map(|d| d * d).sum::<f64>() / (2.0 * total));
    let largest = log_weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights = log_weights.map(|weight| (weight - largest).exp());
    let sum: f64 = weights.iter().sum();
    let mean = |axis: usize| CENTRES.iter().zip(weights).map(|(centre, w)| w / sum * away(centre)[axis]).sum::<f64>();
    [0, 1].map(|axis| (sigma * mean(axis) / total) as f32)
}

fn denoiser(scheduler: &Scheduler) -> impl Denoiser + use<> {
    let levels: Vec<NoiseLevel> = (0..1000).filter_map(|t| scheduler.schedule.level(Timestep(t))).collect();
    move |x: &[f32], t: f64| x.chunks_exact(2).flat_map(|x| exact_eps(levels[t as usize], x)).collect::<Vec<f32>>()
}

fn now<T>(future: impl Future<Output = T>) -> T {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).as_mut().poll(&mut context) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => panic!("a plain function answers at once"),
    }
}

fn scheduler_with_table() -> (Scheduler, MeanSqEps) {
    let scheduler = Scheduler::from_json(&json!({})).expect("the defaults");
    let mut estimate = Estimate::new(&scheduler, SHAPE, &data(1), 2).expect("data in [-1, 1]");
    let denoiser = denoiser(&scheduler);
    while estimate.done() < estimate.num_steps() {
        now(estimate.step(&denoiser)).expect("a finite prediction");
    }
    let table = estimate.table().expect("all timesteps are measured");
    (scheduler, table)
}

fn sample((scheduler, table): &(Scheduler, MeanSqEps), options: &Value) -> Vec<f32> {
    let options = SampleOptions::from_json(options.as_object().expect("an object"), scheduler).expect("valid");
    let plan = Plan::new(&options.plan, scheduler, Some(table)).expect("a plan");
    let mut run = Run::new(&options, plan, SHAPE, None).expect("a run");
    let denoiser = denoiser(scheduler);
    for _ in 0..run.num_steps() {
        now(run.step(&denoiser)).expect("a finite prediction");
    }
    run.x_t().to_vec()
}

/// Mean distance between the points of two sets.
fn mean_distance(a: &[f32], b: &[f32]) -> f64 {
    let to_all = |p: &[f32]| b.chunks_exact(2).map(|q| (p[0] - q[0]).hypot(p[1] - q[1])).sum::<f32>();
    a.chunks_exact(2).map(|p| f64::from(to_all(p))).sum::<f64>() / (a.len() / 2 * (b.len() / 2)) as f64
}

#[test]
fn samples_come_closer_to_the_data_with_k_and_analytic_dpm_is_ahead_at_ten_steps() {
    let scheduler = scheduler_with_table();
    let real = data(7);
    let within_real = mean_distance(&real, &real);
    // Szekely & Rizzo's energy distance, 0 between equal distributions.
    let energy = |sampler: &str, variance: Option<&str>, steps: usize| {
        let mut options =
            json!({ "sampler": sampler, "steps": steps, "trajectory": "even", "clip": "none", "seed": 3 });
        if let Some(variance) = variance {
            options["variance"] = json!(variance);
        }
        let samples = sample(&scheduler, &options);
        2.0 * mean_distance(&samples, &real) - mean_distance(&samples, &samples) - within_real
    };

    for (sampler, variance) in [("ddpm", Some("small")), ("ddpm", Some("large")), ("analytic-ddpm", None)] {
        let (few, many) = (energy(sampler, variance, 5), energy(sampler, variance, 100));
        assert!(few > many, "{sampler} {variance:?}: {few} {many}");
    }
    let analytic = energy("analytic-ddpm", None, 10);
    let (small, large) = (energy("ddpm", Some("small"), 10), energy("ddpm", Some("large"), 10));
    assert!(analytic < small && analytic < large, "{analytic} {small} {large}");
}
