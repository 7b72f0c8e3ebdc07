//! The finished bound, in bits per dimension.

use super::bound::Bound;
use super::terms::{Term, posterior_variance};
use crate::math::gaussian::entropy;
use crate::math::level::one_minus_snr_ratio;

/// Nats in a bit.
const NATS: f64 = std::f64::consts::LN_2;

/// What the schedule and the images say about a bound without the network, in nats a dimension.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Facts {
    /// For every step but the last: lower and upper bound of the entropy of the reverse step, `H_q(x_s | x_t)`
    /// (Sohl-Dickstein et al. 2015, eq. 24).
    entropy_bounds: Vec<(f64, f64)>,
    /// `H_q(x_T | x_0) - H_q(x_1 | x_0) - H_p(x_T)`: what K adds to the divergences (eq. 14).
    entropies_of_k: Option<f64>,
    /// The mean over the images of `log N(x_0; 0, I)`.
    null: Option<f64>,
}

impl Facts {
    pub(super) fn new(bound: &Bound, x0: &[f32]) -> Self {
        let Bound::Steps(plan) = bound else { return Self::default() };
        let inner = plan.steps.iter().filter(|step| step.s.is_some());
        let entropy_bounds = inner.map(|step| {
            // H_q(x_t | x_s), and the same with H_q(x_s | x_0) - H_q(x_t | x_0) added: the posterior's own entropy.
            let beta = one_minus_snr_ratio(step.level, step.next_level) * step.level.sigma_sq();
            (entropy(posterior_variance(step.level, step.next_level)), entropy(beta))
        });
        let ends = plan.steps.first().zip(plan.steps.last());
        let entropies_of_k = ends
            .map(|(noisiest, last)| entropy(noisiest.level.sigma_sq()) - entropy(last.level.sigma_sq()) - entropy(1.0));
        let mean_square = x0.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / x0.len() as f64;
        // The entropy of N(0, 1) is ln(2 pi) / 2 + 1 / 2.
        let null = 0.5 - entropy(1.0) - 0.5 * mean_square;
        Self { entropy_bounds: entropy_bounds.collect(), entropies_of_k, null: Some(null) }
    }
}

/// A bound on how likely images are, in bits per dimension, as means over the images.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The sum of all terms.
    pub bits_per_dim: f64,
    /// Its standard error over the images; `None` for a single one.
    pub standard_error: Option<f64>,
    /// `KL(q(x_T | x_0) || p(x_T))`.
    pub prior: f64,
    /// A term per step, noisiest first: KLs, or VDM's diffusion loss.
    pub steps: Vec<f64>,
    /// Where each of them was measured: the timestep, fractional where it lies between two, and log SNR.
    pub levels: Vec<(f64, f64)>,
    /// `-log p(x_0 | x_1)`, or VDM's reconstruction loss.
    pub decoder: f64,
    /// The sum for each image.
    pub images: Vec<f64>,
    /// Sohl-Dickstein et al. 2015: the lower bound K on the log likelihood (eq. 14), from the same divergences, of a model
    /// that ends at x_1: of a density of images in [-1, 1], where the others are of probabilities of grey values. `None` for VDM.
    pub k: Option<f64>,
    /// `L_null` of their table 1, which K is compared with there: the log density of the images under the prior, `N(0, I)`.
    /// `None` for VDM.
    pub l_null: Option<f64>,
    /// Sohl-Dickstein et al. 2015, eq. 24: lower and upper bound of the entropy of each reverse step but the last.
    pub entropy_bounds: Vec<(f64, f64)>,
}

impl Report {
    pub(super) fn new(prior: &[f64], steps: &[Vec<f64>], decoder: &[f64], terms: &[Term], facts: &Facts) -> Self {
        let of_image = |i: usize| (prior[i] + decoder[i] + steps.iter().map(|step| step[i]).sum::<f64>()) / NATS;
        let images: Vec<f64> = (0..prior.len()).map(of_image).collect();
        let steps: Vec<f64> = steps.iter().map(|step| mean(step) / NATS).collect();
        Self {
            bits_per_dim: mean(&images),
            standard_error: standard_error(&images),
            prior: mean(prior) / NATS,
            decoder: mean(decoder) / NATS,
            k: facts.entropies_of_k.map(|entropies| entropies / NATS - steps.iter().sum::<f64>()),
            l_null: facts.null.map(|null| null / NATS),
            levels: terms.iter().take(steps.len()).map(|term| (term.t, term.level.log_snr())).collect(),
            entropy_bounds: facts.entropy_bounds.iter().map(|(low, high)| (low / NATS, high / NATS)).collect(),
            steps,
            images,
        }
    }
}

/// The mean of at least one number.
pub(super) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn standard_error(values: &[f64]) -> Option<f64> {
    let count = values.len() as f64;
    let mean = mean(values);
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (values.len() > 1).then(|| (variance / count).sqrt())
}
