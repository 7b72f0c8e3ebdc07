//! Where every sampler ends on Gaussian data, in f64: no samples, no chance.

use serde_json::json;
use unnoise::math::level::NoiseLevel;
use unnoise::math::time::Timestep;
use unnoise::sampler::{Ddim, Ddpm, Kind, StepCoeffs, Variance, Vdm};

use super::data::{self, MEAN, STEPS, VARIANCE};
use super::papers::{self, Method};

/// In the order of `data::every_sampler`.
const METHODS: [Method; 10] = [
    Method::DdpmSmall,
    Method::DdpmLarge,
    Method::Ddim(0.0),
    Method::Ddim(0.5),
    Method::Ddim(1.0),
    Method::AnalyticDdpm,
    Method::AnalyticDdim(0.0),
    Method::AnalyticDdim(0.5),
    Method::AnalyticDdim(1.0),
    Method::Vdm,
];

/// Relative. The papers' forms subtract numbers near 1, which costs the oracle itself some digits.
const TOLERANCE: f64 = 1e-10;

fn close(a: f64, b: f64, relative: f64) -> bool {
    (a - b).abs() <= relative * b.abs()
}

#[test]
fn every_sampler_ends_where_its_papers_equations_end() {
    for steps in STEPS {
        for (options, method) in data::every_sampler(steps).iter().zip(METHODS) {
            let (mean, variance) = data::end_moments(&data::plan(options));
            let (end_mean, end_variance) = papers::end_moments(method, steps);
            assert!(close(mean, end_mean, TOLERANCE), "{method:?}, {steps}: mean {mean}, {end_mean}");
            assert!(
                close(variance, end_variance, TOLERANCE),
                "{method:?}, {steps}: variance {variance}, {end_variance}"
            );
        }
    }
}

/// The last step returns the mean of x_0 given x_1, whose variance is less than the data's by this factor.
fn share_known_at_the_last_step() -> f64 {
    let first = papers::alpha_bars()[1];
    first * VARIANCE / (first * VARIANCE + 1.0 - first)
}

#[test]
fn analytic_dpm_recovers_the_data_at_every_number_of_steps_and_every_eta() {
    for steps in STEPS {
        for options in data::every_sampler(steps).iter().filter(|o| o["sampler"].to_string().contains("analytic")) {
            let (mean, variance) = data::end_moments(&data::plan(options));
            // What is missing began at N(0, 1) instead of at q(x_T), which differs from it by 4e-5.
            assert!(close(mean, MEAN, 1e-2), "{options}: {mean}");
            assert!(close(variance, VARIANCE * share_known_at_the_last_step(), 1e-4), "{options}: {variance}");
        }
    }
}

#[test]
fn the_fixed_variances_miss_it_from_both_sides_and_come_closer() {
    let of_steps = |steps: usize| -> Vec<f64> {
        data::every_sampler(steps).iter().map(|options| data::end_moments(&data::plan(options)).1).collect()
    };
    for pair in STEPS.windows(2) {
        let (few, many) = (of_steps(pair[0]), of_steps(pair[1]));
        for ((method, few), many) in METHODS.iter().zip(few).zip(many) {
            match method {
                Method::DdpmSmall | Method::Ddim(0.0 | 0.5) | Method::Vdm => {
                    assert!(few < many && many < VARIANCE, "{method:?}: {few} {many}");
                }
                Method::DdpmLarge => assert!(few > many && many > VARIANCE, "{few} {many}"),
                _ => {}
            }
        }
    }
}

#[test]
fn ddim_with_all_its_noise_is_ddpm_and_vdm_the_same_step_elsewhere() {
    let ddpm = Kind::Ddpm(Ddpm { variance: Variance::Small });
    let (scheduler, _) = data::scheduler();
    for steps in STEPS {
        let plan = data::plan(&json!({ "sampler": "ddpm", "variance": "small", "steps": steps, "trajectory": "even" }));
        for step in &plan.steps {
            let (t, s) = (step.level, step.next_level);
            let expected = one_line(ddpm.coeffs(t, s), t);
            for (other, kind) in [("ddim", Kind::Ddim(Ddim { eta: 1.0 })), ("vdm", Kind::Vdm(Vdm))] {
                let found = one_line(kind.coeffs(t, s), t);
                assert!(found.iter().zip(expected).all(|(a, b)| close(*a, b, 1e-9)), "{other}: {found:?} {expected:?}");
            }
        }
        // Where VDM goes: log SNR falls evenly, whatever the schedule's own levels are.
        let vdm = data::plan(&json!({ "sampler": "vdm", "steps": steps }));
        let log_snr: Vec<f64> = vdm.steps.iter().map(|step| step.level.log_snr()).collect();
        let ends = [999, 0].map(|t| scheduler.schedule.level(Timestep(t)).expect("a timestep").log_snr());
        for (i, log_snr) in log_snr.iter().enumerate() {
            assert!((log_snr - (ends[0] + (ends[1] - ends[0]) * i as f64 / steps as f64)).abs() < 1e-9);
        }
    }
}

/// The factors of x_t, of eps_hat and of z in a step, whatever it is written in.
fn one_line(coeffs: StepCoeffs, t: NoiseLevel) -> [f64; 3] {
    let StepCoeffs { c_x0, c_eps, c_xt, c_z } = coeffs;
    [c_xt + c_x0 / t.sqrt_alpha_bar(), c_eps - c_x0 * t.sigma() / t.sqrt_alpha_bar(), c_z]
}
