//! `j_sigma`: the bound of DDIM's process, for a share eta of DDPM's noise (Song et al. 2020, eq. 11). Its weights differ from DDPM's, its
//! best network does not (theorem 1).

use super::asked::{Asked, at_term};
use super::step::{kl_of_noise, step_variance};
use crate::math::schedule::Schedule;
use crate::sampler::Variance;
use crate::train::target::Place;

/// What an example is asked whose time is `u`.
pub fn asked(schedule: &Schedule, eta: f64, u: f64) -> Asked {
    at_term(schedule, u, |place| term(place, eta))
}

/// The divergence of a step whose sigma^2 is eta^2 beta-tilde (eq. 16), and whose mean so has another share of x_0 (eq. 7).
fn term(place: Place, eta: f64) -> f64 {
    if place.s.is_data() {
        return kl_of_noise(place, 1.0, step_variance(place, Variance::Small));
    }
    let sigma_sq = eta * eta * step_variance(place, Variance::Small);
    let kept = ((place.s.sigma_sq() - sigma_sq) / place.t.sigma_sq()).sqrt();
    kl_of_noise(place, place.s.sqrt_alpha_bar() - kept * place.t.sqrt_alpha_bar(), sigma_sq)
}
