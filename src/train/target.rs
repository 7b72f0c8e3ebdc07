//! What the network predicts: a combination of the data and the noise, and the noise that follows from a prediction.

use crate::math::level::{NoiseLevel, one_minus_snr_ratio};
use crate::math::predict::{Combination, Prediction};
use crate::options::Target;

/// A state on its way, and the next one nearer the data.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// Its level.
    pub t: NoiseLevel,
    /// The level of the timestep below it; the data below the first.
    pub s: NoiseLevel,
}

impl Place {
    /// The mean of q(x_s | x_t, x_0): its factors of x_0 and of x_t (Ho et al. 2020, eq. 7).
    pub fn posterior_mean(self) -> (f64, f64) {
        let new = one_minus_snr_ratio(self.t, self.s);
        let decay = (self.t.alpha_bar() / self.s.alpha_bar()).sqrt();
        (self.s.sqrt_alpha_bar() * new, decay * self.s.sigma_sq() / self.t.sigma_sq())
    }
}

/// A target: `data * x_0 + noise * eps`, and how far the noise is off where the prediction is off by one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Factors {
    /// Factor of the data.
    pub data: f64,
    /// Factor of the noise.
    pub noise: f64,
    /// `eps_hat - eps` for `prediction - target` of 1.
    pub eps_error: f64,
}

/// What `target` is at a place.
pub fn factors(target: Target, place: Place) -> Factors {
    let (sqrt_alpha_bar, sigma) = (place.t.sqrt_alpha_bar(), place.t.sigma());
    match target {
        Target::Epsilon => Factors { data: 0.0, noise: 1.0, eps_error: 1.0 },
        Target::Sample => Factors { data: 1.0, noise: 0.0, eps_error: -sqrt_alpha_bar / sigma },
        Target::VPrediction => Factors { data: -sigma, noise: sqrt_alpha_bar, eps_error: sqrt_alpha_bar },
        Target::Mu => {
            let (c_x0, c_xt) = place.posterior_mean();
            let (data, noise) = (c_x0 + c_xt * sqrt_alpha_bar, c_xt * sigma);
            Factors { data, noise, eps_error: -sqrt_alpha_bar / (sigma * c_x0) }
        }
    }
}

/// The name under which samplers know a network that predicts this. A predicted mean is told to them as the noise.
pub fn prediction(target: Target) -> Prediction {
    match target {
        Target::Epsilon | Target::Mu => Prediction::Epsilon,
        Target::Sample => Prediction::Sample,
        Target::VPrediction => Prediction::VPrediction,
    }
}

/// What samplers are told of an output.
pub fn told(target: Target, place: Place) -> Combination {
    match target {
        Target::Mu => {
            let (c_x0, c_xt) = place.posterior_mean();
            let eps = Prediction::Sample.eps_hat(place.t);
            let (of_xt, of_x0) = (eps.c_xt, eps.c_prediction);
            Combination { c_xt: of_xt - of_x0 * c_xt / c_x0, c_prediction: of_x0 / c_x0 }
        }
        _ => Combination { c_xt: 0.0, c_prediction: 1.0 },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::schedule::{BetaSchedule, Schedule};
    use crate::math::time::Timestep;

    #[test]
    fn every_target_leads_back_to_the_noise() {
        let schedule = Schedule::new(&BetaSchedule::Linear, 1000, 1e-4, 0.02);
        let level = |t| schedule.level(Timestep(t)).expect("a timestep");
        let (x0, eps) = (0.7, -1.1);
        for t in [0, 1, 50, 999] {
            let place = Place { t: level(t), s: if t == 0 { NoiseLevel::DATA } else { level(t - 1) } };
            let x_t = place.t.sqrt_alpha_bar() * x0 + place.t.sigma() * eps;
            for target in [Target::Epsilon, Target::Sample, Target::VPrediction, Target::Mu] {
                let Factors { data, noise, eps_error } = factors(target, place);
                let exact = data * x0 + noise * eps;
                let eps_of = |output| {
                    let told = told(target, place).of(x_t, output);
                    prediction(target).eps_hat(place.t).of(x_t, told)
                };
                assert!((eps_of(exact) - eps).abs() < 1e-9, "{target:?} at {t}");
                let moved = (eps_of(exact + 1e-3) - eps) / 1e-3;
                assert!((moved / eps_error - 1.0).abs() < 1e-6, "{target:?} at {t}: {moved}, not {eps_error}");
            }
        }
    }

    #[test]
    fn the_mean_is_ddpms() {
        // Ho et al. 2020, eq. 7, in its own letters.
        let schedule = Schedule::from_betas(&[0.1, 0.3]);
        let level = |t| schedule.level(Timestep(t)).expect("a timestep");
        let (alpha, bar_s, bar_t) = (0.7f64, 0.9f64, 0.63f64);
        let (c_x0, c_xt) = Place { t: level(1), s: level(0) }.posterior_mean();
        assert!((c_x0 - bar_s.sqrt() * 0.3 / (1.0 - bar_t)).abs() < 1e-12);
        assert!((c_xt - alpha.sqrt() * (1.0 - bar_s) / (1.0 - bar_t)).abs() < 1e-12);
    }
}
