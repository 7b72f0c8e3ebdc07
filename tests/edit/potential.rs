//! Runs that follow a function r of the image.

use pollster::block_on;
use serde_json::{Value, json};
use unnoise::run::{Denoiser, Run};

use crate::data::{MEAN, SHAPE, SMALL, VARIANCE, begun, finished, moments, network, picture, refused, scheduler};

/// Runs to the end with the gradient of log r of one's own.
fn followed(mut run: Run, gradient: impl Fn(&[f32]) -> Vec<f32>) -> Vec<f32> {
    let network = network(&scheduler());
    while let Ok(pending) = run.pending() {
        let prediction = block_on(network.predict(run.x_t(), pending.t)).expect("a prediction");
        let asked = run.asked(&prediction).expect("what is asked");
        run.advance_by(&prediction, Some(&gradient(&asked.x0_hat))).expect("a step");
    }
    run.x_t().to_vec()
}

#[test]
fn a_linear_log_r_moves_gaussian_data_as_far_as_it_should_at_any_number_of_steps() {
    // N(m, v) exp(g x) is N(m + v g, v).
    let g = 1.5;
    for sampler in ["analytic-ddpm", "analytic-ddim"] {
        for steps in [10, 100] {
            let options =
                json!({ "sampler": sampler, "steps": steps, "sigmaClip": 0, "potential": { "r": "function" } });
            let (mean, variance) = moments(&followed(begun(&options, SHAPE), |x| vec![g as f32; x.len()]));
            assert!((mean - (MEAN + VARIANCE * g)).abs() < 0.005, "{sampler}, {steps}: mean {mean}");
            assert!((variance / VARIANCE - 1.0).abs() < 0.02, "{sampler}, {steps}: variance {variance}");
        }
    }
}

#[test]
fn what_is_wanted_exactly_comes_exactly() {
    let mask: Vec<f32> = (0..20).map(|i| if i < 10 { 1.0 } else { 0.0 }).collect();
    for sampler in ["ddim", "ddpm", "analytic-ddpm"] {
        let regions = json!([{ "colour": [0.5, -0.25, 0.125], "mask": mask }]);
        let colour = json!({ "r": "mean-colour", "regions": regions, "sigma": 0 });
        let end = finished(begun(&json!({ "sampler": sampler, "steps": 8, "batch": 2, "potential": colour }), SMALL));
        for (plane, pixels) in end.chunks_exact(20).enumerate() {
            let mean = pixels[..10].iter().sum::<f32>() / 10.0;
            assert!((mean - [0.5, -0.25, 0.125][plane % 3]).abs() < 1e-5, "{sampler}, plane {plane}: {mean}");
        }
        let symmetry = json!({ "r": "symmetry", "sigma": 0 });
        let end = finished(begun(&json!({ "sampler": sampler, "steps": 8, "batch": 2, "potential": symmetry }), SMALL));
        for row in end.chunks_exact(5) {
            let off = row.iter().zip(row.iter().rev()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(off < 1e-6, "{sampler}: {row:?}");
        }
    }
}

#[test]
fn the_mean_of_a_region_is_that_of_the_posterior() {
    // 200 images whose 500 pixels have the mean N(0.3, 0.25 / 500), which is observed as 0.4 with the same variance: half-way.
    let shape = unnoise::noise::Shape { batch: 200, channels: 1, height: 1, width: 500 };
    let sigma = (VARIANCE / 500.0).sqrt();
    let colour = json!({ "r": "mean-colour", "regions": [{ "colour": [0.4] }], "sigma": sigma });
    for sampler in ["analytic-ddpm", "ddim"] {
        let options = json!({ "sampler": sampler, "steps": 50, "batch": 200, "potential": colour });
        let (mean, _) = moments(&finished(begun(&options, shape)));
        // The standard error is sigma / sqrt(2 * 200), 0.0011.
        assert!((mean - 0.35).abs() < 0.005, "{sampler}: {mean}");
    }
}

#[test]
fn a_reverse_gaussian_moves_by_its_variance_times_the_gradient() {
    for (method, power) in [("constant", 1.0), ("annealed", 0.1)] {
        let options = |potential: Value| json!({ "sampler": "ddpm", "steps": 10, "batch": 2, "potential": potential });
        let mut run = begun(&options(json!({ "r": "function", "method": method })), SMALL);
        let mut plain = begun(&json!({ "sampler": "ddpm", "steps": 10, "batch": 2 }), SMALL);
        let prediction = block_on(network(&scheduler()).predict(run.x_t(), 900.0)).expect("a prediction");
        let variance = run.pending().expect("a step").noise_variance * power;
        // From 900 to 800 of 1000: (T - t) / T is 0.199 there.
        let variance = if method == "annealed" { variance / 0.1 * (1.0 - 801.0 / 1000.0) } else { variance };
        assert!((run.asked(&prediction).expect("what is asked").variance - variance).abs() < 1e-15);
        let moved = run.advance_by(&prediction, Some(&vec![2.0; SMALL.len()])).expect("a step").x_s;
        let unmoved = plain.advance(&prediction).expect("a step").x_s;
        let off =
            moved.iter().zip(&unmoved).map(|(a, b)| (f64::from(a - b) - 2.0 * variance).abs()).fold(0.0, f64::max);
        assert!(off < 1e-6, "{method}: {off}");
    }
}

#[test]
fn a_potential_and_known_pixels_go_together() {
    let mask: Vec<f32> = (0..20).map(|i| if i < 10 { 1.0 } else { 0.0 }).collect();
    let open: Vec<f32> = mask.iter().map(|known| 1.0 - known).collect();
    let colour = json!({ "r": "mean-colour", "regions": [{ "colour": [0.5, 0.5, 0.5], "mask": open }], "sigma": 0 });
    let known = json!({ "x": picture(), "mask": mask });
    let options = json!({ "sampler": "ddpm", "steps": 8, "batch": 2, "known": known, "potential": colour });
    let end = finished(begun(&options, SMALL));
    for (plane, pixels) in end.chunks_exact(20).enumerate() {
        assert_eq!(pixels[..10], picture()[(plane % 3) * 20..][..10]);
        assert!((pixels[10..].iter().sum::<f32>() / 10.0 - 0.5).abs() < 1e-5);
    }
}

#[test]
fn a_gradient_must_fit_and_leaves_the_run_where_it_was() {
    let mut run = begun(&json!({ "steps": 3, "batch": 2, "potential": { "r": "function" } }), SMALL);
    let prediction = vec![0.0; SMALL.len()];
    for (gradient, part) in [
        (None, "is absent"),
        (Some(vec![0.0; 3]), "3 numbers"),
        (Some(vec![f32::NAN; SMALL.len()]), "not a number at element 0"),
    ] {
        let error = run.advance_by(&prediction, gradient.as_deref()).expect_err("a wrong gradient");
        assert_eq!(error.code(), "invalid-potential");
        assert!(error.to_string().contains(part), "{error}");
    }
    assert_eq!(run.step_index(), 0);
    let mut plain = begun(&json!({ "steps": 3, "batch": 2 }), SMALL);
    let error = plain.advance_by(&prediction, Some(&prediction)).expect_err("no potential");
    assert!(error.to_string().contains("potential of one's own"), "{error}");
}

#[test]
fn what_is_wrong_is_said() {
    let with = |potential: Value| json!({ "batch": 2, "potential": potential });
    let regions = |region: Value| with(json!({ "r": "mean-colour", "regions": [region] }));
    for (part, options) in [
        ("`potential`", with(json!(5))),
        ("`potential.r`", with(json!({}))),
        ("\"colour\"", with(json!({ "r": "colour" }))),
        ("`potential.regions`", with(json!({ "r": "mean-colour" }))),
        ("`potential.regions`", with(json!({ "r": "mean-colour", "regions": [] }))),
        ("`potential.regions`", with(json!({ "r": "symmetry", "regions": [] }))),
        ("`potential.regions`", regions(json!({ "color": [0, 0, 0] }))),
        ("2 numbers", regions(json!({ "colour": [0, 0] }))),
        ("19 numbers", regions(json!({ "colour": [0, 0, 0], "mask": vec![1.0; 19] }))),
        ("0 everywhere", regions(json!({ "colour": [0, 0, 0], "mask": vec![0.0; 20] }))),
        ("2 at element 0", regions(json!({ "colour": [0, 0, 0], "mask": vec![2.0; 20] }))),
        ("-1", with(json!({ "r": "symmetry", "sigma": -1 }))),
        ("`potential.sigma`", with(json!({ "r": "function", "sigma": 1 }))),
        ("\"noised\"", with(json!({ "r": "symmetry", "method": "noised" }))),
        ("`more`", with(json!({ "r": "symmetry", "more": 1 }))),
    ] {
        let error = refused(options.as_object().expect("an object"));
        assert_eq!(error.code(), "invalid-potential", "{error}");
        assert!(error.to_string().contains(part), "{error}");
    }
}
