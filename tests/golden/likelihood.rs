//! Every term of the bounds, and the encoding, against a program of its own in f64: see `likelihood.py`.

use serde::Deserialize;
use serde_json::{Value, json};
use unnoise::checkpoint::{MeanSqEps, Scheduler};
use unnoise::math::level::NoiseLevel;
use unnoise::math::time::Timestep;
use unnoise::measure::Encoding;
use unnoise::measure::estimate::Estimate;
use unnoise::measure::likelihood::baseline::{Measured, step_cost, trajectory};
use unnoise::measure::likelihood::{Bound, Likelihood, Report};
use unnoise::noise::{NoiseSource, Rng, Shape};
use unnoise::options::{LikelihoodOptions, PlanOptions};
use unnoise::run::Plan;
use unnoise::sampler::Variance;

use crate::files::{json, now};

/// What a network may predict, and how far off f32 leaves the terms: see README.md.
const PREDICTIONS: [(&str, f64); 3] = [("sample", 1e-4), ("v_prediction", 1e-4), ("epsilon", 2e-2)];

/// VDM's terms compare noises: in a state that is nearly all noise, f32 leaves few digits of what the image adds.
const TOLERANCE_OF_VDM: f64 = 2e-2;

#[derive(Deserialize)]
struct File {
    x0: Vec<f32>,
    x0_hat: Vec<f64>,
    variance_outputs: Vec<f32>,
    seed: u64,
    noise: Vec<f64>,
    ddpm: Vec<Ddpm>,
    vdm: Vec<Vdm>,
    vdm_continuous: f64,
    reconstruction: f64,
    baseline: Vec<Cost>,
    encoding: Encoded,
}

#[derive(Deserialize)]
struct Ddpm {
    name: String,
    timesteps: Vec<u64>,
    variance: String,
    prior: f64,
    steps: Vec<f64>,
    decoder: f64,
    k: f64,
    entropy_bounds: Vec<(f64, f64)>,
}

#[derive(Deserialize)]
struct Vdm {
    steps: u64,
    prior: f64,
    terms: Vec<f64>,
}

#[derive(Deserialize)]
struct Cost {
    s: usize,
    r: usize,
    small: f64,
    large: f64,
}

#[derive(Deserialize)]
struct Encoded {
    timesteps: Vec<u64>,
    #[serde(rename = "x_T")]
    x_t: Vec<f64>,
}

fn golden() -> File {
    json("likelihood.json")
}

fn shape(file: &File) -> Shape {
    Shape { batch: 1, channels: 1, height: 1, width: file.x0.len() }
}

fn scheduler(prediction: &str) -> Scheduler {
    Scheduler::from_json(&json!({ "prediction_type": prediction })).expect("a known prediction")
}

fn learning(prediction: &str) -> Scheduler {
    let config = json!({ "prediction_type": prediction, "variance_type": "learned_range" });
    Scheduler::from_json(&config).expect("a known variance")
}

/// The level at a timestep, which VDM's may be between two.
fn level(scheduler: &Scheduler, t: f64) -> NoiseLevel {
    let at = |t: usize| scheduler.schedule.level(Timestep(t.min(999))).expect("a timestep").log_snr();
    let (below, share) = (t.floor() as usize, t.fract());
    NoiseLevel::from_log_snr(at(below) * (1.0 - share) + at(below + 1) * share)
}

/// What a network says whose predicted image is `x0_hat`, or else whose predicted noise is `eps_hat`.
fn answer(prediction: &str, level: NoiseLevel, x0_hat: f64, eps_hat: f64) -> f32 {
    let answer = match prediction {
        "sample" => x0_hat,
        "epsilon" => eps_hat,
        _ => level.sqrt_alpha_bar() * eps_hat - level.sigma() * x0_hat,
    };
    answer as f32
}

fn report(file: &File, prediction: &str, options: &Value) -> Report {
    let learns = options["variance"] == "learned";
    let scheduler = if learns { learning(prediction) } else { scheduler(prediction) };
    let options = LikelihoodOptions::from_json(options.as_object().expect("an object"), &scheduler).expect("valid");
    let table = MeanSqEps::from_timesteps([0.9; 1000]);
    let bound = Bound::new(&options, &scheduler, Some(&table)).expect("a bound");
    let mut work = Likelihood::new(&bound, &scheduler, shape(file), &file.x0, options.seed).expect("images in [-1, 1]");
    let denoiser = |x_t: &[f32], t: f64| {
        let level = level(&scheduler, t);
        let of_pixel = |(x_t, x0_hat): (&f32, &f64)| {
            let eps_hat = (f64::from(*x_t) - level.sqrt_alpha_bar() * x0_hat) / level.sigma();
            answer(prediction, level, *x0_hat, eps_hat)
        };
        let outputs = file.variance_outputs.iter().copied().filter(|_| learns);
        x_t.iter().zip(&file.x0_hat).map(of_pixel).chain(outputs).collect::<Vec<f32>>()
    };
    while work.done() < work.num_terms() {
        now(work.step(&denoiser)).expect("a finite prediction");
    }
    work.report().expect("all terms are there")
}

fn assert_close(found_bits: f64, expected_nats: f64, relative: f64, what: &str) {
    let found = found_bits * std::f64::consts::LN_2;
    assert!((found - expected_nats).abs() <= relative * expected_nats.abs(), "{what}: {found} against {expected_nats}");
}

#[test]
fn every_term_of_ddpms_bound_is_that_of_the_papers() {
    let file = golden();
    for (prediction, tolerance) in PREDICTIONS {
        for case in &file.ddpm {
            let options = match case.variance.as_str() {
                "analytic" => json!({ "sampler": "analytic-ddpm", "trajectory": case.timesteps }),
                variance => json!({ "sampler": "ddpm", "variance": variance, "trajectory": case.timesteps }),
            };
            let found = report(&file, prediction, &options);
            let what = format!("{}, {}, {prediction}", case.name, case.variance);
            assert_close(found.prior, case.prior, 1e-5, &format!("{what}: prior"));
            assert_close(found.decoder, case.decoder, tolerance, &format!("{what}: decoder"));
            assert_eq!(found.steps.len(), case.steps.len(), "{what}");
            for (index, (found, expected)) in found.steps.iter().zip(&case.steps).enumerate() {
                assert_close(*found, *expected, tolerance, &format!("{what}: step {index}"));
            }
            // A sum of terms whose signs differ.
            let scale = case.steps.iter().sum::<f64>() + 1.0;
            let k = found.k.expect("DDPM has a K") * std::f64::consts::LN_2;
            // log N(x0; 0, 1).
            let squares: f64 = file.x0.iter().map(|x| f64::from(*x).powi(2)).sum();
            let null = -0.5 * ((2.0 * std::f64::consts::PI).ln() + squares / file.x0.len() as f64);
            assert_close(found.l_null.expect("DDPM has a null model"), null, 1e-12, &format!("{what}: L_null"));
            let timesteps = case.timesteps.iter().take(case.steps.len()).map(|t| *t as f64);
            assert!(found.levels.iter().map(|(t, _)| *t).eq(timesteps), "{what}: {:?}", found.levels);
            assert!((k - case.k).abs() <= tolerance * scale, "{what}: K {k} against {}", case.k);
            for (found, expected) in found.entropy_bounds.iter().zip(&case.entropy_bounds) {
                assert_close(found.0, expected.0, 1e-9, &format!("{what}: entropy from below"));
                assert_close(found.1, expected.1, 1e-9, &format!("{what}: entropy from above"));
            }
        }
    }
}

#[test]
fn every_term_of_vdms_bound_is_that_of_the_paper() {
    let file = golden();
    for (prediction, _) in PREDICTIONS {
        for case in &file.vdm {
            let options = json!({ "sampler": "vdm", "steps": case.steps, "seed": file.seed });
            let found = report(&file, prediction, &options);
            let what = format!("{} steps, {prediction}", case.steps);
            assert_close(found.prior, case.prior, 1e-5, &format!("{what}: prior"));
            assert_close(found.decoder, file.reconstruction, 1e-5, &format!("{what}: reconstruction"));
            assert_eq!(found.steps.len(), case.terms.len(), "{what}");
            for (index, (found, expected)) in found.steps.iter().zip(&case.terms).enumerate() {
                assert_close(*found, *expected, TOLERANCE_OF_VDM, &format!("{what}: term {index}"));
            }
        }
        let options = json!({ "sampler": "vdm", "continuous": true, "steps": 20_000 });
        let sum: f64 = report(&file, prediction, &options).steps.iter().sum();
        // A sum over 20,000 times in place of the integral.
        assert_close(sum, file.vdm_continuous, 2e-3, &format!("continuous, {prediction}"));
    }
}

#[test]
fn the_noise_of_the_reconstruction_is_that_of_the_seed() {
    let file = golden();
    let noise = NoiseSource::new(Rng::Philox, file.seed).initial(shape(&file));
    for (found, expected) in noise.iter().zip(&file.noise) {
        assert!((f64::from(*found) - expected).abs() < 1e-6, "{found} against {expected}");
    }
}

#[test]
fn the_baselines_costs_are_those_of_the_papers() {
    let scheduler = scheduler("epsilon");
    let measured = Measured {
        sq_error: (0..1000).map(|t| 1e-4 * f64::from(1 + t)).collect(),
        decoder: (0..1000).map(|t| 1.0 + 1e-3 * f64::from(t)).collect(),
    };
    for Cost { s, r, small, large } in golden().baseline {
        for (variance, expected) in [(Variance::Small, small), (Variance::Large, large)] {
            let found = step_cost(&scheduler, &measured, variance, s, r);
            assert!((found / expected - 1.0).abs() < 1e-8, "{s} {r} {variance:?}: {found} against {expected}");
        }
    }
}

#[test]
fn the_baselines_trajectory_costs_the_least_of_all() {
    let config = json!({ "num_train_timesteps": 10, "beta_start": 0.01, "beta_end": 0.4 });
    let scheduler = Scheduler::from_json(&config).expect("a valid configuration");
    let measured = Measured {
        sq_error: vec![0.001, 0.002, 0.01, 0.011, 0.05, 0.06, 0.2, 0.25, 0.3, 0.9],
        decoder: vec![1.0, 1.3, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 5.5],
    };
    // Nodes from the data, 0, to the last timestep, 10, with these between.
    let cost = |inner: &[usize]| {
        let path = [&[0], inner, &[10]].concat();
        path.windows(2).map(|pair| step_cost(&scheduler, &measured, Variance::Large, pair[0], pair[1])).sum::<f64>()
    };
    for num_steps in 1..=10 {
        let found = trajectory(&scheduler, &measured, Variance::Large, num_steps);
        assert!(found.len() == num_steps && found.windows(2).all(|pair| pair[0] > pair[1]), "{found:?}");
        assert_eq!(found[0], Timestep(9));
        let inner: Vec<usize> = found.iter().skip(1).rev().map(|t| t.0 + 1).collect();
        let sets = (0u32..1 << 9).filter(|set| set.count_ones() as usize == num_steps - 1);
        let all = sets.map(|set| cost(&(1..10).filter(|node| set >> (node - 1) & 1 == 1).collect::<Vec<_>>()));
        assert!((cost(&inner) - all.fold(f64::INFINITY, f64::min)).abs() < 1e-12, "{num_steps}: {found:?}");
    }
}

/// The network is asked at the level that a step starts from, whatever it predicts.
#[test]
fn the_encoding_is_ddims_own() {
    let file = golden();
    for (prediction, _) in PREDICTIONS {
        let scheduler = scheduler(prediction);
        let options = json!({ "trajectory": file.encoding.timesteps });
        let plan = PlanOptions::from_json(options.as_object().expect("an object"), &scheduler).expect("valid");
        let plan = Plan::new(&plan, &scheduler, None).expect("a plan");
        let mut encoding = Encoding::new(plan, shape(&file), file.x0.clone()).expect("images in [-1, 1]");
        let denoiser = |x: &[f32], t: f64| {
            let level = level(&scheduler, t);
            let of_pixel = |x: &f32| {
                let eps_hat = 0.3 * f64::from(*x) + t / 2000.0;
                let x0_hat = (f64::from(*x) - level.sigma() * eps_hat) / level.sqrt_alpha_bar();
                answer(prediction, level, x0_hat, eps_hat)
            };
            x.iter().map(of_pixel).collect::<Vec<f32>>()
        };
        while encoding.done() < encoding.num_steps() {
            now(encoding.step(&denoiser)).expect("a finite prediction");
        }
        for (found, expected) in encoding.x().iter().zip(&file.encoding.x_t) {
            assert!((f64::from(*found) - expected).abs() < 1e-5, "{prediction}: {found} against {expected}");
        }
    }
}

/// Bao et al. 2022, eq. 8: the mean of `eps_hat^2` over pixels and images, from a forward process of this test's own.
#[test]
fn the_measured_table_is_the_mean_square_of_the_predicted_noise() {
    // Three images of two pixels: too few for the control variate.
    const X0: [f32; 6] = [-0.9, -0.2, 0.0, 0.35, 0.6, 1.0];
    let shape = Shape { batch: 3, channels: 1, height: 1, width: 2 };
    let eps_hat = |x_t: f64, t: f64| 0.3 * x_t + t / 20.0;
    let mut alpha_bar = 1.0;
    let expected: [f64; 8] = std::array::from_fn(|t| {
        alpha_bar *= 1.0 - (0.02 + 0.28 * t as f64 / 7.0);
        let noise = NoiseSource::new(Rng::Philox, 5).of_step(shape, t);
        let x_t =
            |(x0, eps): (&f32, &f32)| alpha_bar.sqrt() * f64::from(*x0) + (1.0 - alpha_bar).sqrt() * f64::from(*eps);
        X0.iter().zip(&noise).map(|pixel| eps_hat(x_t(pixel), t as f64).powi(2)).sum::<f64>() / X0.len() as f64
    });
    for (prediction, _) in PREDICTIONS {
        let config =
            json!({ "num_train_timesteps": 8, "beta_start": 0.02, "beta_end": 0.3, "prediction_type": prediction });
        let scheduler = Scheduler::from_json(&config).expect("a valid configuration");
        let mut estimate = Estimate::new(&scheduler, shape, &X0, 5).expect("images in [-1, 1]");
        let denoiser = |x_t: &[f32], t: f64| {
            let level = scheduler.schedule.level(Timestep(t as usize)).expect("a timestep");
            let of_pixel = |x_t: &f32| {
                let eps_hat = eps_hat(f64::from(*x_t), t);
                let x0_hat = (f64::from(*x_t) - level.sigma() * eps_hat) / level.sqrt_alpha_bar();
                answer(prediction, level, x0_hat, eps_hat)
            };
            x_t.iter().map(of_pixel).collect::<Vec<f32>>()
        };
        while estimate.done() < estimate.num_steps() {
            now(estimate.step(&denoiser)).expect("a finite prediction");
        }
        let table = estimate.table().expect("all timesteps are measured");
        for (t, expected) in expected.iter().enumerate() {
            let found = table.at(Timestep(t));
            assert!((found / expected - 1.0).abs() < 1e-5, "{prediction}, {t}: {found} against {expected}");
        }
    }
}
