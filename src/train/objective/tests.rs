//! The objectives beside each other.

use std::f64::consts::{E, PI};

use super::*;
use crate::math::schedule::{BetaSchedule, Schedule};
use crate::options::Weighting;
use crate::sampler::Variance;

fn schedule() -> Schedule {
    Schedule::new(&BetaSchedule::Linear, 1000, 1e-4, 0.02)
}

fn linear(schedule: &Schedule) -> Gamma {
    Gamma::new(crate::math::gamma::Gamma::linear(schedule), false, false)
}

fn weight(objective: &Objective, u: f64) -> f64 {
    let schedule = schedule();
    match asked(objective, &schedule, &linear(&schedule), u).weight {
        Weight::OfTarget(weight) | Weight::OfNoise(weight) => weight,
    }
}

fn continuous() -> Objective {
    Objective::VdmContinuous { weighting: Weighting::Uniform, learns_gamma: false, learns_ends: false }
}

#[test]
fn l_vlb_has_the_weights_of_equation_12() {
    let betas: Vec<f64> = (0..1000).map(|i| 1e-4 + (0.02 - 1e-4) * i as f64 / 999.0).collect();
    let mut alpha_bar = 1.0;
    for (t, beta) in betas.iter().enumerate() {
        let before = alpha_bar;
        alpha_bar *= 1.0 - beta;
        let tilde = if t == 0 { *beta } else { beta * (1.0 - before) / (1.0 - alpha_bar) };
        for (variance, sigma_sq) in [(Variance::Small, tilde), (Variance::Large, *beta)] {
            let expected = 1000.0 * beta * beta / (2.0 * sigma_sq * (1.0 - beta) * (1.0 - alpha_bar));
            let found = weight(&Objective::LVlb { variance }, (t as f64 + 0.5) / 1000.0);
            assert!((found / expected - 1.0).abs() < 1e-9, "{variance:?} at {t}: {found}, not {expected}");
        }
    }
}

#[test]
fn j_sigma_is_ddpms_bound_at_eta_1_and_another_below() {
    for u in [0.0005, 0.01, 0.5, 0.9995] {
        let ddpm = weight(&Objective::LVlb { variance: Variance::Small }, u);
        let found = weight(&Objective::JSigma { eta: 1.0 }, u);
        assert!((found / ddpm - 1.0).abs() < 1e-9, "{found}, not {ddpm}");
        if u > 0.001 {
            assert!(weight(&Objective::JSigma { eta: 0.5 }, u) != ddpm);
        }
    }
}

#[test]
fn k_leaves_out_the_step_into_the_data_and_adds_the_entropies() {
    let schedule = schedule();
    let gamma = linear(&schedule);
    let sum = |objective: &Objective, n: usize, skip: usize| -> f64 {
        let asked = (skip..n).map(|i| asked(objective, &schedule, &gamma, (i as f64 + 0.5) / n as f64));
        asked
            .map(|asked| match asked.weight {
                Weight::OfNoise(weight) => weight / n as f64,
                Weight::OfTarget(_) => panic!("bounds weigh the noise"),
            })
            .sum()
    };
    let (k, l) = (
        sum(&Objective::K2015 { learns_betas: false }, 999, 0),
        sum(&Objective::LVlb { variance: Variance::Small }, 1000, 1),
    );
    assert!((k / l - 1.0).abs() < 1e-9, "{k}, not {l}");
    // sigma_1^2 is 1e-4, sigma_T^2 is 1 - 4.04e-5.
    let expected = 0.5 * (1.0 - 4.036e-5f64).ln() - 0.5 * 1e-4f64.ln() - 0.5 * (2.0 * PI * E).ln();
    assert!((entropies(&schedule, 1.0) - expected).abs() < 1e-6, "{}, not {expected}", entropies(&schedule, 1.0));
}

#[test]
fn discrete_time_becomes_continuous_time() {
    let continuous = weight(&continuous(), 0.5);
    for (times, within) in [(100, 0.11), (10_000, 1.1e-3)] {
        let discrete = weight(&Objective::VdmDiscrete { times }, 0.5);
        assert!((discrete / continuous - 1.0).abs() < within, "T = {times}: {discrete} beside {continuous}");
    }
}

#[test]
fn in_vdm_time_the_steps_of_a_bound_sum_to_the_same_as_in_ddpms() {
    // For a network that is always off by the same share of x_0, sum (SNR_s - SNR_t) / 2 telescopes.
    let schedule = schedule();
    let gamma = linear(&schedule);
    let snr = |log_snr: f64| log_snr.exp();
    let of = |objective: &Objective, n: usize| -> f64 {
        (0..n)
            .map(|i| asked(objective, &schedule, &gamma, (i as f64 + 0.5) / n as f64))
            .map(|asked| match asked.weight {
                Weight::OfNoise(weight) => weight / n as f64 * snr(asked.place.t.log_snr()),
                Weight::OfTarget(_) => panic!("bounds weigh the noise"),
            })
            .sum()
    };
    let [first, last] = [0.0, 1.0].map(|u| gamma.at(u).level.log_snr());
    let expected = (snr(first) - snr(last)) / 2.0;
    let discrete = of(&Objective::VdmDiscrete { times: 1000 }, 1000);
    assert!((discrete / expected - 1.0).abs() < 1e-9, "{discrete}, not {expected}");
    let continuous = of(&continuous(), 100_000);
    assert!((continuous / expected - 1.0).abs() < 1e-4, "{continuous}, not {expected}");
    // The first term, into the data, is the decoder's.
    let ddpm =
        of(&Objective::LVlb { variance: Variance::Small }, 1000) - 0.5 * schedule.level_at(0.0).sigma_sq().recip();
    assert!((ddpm / expected - 1.0).abs() < 2e-4, "{ddpm}, not {expected}");
}
