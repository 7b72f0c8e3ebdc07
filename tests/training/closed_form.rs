//! Gaussian data: the best prediction is linear in x_t, whatever the objective weighs.

use std::f64::consts::{E, LN_2, PI};

use serde_json::{Value, json};
use unnoise::math::level::one_minus_snr_ratio;
use unnoise::math::schedule::{BetaSchedule, Schedule};
use unnoise::sampler::LearnedVariance;
use unnoise::train::Data;

use crate::{normals, small, start, train};

const MEAN: f64 = 0.4;
const VARIANCE: f64 = 0.36;

/// The mean square difference of what the trained network predicts, noise or mean, from the best prediction, beside the mean square of the latter.
fn distance(mut given: Value) -> f64 {
    let x = normals(5, 40_000).iter().map(|z| (MEAN + VARIANCE.sqrt() * f64::from(*z)) as f32).collect();
    let prediction = given["prediction"].as_str().unwrap_or("epsilon").to_owned();
    given["scheduler"] = json!({ "prediction_type": if prediction == "mu" { "epsilon" } else { &prediction } });
    given["learningRate"] = 0.002.into();
    let mut trainer = start(Data::points(x).expect("points"), given);
    train(&mut trainer, 1500);

    let schedule = Schedule::new(&BetaSchedule::Linear, 1000, 1e-4, 0.02);
    let (mut off, mut all) = (0.0, 0.0);
    for t in [100.0, 300.0, 500.0, 700.0, 900.0] {
        let level = schedule.level_at(t);
        let before = schedule.level_at(t - 1.0);
        let scale =
            level.sigma() * before.sqrt_alpha_bar() * one_minus_snr_ratio(level, before) / level.sqrt_alpha_bar();
        let spread = (level.alpha_bar() * VARIANCE + level.sigma_sq()).sqrt();
        let x_t: Vec<f32> =
            normals(9, 400).iter().map(|z| (level.sqrt_alpha_bar() * MEAN + spread * f64::from(*z)) as f32).collect();
        let told = pollster::block_on(trainer.predict(&x_t, &[t; 200], None)).expect("a prediction");
        for (x_t, told) in x_t.iter().zip(told) {
            let x_t = f64::from(*x_t);
            let best = level.sigma() * (x_t - level.sqrt_alpha_bar() * MEAN) / (spread * spread);
            let found = match prediction.as_str() {
                "sample" => (x_t - level.sqrt_alpha_bar() * f64::from(told)) / level.sigma(),
                "v_prediction" => level.sqrt_alpha_bar() * f64::from(told) + level.sigma() * x_t,
                _ => f64::from(told),
            };
            if prediction == "mu" {
                // The noise is far off where the mean is near: that is why DDPM predicts the noise.
                off += (scale * (found - best)).powi(2);
                all += x_t * x_t;
            } else {
                off += (found - best) * (found - best);
                all += best * best;
            }
        }
    }
    off / all
}

fn assert_reached(given: Value, within: f64) {
    let shown = given.to_string();
    let distance = distance(given);
    println!("{distance:.4} {shown}");
    assert!(distance < within, "{shown}: {distance}");
}

#[test]
fn every_prediction_reaches_the_best_one() {
    for prediction in ["epsilon", "sample", "v_prediction", "mu"] {
        assert_reached(json!({ "prediction": prediction, "network": small() }), 0.02);
    }
}

#[test]
fn every_objective_reaches_the_same_best_prediction() {
    for (name, more) in [
        ("l_vlb", json!({})),
        ("l_vlb", json!({ "variance": "large" })),
        ("k_2015", json!({})),
        ("j_sigma", json!({ "eta": 0.5 })),
        ("vdm_discrete", json!({ "times": 100 })),
        ("vdm_continuous", json!({})),
        ("vdm_continuous", json!({ "gamma": "learned" })),
        ("vdm_weighted", json!({})),
    ] {
        let mut given = json!({ "objective": name, "network": small() });
        given.as_object_mut().expect("an object").extend(more.as_object().cloned().expect("an object"));
        assert_reached(given, 0.05);
    }
}

#[test]
fn a_learned_variance_reaches_the_optimal_one() {
    // Few timesteps, where the fixed variances are far from it.
    let betas: Vec<f64> = (0..10).map(|i| 0.02 + 0.05 * f64::from(i)).collect();
    let scheduler = json!({ "num_train_timesteps": 10, "trained_betas": betas, "prediction_type": "epsilon" });
    let schedule = Schedule::from_betas(&betas);
    for given in [json!({ "objective": "l_hybrid" }), json!({ "objective": "l_vlb", "variance": "learned" })] {
        let x = normals(5, 40_000).iter().map(|z| (MEAN + VARIANCE.sqrt() * f64::from(*z)) as f32).collect();
        let mut options = given.clone();
        options.as_object_mut().expect("an object").extend(
            json!({ "network": small(), "scheduler": scheduler, "batch": 512, "learningRate": 0.005 })
                .as_object()
                .cloned()
                .expect("an object"),
        );
        let mut trainer = start(Data::points(x).expect("points"), options);
        let reports = train(&mut trainer, 1500);
        assert!(reports[1499].bits_per_dim < reports[0].bits_per_dim);
        assert_eq!(trainer.scheduler_config()["variance_type"], "learned_range");
        for t in 1..10 {
            let (level, before) = (schedule.level_at(f64::from(t)), schedule.level_at(f64::from(t - 1)));
            let spread = (level.alpha_bar() * VARIANCE + level.sigma_sq()).sqrt();
            let x_t: Vec<f32> = normals(9, 200)
                .iter()
                .map(|z| (level.sqrt_alpha_bar() * MEAN + spread * f64::from(*z)) as f32)
                .collect();
            let told = pollster::block_on(trainer.predict(&x_t, &[f64::from(t); 100], None)).expect("a prediction");
            let variance = LearnedVariance::Range.between(level, before);
            // Of each point two numbers of the mean, then two of the variance.
            let found = told.chunks(4).flat_map(|told| &told[2..]).map(|told| variance.of(f64::from(*told)).ln());
            let found = (found.sum::<f64>() / 200.0).exp();
            let new = one_minus_snr_ratio(level, before);
            let open = VARIANCE * level.sigma_sq() / (spread * spread);
            let exact = new * before.sigma_sq() + (before.sqrt_alpha_bar() * new).powi(2) * open;
            println!(
                "{given} t = {t}: {found:.4}, exact {exact:.4}, fixed {:.4} to {:.4}",
                variance.of(-1.0),
                variance.of(1.0)
            );
            assert!((found / exact - 1.0).abs() < 0.12, "{given}, t = {t}: {found}, not {exact}");
        }
    }
}

#[test]
fn k_reaches_its_best_value_below_the_likelihood() {
    let x = normals(5, 40_000).iter().map(|z| (MEAN + VARIANCE.sqrt() * f64::from(*z)) as f32).collect();
    let given = json!({ "objective": "k_2015", "network": small(), "batch": 1024, "seed": 3, "scheduler": {}, "learningRate": 0.002 });
    let mut trainer = start(Data::points(x).expect("points"), given);
    train(&mut trainer, 800);
    let reports = train(&mut trainer, 200);
    let k = reports.iter().filter_map(|report| report.k_bits_per_dim).sum::<f64>() / reports.len() as f64;
    let likelihood = -0.5 * (2.0 * PI * E * VARIANCE).log2();
    // The best network's error of x_0 is the variance that x_t leaves open.
    let schedule = Schedule::new(&BetaSchedule::Linear, 1000, 1e-4, 0.02);
    let snr = |t: usize| schedule.level_at(t as f64).log_snr().exp();
    let divergences = (1..1000).map(|t| 0.5 * (snr(t - 1) - snr(t)) / (snr(t) + 1.0 / VARIANCE)).sum::<f64>();
    let entropy = |t: usize| 0.5 * (2.0 * PI * E * schedule.level_at(t as f64).sigma_sq()).ln();
    let best = (entropy(999) - entropy(0) - 0.5 * (2.0 * PI * E).ln() - divergences) / LN_2;
    println!("K {k:.4}, at best {best:.4}, log likelihood {likelihood:.4} bits per dimension");
    assert!(best < likelihood && (k - best).abs() < 0.05, "K {k}, at best {best}, likelihood {likelihood}");
}
