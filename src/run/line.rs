//! The line that every sampler shares, for one element, with the change of an edit and the move of a potential.

use super::edit::{Change, Shares};
use crate::math::level::NoiseLevel;
use crate::sampler::StepCoeffs;

/// What a step has for all elements.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    /// The sampler's factors.
    pub coeffs: StepCoeffs,
    /// How eps_hat moves with x0_hat.
    pub eps_of_x0: f64,
    /// Whether `Element::moves` is for x0_hat. Else it is for the mean of the step.
    pub moves_x0: bool,
}

/// What a step has for an element.
#[derive(Debug, Clone, Copy)]
pub(super) struct Element {
    /// The state.
    pub x_t: f64,
    /// The predicted noise.
    pub eps_hat: f64,
    /// Fresh noise.
    pub z: f64,
    /// How far a potential moves it.
    pub moves: f64,
}

impl Line {
    /// The new state: `x_s = c_x0 * x0_hat + c_eps * eps_hat + c_xt * x_t + c_z * z`, changed as an [`Edit`](super::edit::Edit) says, which
    /// may move `x0_hat` too.
    pub(super) fn of(&self, element: Element, x0_hat: &mut f64, edit: Option<(&Change, Shares)>) -> f64 {
        let StepCoeffs { c_x0, c_eps, c_xt, c_z } = self.coeffs;
        let Element { x_t, mut eps_hat, z, moves } = element;
        let mut move_x0 = |x0_hat: &mut f64, by: f64| {
            *x0_hat += by;
            eps_hat += self.eps_of_x0 * by;
            c_x0 * *x0_hat + c_eps * eps_hat + c_xt * x_t
        };
        let (of_x0, of_mean) = if self.moves_x0 { (moves, 0.0) } else { (0.0, moves) };
        let mean = move_x0(x0_hat, of_x0);
        let Some((change, Shares { y, weight, gain, pull })) = edit else { return mean + of_mean + c_z * z };

        let by = gain * (y - *x0_hat);
        let mean = move_x0(x0_hat, by) + of_mean;
        let variance = change.noise_variance - gain * change.open - pull * change.step_variance;
        let x_s = mean + pull * (y - mean) + variance.max(0.0).sqrt().min(c_z) * z;
        let replaced = if change.replaces { weight } else { 0.0 };
        x_s + replaced * (change.y_factor * y + change.z_factor * z - x_s)
    }
}

/// How eps_hat moves with x0_hat, x_t staying where it is.
pub(super) fn eps_of_x0(level: NoiseLevel) -> f64 {
    -level.sqrt_alpha_bar() / level.sigma()
}
