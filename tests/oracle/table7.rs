//! Analytic-DPM's table 7: the threshold and the bounds of the variance of the step into x_1, on the even trajectory, to every
//! printed digit (Bao et al. 2022, arXiv 2201.06503, appendix G.4). The table's fourth kind of row, the estimate, depends on
//! the authors' networks.

use serde_json::{Value, json};
use unnoise::checkpoint::Scheduler;
use unnoise::options::PlanOptions;
use unnoise::run::{Plan, PlannedStep};
use unnoise::sampler::{StepCoeffs, variance_bounds, with_sigma_clip};

/// A column of the table: K, then upper and lower bound for DDPM, and the upper bound for DDIM, whose lower one is 0.
type Column = (usize, &'static str, &'static str, &'static str);

/// "CIFAR10 (LS)" and "CelebA 64x64", which share a schedule: linear, N = 1000.
const LINEAR: [Column; 4] = [
    (10, "1.45e-1", "9.99e-5", "1.37e-1"),
    (25, "2.24e-2", "9.96e-5", "1.96e-2"),
    (50, "6.20e-3", "9.84e-5", "4.82e-3"),
    (100, "2.10e-3", "9.55e-5", "1.36e-3"),
];

/// "CIFAR10 (CS)": cosine, N = 1000.
const COSINE: [Column; 4] = [
    (10, "3.56e-2", "4.12e-5", "3.33e-2"),
    (25, "6.15e-3", "4.10e-5", "5.22e-3"),
    (50, "1.85e-3", "4.04e-5", "1.37e-3"),
    (100, "6.80e-4", "3.89e-5", "4.18e-4"),
];

/// "ImageNet 64x64": cosine, N = 4000.
const COSINE_4000: [Column; 4] = [
    (25, "5.93e-3", "9.85e-6", "5.46e-3"),
    (50, "1.84e-3", "9.81e-6", "1.59e-3"),
    (100, "6.44e-4", "9.72e-6", "5.03e-4"),
    (200, "2.61e-4", "9.51e-6", "1.77e-4"),
];

fn printed(value: f64) -> String {
    format!("{value:.2e}")
}

/// The step into x_1, which is timestep 0 here.
fn into_x1(scheduler: &Scheduler, mut options: Value, num_steps: usize) -> PlannedStep {
    options["trajectory"] = json!("even");
    options["steps"] = json!(num_steps);
    let options = PlanOptions::from_json(options.as_object().expect("an object"), scheduler).expect("valid options");
    let step = Plan::new(&options, scheduler, None).expect("a plan").steps[num_steps - 2];
    assert_eq!(step.s, Some(0.0));
    step
}

fn hold(config: Value, columns: [Column; 4]) {
    let scheduler = Scheduler::from_json(&config).expect("a valid configuration");
    for (num_steps, ddpm_high, ddpm_low, ddim_high) in columns {
        let ddpm = into_x1(&scheduler, json!({ "sampler": "ddpm", "variance": "small" }), num_steps);
        let (low, high) = variance_bounds(ddpm.coeffs, ddpm.level);
        assert_eq!((printed(low).as_str(), printed(high).as_str()), (ddpm_low, ddpm_high), "DDPM, {num_steps}");

        let ddim = into_x1(&scheduler, json!({ "sampler": "ddim" }), num_steps);
        let (low, high) = variance_bounds(ddim.coeffs, ddim.level);
        assert_eq!((low, printed(high).as_str()), (0.0, ddim_high), "DDIM, {num_steps}");
    }
}

#[test]
fn bounds_on_the_linear_schedule() {
    hold(json!({}), LINEAR);
}

#[test]
fn bounds_on_the_cosine_schedule() {
    hold(json!({ "beta_schedule": "squaredcos_cap_v2" }), COSINE);
}

#[test]
fn bounds_on_the_cosine_schedule_of_4000_timesteps() {
    hold(json!({ "beta_schedule": "squaredcos_cap_v2", "num_train_timesteps": 4000 }), COSINE_4000);
}

#[test]
fn thresholds() {
    let wide = StepCoeffs { c_x0: 0.0, c_eps: 0.0, c_xt: 0.0, c_z: 1.0 };
    assert_eq!(printed(with_sigma_clip(wide, 1.0).c_z.powi(2)), "9.66e-5");
    assert_eq!(printed(with_sigma_clip(wide, 2.0).c_z.powi(2)), "3.87e-4");
}

/// DDPM's variances at the step into x_1 of a trajectory over the timesteps 200, 100 and 0, off and by so many grey values.
#[test]
fn ddpms_noise_is_bounded_where_it_is_asked_for() {
    let scheduler = Scheduler::from_json(&json!({})).expect("a valid configuration");
    let steps = |variance: &str, sigma_clip: Option<f64>| {
        let mut options = json!({ "sampler": "ddpm", "variance": variance, "trajectory": [200, 100, 0] });
        if let Some(y) = sigma_clip {
            options["sigmaClip"] = json!(y);
        }
        let options =
            PlanOptions::from_json(options.as_object().expect("an object"), &scheduler).expect("valid options");
        Plan::new(&options, &scheduler, None)
            .expect("a plan")
            .steps
            .iter()
            .map(|step| step.coeffs.c_z)
            .collect::<Vec<f64>>()
    };
    // beta and beta-tilde between the timesteps 100 and 0, from the product of the betas with 40 digits.
    let (large, small) = (0.323_680_221_810_141_2, 0.009_995_730_326_829_79);
    // 2 / 255 * sqrt(pi / 2).
    let most = 0.009_829_914_802_474_51;
    for (variance, y, expected) in [
        ("large", None, large),
        ("large", Some(0.0), large),
        ("large", Some(1.0), most),
        ("large", Some(2.0), 2.0 * most),
        ("large", Some(255.0), large),
        ("small", None, small),
        ("small", Some(1.0), most),
        ("small", Some(2.0), small),
    ] {
        let found = steps(variance, y);
        assert!((found[1] / expected - 1.0).abs() < 1e-9, "{variance} {y:?}: {found:?}");
        // No other step is bounded.
        assert_eq!((found[0], found[2]), (steps(variance, None)[0], 0.0), "{variance} {y:?}");
    }
}
