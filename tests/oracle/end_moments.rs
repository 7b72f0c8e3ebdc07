//! Where every sampler ends on Gaussian data, in f64: no samples, no chance.

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
    let variance = |method: Method, steps: usize| papers::end_moments(method, steps).1;
    for pair in STEPS.windows(2) {
        for method in [Method::DdpmSmall, Method::Ddim(0.0), Method::Ddim(0.5), Method::Vdm] {
            let (few, many) = (variance(method, pair[0]), variance(method, pair[1]));
            assert!(few < many && many < VARIANCE, "{method:?}: {few} {many}");
        }
        let (few, many) = (variance(Method::DdpmLarge, pair[0]), variance(Method::DdpmLarge, pair[1]));
        assert!(few > many && many > VARIANCE, "{few} {many}");
    }
}

#[test]
fn ddim_with_all_its_noise_is_ddpm_and_vdm_the_same_step_elsewhere() {
    for steps in STEPS {
        let of = |method: Method| papers::end_moments(method, steps);
        let (ddim, ddpm) = (of(Method::Ddim(1.0)), of(Method::DdpmSmall));
        assert!(close(ddim.0, ddpm.0, 1e-9) && close(ddim.1, ddpm.1, 1e-9), "{steps}: {ddim:?} {ddpm:?}");

        let levels = papers::levels(Method::DdpmSmall, steps);
        for pair in levels.windows(2) {
            let step = |method: Method| papers::reverse(method, pair[0], pair[1]);
            let (vdm, ddpm) = (step(Method::Vdm), step(Method::DdpmSmall));
            assert!(close(vdm.variance, ddpm.variance, 1e-9) && close((vdm.mean)(0.7), (ddpm.mean)(0.7), 1e-9));
        }
    }
}
