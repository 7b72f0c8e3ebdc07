//! Runs that start from a picture, keep pixels, or are conditioned on what was observed, on data whose posterior is known.

use pollster::block_on;
use serde_json::{Map, Value, json};
use unnoise::checkpoint::{MeanSqEps, Scheduler};
use unnoise::math::level::NoiseLevel;
use unnoise::math::time::Timestep;
use unnoise::noise::Shape;
use unnoise::options::SampleOptions;
use unnoise::run::{Plan, Run};

/// Independent pixels, N(0.3, 0.25).
const MEAN: f64 = 0.3;
const VARIANCE: f64 = 0.25;
/// 100,000 pixels.
const SHAPE: Shape = Shape { batch: 1, channels: 1, height: 250, width: 400 };

fn scheduler() -> Scheduler {
    Scheduler::from_json(&json!({ "clip_sample": false })).expect("a scheduler")
}

/// Variance of x_t, and E[eps given x_t] for `x_t`.
fn at(level: NoiseLevel) -> (f64, impl Fn(f64) -> f64) {
    let all = level.alpha_bar() * VARIANCE + level.sigma_sq();
    (all, move |x| level.sigma() * (x - level.sqrt_alpha_bar() * MEAN) / all)
}

fn network(scheduler: &Scheduler) -> impl Fn(&[f32], f64) -> Vec<f32> + use<> {
    let schedule = scheduler.schedule.clone();
    move |x: &[f32], t: f64| {
        let (_, eps) = at(schedule.level_at(t));
        x.iter().map(|x| eps(f64::from(*x)) as f32).collect()
    }
}

/// E ||eps_hat||^2 / d at every timestep, exact.
fn table(scheduler: &Scheduler) -> MeanSqEps {
    let timesteps = 0..scheduler.schedule.num_train_timesteps();
    MeanSqEps::from_timesteps(timesteps.map(|t| {
        let level = scheduler.schedule.level(Timestep(t)).expect("a timestep");
        level.sigma_sq() / at(level).0
    }))
}

fn begun(options: &Value, shape: Shape) -> Run {
    let scheduler = scheduler();
    let options = SampleOptions::from_json(options.as_object().expect("an object"), &scheduler).expect("options");
    let plan = Plan::new(&options.plan, &scheduler, Some(&table(&scheduler))).expect("a plan");
    Run::new(&options, plan, shape, None).expect("a run")
}

fn finished(mut run: Run) -> Vec<f32> {
    let network = network(&scheduler());
    for _ in run.step_index()..run.num_steps() {
        block_on(run.step(&network)).expect("a step");
    }
    run.x_t().to_vec()
}

/// Mean and variance.
fn moments(x: &[f32]) -> (f64, f64) {
    let numbers = || x.iter().map(|x| f64::from(*x));
    let mean = numbers().sum::<f64>() / x.len() as f64;
    (mean, numbers().map(|x| (x - mean).powi(2)).sum::<f64>() / x.len() as f64)
}

fn observed(sampler: &str, steps: usize, method: &str) -> (f64, f64) {
    let y = vec![0.8; SHAPE.len()];
    let observed = json!({ "y": y, "sigma": 0.3, "method": method });
    // The bound on the noise of the step into x_1 is made for pictures; in 10 steps it would take most of the variance away.
    let options = json!({ "sampler": sampler, "steps": steps, "sigmaClip": 0, "observed": observed });
    moments(&finished(begun(&options, SHAPE)))
}

#[test]
fn the_analytic_method_gives_the_posterior_at_any_number_of_steps() {
    let (mean, variance) = (0.667_647, 0.066_176_5);
    for sampler in ["analytic-ddpm", "analytic-ddim"] {
        for steps in [10, 100, 1000] {
            let found = observed(sampler, steps, "analytic");
            assert!((found.0 - mean).abs() < 0.005, "{sampler}, {steps}: mean {}", found.0);
            assert!((found.1 / variance - 1.0).abs() < 0.02, "{sampler}, {steps}: variance {}", found.1);
        }
    }
}

#[test]
fn the_product_with_every_reverse_gaussian_is_not_the_posterior() {
    // What is measured here stands in docs/editing.md.
    for (method, steps, expected) in PRODUCTS {
        let found = observed("ddpm", steps, method);
        let close = (found.0 - expected.0).abs() < 0.005 && (found.1 / expected.1 - 1.0).abs() < 0.03;
        assert!(close, "{method}, {steps}: {found:?}");
    }
}

const PRODUCTS: [(&str, usize, (f64, f64)); 6] = [
    ("constant", 10, (0.579, 0.0252)),
    ("constant", 100, (0.684, 0.0340)),
    ("constant", 1000, (0.702, 0.0348)),
    ("annealed", 10, (0.571, 0.0272)),
    ("annealed", 100, (0.678, 0.0357)),
    ("annealed", 1000, (0.697, 0.0363)),
];

const SMALL: Shape = Shape { batch: 2, channels: 3, height: 4, width: 5 };

fn picture() -> Vec<f32> {
    (0..SMALL.image_len()).map(|i| (i as f32 * 0.7).sin()).collect()
}

#[test]
fn known_pixels_end_exactly_as_given() {
    let mask: Vec<f32> = (0..20).map(|i| if i % 2 == 0 { 1.0 } else { 0.0 }).collect();
    for method in ["clean", "noised", "repaint"] {
        for sampler in ["ddpm", "ddim", "analytic-ddpm", "vdm"] {
            let mut known = json!({ "x": picture(), "mask": mask, "method": method });
            if method == "repaint" {
                known["jump"] = json!(3);
            }
            let end = finished(begun(&json!({ "sampler": sampler, "steps": 12, "batch": 2, "known": known }), SMALL));
            for (i, end) in end.iter().enumerate() {
                let is_known = mask[i % 20] == 1.0;
                assert_eq!(*end == picture()[i % SMALL.image_len()], is_known, "{sampler}, {method}, element {i}");
            }
        }
    }
}

#[test]
fn noised_pixels_stand_at_the_level_of_their_step_with_the_noise_of_the_step() {
    let known = json!({ "x": picture(), "mask": vec![1.0; 20] });
    let mut run = begun(&json!({ "sampler": "ddpm", "steps": 10, "batch": 2, "known": known }), SMALL);
    let step = block_on(run.step(&network(&scheduler()))).expect("a step");
    let z = unnoise::noise::NoiseSource::new(unnoise::noise::Rng::Philox, 0).of_step(SMALL, 0);
    let expected = unnoise::math::forward::diffused(&picture().repeat(2), &z, step.planned.next_level);
    let off = step.x_s.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(off < 1e-6, "{off}");
}

#[test]
fn a_run_from_a_picture_is_the_run_from_its_noised_state() {
    let x = picture();
    let started =
        begun(&json!({ "sampler": "ddpm", "steps": 10, "seed": 5, "batch": 2, "start": { "x": x, "t": 999 } }), SMALL);
    let z = unnoise::noise::NoiseSource::new(unnoise::noise::Rng::Philox, 5).initial(SMALL);
    let level = scheduler().schedule.level(Timestep(999)).expect("a timestep");
    let x_t = unnoise::math::forward::diffused(&x.repeat(2), &z, level);
    assert_eq!(started.initial().expect("memory"), x_t);
    assert_eq!(started.plan().steps[0].t, 999.0);

    let trajectory: Vec<usize> = std::iter::once(999).chain((0..10).rev().map(|i| i * 100)).collect();
    let options = json!({ "sampler": "ddpm", "trajectory": trajectory, "seed": 5, "batch": 2 });
    let scheduler = scheduler();
    let options = SampleOptions::from_json(options.as_object().expect("an object"), &scheduler).expect("options");
    let plan = Plan::new(&options.plan, &scheduler, None).expect("a plan");
    let plain = Run::new(&options, plan, SMALL, Some(x_t)).expect("a run");
    assert_eq!(finished(started), finished(plain));
}

#[test]
fn a_run_from_the_least_noise_gives_the_picture_back() {
    let x: Vec<f32> = picture();
    let end = finished(begun(&json!({ "start": { "x": x, "t": 0 } }), Shape { batch: 1, ..SMALL }));
    let off = end.iter().zip(&x).map(|(end, x)| (end - x).abs()).fold(0.0, f32::max);
    // sigma_0 is 0.01.
    assert!(off < 0.04, "{off}");
}

#[test]
fn a_run_goes_on_to_the_last_bit_behind_a_way_back() {
    for rng in ["philox", "torch"] {
        let known = json!({ "x": picture(), "mask": vec![0.5; 20], "method": "repaint", "jump": 2, "resample": 3 });
        let options = json!({ "sampler": "ddpm", "steps": 9, "batch": 2, "rng": rng, "known": known });
        let mut run = begun(&options, SMALL);
        let (mut states, network) = (Vec::new(), network(&scheduler()));
        for _ in 0..run.num_steps() {
            states.push(block_on(run.step(&network)).expect("a step").x_s);
        }
        for (index, state) in states[..states.len() - 1].iter().enumerate() {
            let mut again = begun(&options, SMALL);
            again.resume(index + 1, state.clone()).expect("a step of the run");
            assert_eq!(finished(again), states[states.len() - 1], "{rng}, after step {index}");
        }
    }
}

#[test]
fn what_is_wrong_is_said() {
    let (x, mask) = (picture(), vec![1.0; 20]);
    let with = |known: Value| json!({ "batch": 2, "known": known });
    for (code, part, options) in [
        ("invalid-start", "`start.t`", json!({ "start": { "x": x, "t": 1000 } })),
        ("invalid-start", "`start.t`", json!({ "start": { "x": x } })),
        ("invalid-start", "`start.x`", json!({ "start": { "t": 5 } })),
        ("invalid-start", "`start`", json!({ "start": 5 })),
        ("invalid-start", "61 numbers", json!({ "start": { "x": vec![0.0; 61], "t": 5 } })),
        ("invalid-known", "19 numbers", with(json!({ "x": x, "mask": vec![1.0; 19] }))),
        ("invalid-known", "1.5 at element 3", with(json!({ "x": x, "mask": [0, 0, 0, 1.5] }))),
        ("invalid-known", "\"inpaint\"", with(json!({ "x": x, "mask": mask, "method": "inpaint" }))),
        ("invalid-known", "`known.jump`", with(json!({ "x": x, "mask": mask, "method": "repaint", "jump": 0 }))),
        ("invalid-known", "`known.jump`", with(json!({ "x": x, "mask": mask, "jump": 3 }))),
        ("invalid-known", "`more`", with(json!({ "x": x, "mask": mask, "more": 3 }))),
        ("invalid-observed", "-1", json!({ "observed": { "y": x, "sigma": -1 } })),
        ("invalid-observed", "`observed.sigma`", json!({ "observed": { "y": x } })),
        ("invalid-observed", "at element 1", json!({ "observed": { "y": [0, "\0not a number"], "sigma": 0.1 } })),
        (
            "invalid-known",
            "`observed`",
            json!({ "known": { "x": x, "mask": mask }, "observed": { "y": x, "sigma": 0.1 } }),
        ),
    ] {
        let error = refused(options.as_object().expect("an object"));
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains(part), "{error}");
    }
}

fn refused(options: &Map<String, Value>) -> unnoise::error::Error {
    let scheduler = scheduler();
    let run = SampleOptions::from_json(options, &scheduler).and_then(|options| {
        let plan = Plan::new(&options.plan, &scheduler, None)?;
        Run::new(&options, plan, Shape { batch: options.images(), ..SMALL }, None)
    });
    run.expect_err("a wrong option")
}
