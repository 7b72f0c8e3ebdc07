//! What each example of a batch is asked: its time, and the weight of its error.

use std::f64::consts::{E, PI};

use super::gamma::Gamma;
use super::target::Place;
use crate::math::gamma::At;
use crate::math::level::{NoiseLevel, one_minus_snr_ratio, snr_ratio};
use crate::math::schedule::Schedule;
use crate::options::{Objective, Weighting};
use crate::sampler::Variance;

/// Where an example is looked at, and what its error counts.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// The training timestep that the network is told.
    pub timestep: f64,
    /// The state.
    pub place: Place,
    /// The factor of the squared error.
    pub weight: Weight,
}

/// A factor of the squared error, per element.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Weight {
    /// Of the network's own target.
    OfTarget(f64),
    /// Of the noise, whatever the network predicts: nats of a bound.
    OfNoise(f64),
}

/// What an example is asked whose time is `u`, from 0 (near the data) up to 1. `gamma` is VDM's time.
pub fn asked(objective: &Objective, schedule: &Schedule, gamma: &Gamma, u: f64) -> Asked {
    match objective {
        Objective::LSimple | Objective::LHybrid => at_timestep(schedule, u, |_| Weight::OfTarget(1.0)),
        // The network's own variance has the bound by itself: see `variance.rs`.
        Objective::LVlb { variance: Variance::Learned } => at_timestep(schedule, u, |_| Weight::OfTarget(0.0)),
        Objective::LVlb { variance } => at_timestep(schedule, u, |place| bound(schedule, l_vlb(place, *variance))),
        Objective::K2015 { .. } => {
            // One timestep less: of a schedule with one there is no other.
            let steps = (schedule.num_train_timesteps() - 1).max(1);
            let timestep =
                (1 + ((u * steps as f64) as usize).min(steps - 1)).min(schedule.num_train_timesteps() - 1) as f64;
            let place = place(schedule, timestep);
            Asked { timestep, place, weight: Weight::OfNoise(k_2015(place, steps)) }
        }
        Objective::JSigma { eta } => at_timestep(schedule, u, |place| bound(schedule, j_sigma(place, *eta))),
        Objective::VdmDiscrete { times } => {
            let index = ((u * *times as f64) as usize).min(times - 1);
            let level = |index: usize| gamma.at(index as f64 / *times as f64).level;
            let (t, s) = (level(index + 1), level(index));
            // (T / 2) (SNR_s / SNR_t - 1) = (T / 2) expm1(gamma_t - gamma_s): eq. 14 of the paper.
            in_vdm_time(schedule, t, 0.5 * *times as f64 * libm::expm1(s.log_snr() - t.log_snr()))
        }
        Objective::VdmContinuous { weighting, .. } => {
            let At { level, slope } = gamma.at(u);
            in_vdm_time(schedule, level, 0.5 * slope * weight_at(weighting, level.log_snr()))
        }
    }
}

/// A term of K, for one of so many steps that is drawn.
pub fn k_2015(place: Place, steps: usize) -> f64 {
    steps as f64 * l_vlb(place, Variance::Small)
}

/// The place of a training timestep; between two, of the part of a step that leads there from one timestep less.
pub fn place(schedule: &Schedule, timestep: f64) -> Place {
    let s = if timestep < 1.0 { NoiseLevel::DATA } else { schedule.level_at(timestep - 1.0) };
    Place { t: schedule.level_at(timestep), s }
}

/// K - (-loss) per element, in nats: `H_q(X^T | X^0) - H_q(X^1 | X^0)`, less the cross entropy of the last state and N(0, 1). That is the
/// `H_p(X^T)` of eq. 14 where the data has a mean square of 1 or nothing of it is left; else K would not be a bound.
pub fn entropies(schedule: &Schedule, mean_square: f64) -> f64 {
    let entropy = |variance: f64| 0.5 * libm::log(2.0 * PI * E * variance);
    let level = |timestep: usize| schedule.level_at(timestep as f64);
    let last = level(schedule.num_train_timesteps() - 1);
    let prior = 0.5 * libm::log(2.0 * PI) + 0.5 * (last.alpha_bar() * mean_square + last.sigma_sq());
    entropy(last.sigma_sq()) - entropy(level(0).sigma_sq()) - prior
}

fn at_timestep(schedule: &Schedule, u: f64, weight: impl FnOnce(Place) -> Weight) -> Asked {
    let last = schedule.num_train_timesteps() - 1;
    let timestep = ((u * (last + 1) as f64) as usize).min(last) as f64;
    let place = place(schedule, timestep);
    Asked { timestep, place, weight: weight(place) }
}

/// A term of a sum over all timesteps, of which one is drawn.
fn bound(schedule: &Schedule, term: f64) -> Weight {
    Weight::OfNoise(schedule.num_train_timesteps() as f64 * term)
}

/// beta^2 / (2 sigma^2 alpha (1 - alpha_bar)) (Ho et al. 2020, eq. 12). The last step is into the data; its sigma^2 is beta_1, as that
/// of the decoder.
fn l_vlb(place: Place, variance: Variance) -> f64 {
    let (c_x0, _) = place.posterior_mean();
    kl_of_noise(place, c_x0, step_variance(place, variance))
}

/// The same for DDIM's process (Song et al. 2020, eq. 7): sigma^2 is eta^2 beta-tilde, and so is another share of x_0 in the mean.
fn j_sigma(place: Place, eta: f64) -> f64 {
    if place.s.is_data() {
        return kl_of_noise(place, 1.0, step_variance(place, Variance::Small));
    }
    let sigma_sq = eta * eta * step_variance(place, Variance::Small);
    let kept = ((place.s.sigma_sq() - sigma_sq) / place.t.sigma_sq()).sqrt();
    kl_of_noise(place, place.s.sqrt_alpha_bar() - kept * place.t.sqrt_alpha_bar(), sigma_sq)
}

/// Beta-tilde or beta; beta_1 for the step into the data.
fn step_variance(place: Place, variance: Variance) -> f64 {
    let new = one_minus_snr_ratio(place.t, place.s);
    match variance {
        Variance::Small if !place.s.is_data() => place.s.sigma_sq() * new,
        _ => place.t.sigma_sq() * new,
    }
}

/// |mean - mean_hat|^2 / (2 sigma^2), where the mean has `c_x0` of x_0: as a factor of the noise's squared error.
fn kl_of_noise(place: Place, c_x0: f64, sigma_sq: f64) -> f64 {
    c_x0 * c_x0 / (2.0 * sigma_sq) / libm::exp(place.t.log_snr())
}

fn in_vdm_time(schedule: &Schedule, level: NoiseLevel, weight: f64) -> Asked {
    let timestep = schedule.timestep_of(level);
    Asked { timestep, place: place(schedule, timestep), weight: Weight::OfNoise(weight) }
}

fn weight_at(weighting: &Weighting, log_snr: f64) -> f64 {
    match weighting {
        Weighting::Uniform => 1.0,
        Weighting::Snr => libm::exp(log_snr),
        Weighting::MinSnr { gamma } => {
            snr_ratio(NoiseLevel::from_log_snr(libm::log(*gamma).min(log_snr)), NoiseLevel::from_log_snr(log_snr))
        }
        Weighting::Points(points) => between(points, log_snr),
    }
}

/// Linear between points, constant outside.
fn between(points: &[(f64, f64)], at: f64) -> f64 {
    let after = points.partition_point(|(log_snr, _)| *log_snr <= at);
    match (after.checked_sub(1).map(|before| points[before]), points.get(after).copied()) {
        (Some((x0, y0)), Some((x1, y1))) => y0 + (y1 - y0) * (at - x0) / (x1 - x0),
        (Some((_, y)), None) | (None, Some((_, y))) => y,
        (None, None) => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::schedule::BetaSchedule;

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

    #[test]
    fn weightings_are_what_they_say() {
        let at = |weighting: Weighting, log_snr| weight_at(&weighting, log_snr);
        assert_eq!(at(Weighting::Uniform, 3.0), 1.0);
        assert!((at(Weighting::Snr, 2.0) - 2f64.exp()).abs() < 1e-12);
        assert!((at(Weighting::MinSnr { gamma: 5.0 }, 3.0) - 5.0 / 3f64.exp()).abs() < 1e-12);
        assert_eq!(at(Weighting::MinSnr { gamma: 5.0 }, 1.0), 1.0);
        let points = Weighting::Points(vec![(-2.0, 1.0), (2.0, 3.0)]);
        assert_eq!([-9.0, 0.0, 2.0, 9.0].map(|log_snr| at(points.clone(), log_snr)), [1.0, 2.0, 3.0, 3.0]);
    }
}
