//! The loss written down a second time, in f64 and in the letters of the papers: the network for points, the forward process, and each
//! objective. Of the engine it takes the draws of a batch and the features of a timestep, and nothing else.

use super::place::{Pair, Place, square, weight};
use crate::options::{Objective, Target};
use crate::sampler::Variance;

/// What the engine has drawn for an example.
pub struct Example {
    /// The point.
    pub x_0: Pair,
    /// Its noise.
    pub noise: Pair,
    /// VDM's time.
    pub u: f64,
    /// The timestep that the network is told, 0 being the papers' t = 1, and its features.
    pub timestep: f64,
    pub features: Vec<f64>,
}

/// A training.
pub struct Program {
    pub objective: Objective,
    pub target: Target,
    pub betas: Vec<f64>,
    /// Inputs and outputs of every layer; SiLU is between them.
    pub layers: Vec<[usize; 2]>,
    /// sin and cos of these multiples of a point are among its features.
    pub frequencies: Vec<f64>,
    /// The share of the way from gamma_0 to gamma_1 at a time.
    pub share: Box<dyn Fn(f64) -> f64>,
    pub examples: Vec<Example>,
}

/// What the network is shown of an example, and what it says.
struct Seen {
    place: Place,
    x_t: Pair,
    y: Vec<f64>,
    x_0_hat: Pair,
}

impl Program {
    /// The loss of the batch. What a second term must not teach is predicted with the parameters `held`.
    pub fn loss(&self, parameters: &[f64], held: &[f64]) -> f64 {
        let losses = self.examples.iter().map(|example| self.loss_of(example, parameters, held));
        losses.sum::<f64>() / self.examples.len() as f64
    }

    /// K less the terms that the network is in, per element (Sohl-Dickstein et al. 2015, eq. 14); the prior's entropy for data of this mean
    /// square.
    pub fn entropies(&self, mean_square: f64) -> f64 {
        let tau = 2.0 * std::f64::consts::PI;
        let entropy = |variance: f64| 0.5 * (tau * variance).ln() + 0.5;
        let last = self.bar(self.betas.len());
        let prior = 0.5 * tau.ln() + 0.5 * (last * mean_square + 1.0 - last);
        entropy(1.0 - last) - entropy(self.betas[0]) - prior
    }

    /// The product of the first t alphas.
    fn bar(&self, t: usize) -> f64 {
        self.betas[..t].iter().map(|beta| 1.0 - beta).product()
    }

    /// -log SNR at the papers' timestep t; between two, straight.
    fn gamma_at(&self, t: f64) -> f64 {
        let of = |t: usize| (1.0 / self.bar(t) - 1.0).ln();
        let (below, share) = (t.floor() as usize, t.fract());
        if share == 0.0 { of(below) } else { of(below) + share * (of(below + 1) - of(below)) }
    }

    fn gamma(&self, u: f64) -> f64 {
        let [first, last] = [1, self.betas.len()].map(|t| self.gamma_at(t as f64));
        first + (last - first) * (self.share)(u)
    }

    fn place(&self, example: &Example) -> Place {
        let of = |gamma: f64| 1.0 / (1.0 + gamma.exp());
        let t = example.timestep + 1.0;
        let bar_s = if t < 2.0 { 1.0 } else { of(self.gamma_at(t - 1.0)) };
        let bar = match self.objective {
            Objective::VdmDiscrete { times } => {
                of(self.gamma(((example.u * times as f64).floor() + 1.0) / times as f64))
            }
            Objective::VdmContinuous { .. } => of(self.gamma(example.u)),
            _ => self.bar(t as usize),
        };
        Place { bar, bar_s }
    }

    fn output(&self, x: Pair, features: &[f64], parameters: &[f64]) -> Vec<f64> {
        let mut h: Vec<f64> = x.iter().chain(features).copied().collect();
        for frequency in &self.frequencies {
            h.extend(x.map(|x| (frequency * x).sin()));
            h.extend(x.map(|x| (frequency * x).cos()));
        }
        let mut rest = parameters;
        for (index, [inputs, outputs]) in self.layers.iter().enumerate() {
            let (weight, behind) = rest.split_at(inputs * outputs);
            let (bias, behind) = behind.split_at(*outputs);
            rest = behind;
            let sum = |output: usize| {
                bias[output] + h.iter().enumerate().map(|(input, h)| h * weight[input * outputs + output]).sum::<f64>()
            };
            h = (0..*outputs).map(sum).collect();
            if index + 1 < self.layers.len() {
                h.iter_mut().for_each(|h| *h /= 1.0 + (-*h).exp());
            }
        }
        assert!(rest.is_empty());
        h
    }

    /// What the network should predict (Ho et al. 2020, section 3.2; Salimans & Ho 2022, appendix D).
    fn wanted(&self, place: Place, x_0: f64, eps: f64, x_t: f64) -> f64 {
        match self.target {
            Target::Epsilon => eps,
            Target::Sample => x_0,
            Target::VPrediction => place.bar.sqrt() * eps - (1.0 - place.bar).sqrt() * x_0,
            Target::Mu => place.mean(x_t, x_0),
        }
    }

    /// The data that follows from a prediction.
    fn x_0_hat(&self, place: Place, x_t: f64, y: f64) -> f64 {
        let (signal, sigma) = (place.bar.sqrt(), (1.0 - place.bar).sqrt());
        match self.target {
            Target::Epsilon => (x_t - sigma * y) / signal,
            Target::Sample => y,
            Target::VPrediction => signal * x_t - sigma * y,
            Target::Mu => (y - place.mean(x_t, 0.0)) / (place.mean(x_t, 1.0) - place.mean(x_t, 0.0)),
        }
    }

    /// The loss of an example.
    pub fn loss_of(&self, example: &Example, parameters: &[f64], held: &[f64]) -> f64 {
        let seen = self.seen(example, parameters);
        let steps = self.betas.len() as f64;
        match &self.objective {
            // Ho et al. 2020, eq. 14.
            Objective::LSimple => self.l_simple(example, &seen),
            Objective::LVlb { variance: Variance::Learned } => steps * self.divergence(example, &seen, seen.x_0_hat),
            // Nichol & Dhariwal 2021, eq. 16, with lambda = 0.001 and the mean of the second term held.
            Objective::LHybrid => {
                let mean = self.seen(example, held).x_0_hat;
                self.l_simple(example, &seen) + 0.001 * steps * self.divergence(example, &seen, mean)
            }
            Objective::LVlb { .. } | Objective::K2015 { .. } | Objective::JSigma { .. } => {
                self.term_of_steps(example, &seen)
            }
            Objective::VdmDiscrete { .. } | Objective::VdmContinuous { .. } => self.term_of_vdm(example, &seen),
        }
    }

    fn seen(&self, example: &Example, parameters: &[f64]) -> Seen {
        let place = self.place(example);
        let (signal, sigma) = (place.bar.sqrt(), (1.0 - place.bar).sqrt());
        let x_t = [0, 1].map(|i| signal * example.x_0[i] + sigma * example.noise[i]);
        let y = self.output(x_t, &example.features, parameters);
        let x_0_hat = [0, 1].map(|i| self.x_0_hat(place, x_t[i], y[i]));
        Seen { place, x_t, y, x_0_hat }
    }

    fn l_simple(&self, example: &Example, Seen { place, x_t, y, .. }: &Seen) -> f64 {
        let wanted = [0, 1].map(|i| self.wanted(*place, example.x_0[i], example.noise[i], x_t[i]));
        square([y[0], y[1]], wanted)
    }

    /// A term of DDPM's bound, of K or of DDIM's bound, times the count of terms.
    fn term_of_steps(&self, example: &Example, Seen { place, x_t, x_0_hat, .. }: &Seen) -> f64 {
        let steps = self.betas.len() as f64;
        let both =
            |mean: &dyn Fn(f64, f64) -> f64| [example.x_0, *x_0_hat].map(|x_0| [0, 1].map(|i| mean(x_t[i], x_0[i])));
        match self.objective {
            // Sohl-Dickstein et al. 2015, eq. 14: the divergences of the steps from t = 2 on.
            Objective::K2015 { .. } => {
                let [mean, mean_hat] = both(&|x_t, x_0| place.mean(x_t, x_0));
                (steps - 1.0) * square(mean, mean_hat) / (2.0 * place.beta_tilde())
            }
            // Song et al. 2020, eq. 11; the first step has the density of x_0.
            Objective::JSigma { .. } if place.is_first() => {
                steps * square(example.x_0, *x_0_hat) / (2.0 * place.beta())
            }
            Objective::JSigma { eta } => {
                let sigma_sq = eta * eta * place.beta_tilde();
                let [mean, mean_hat] = both(&|x_t, x_0| place.mean_of_ddim(x_t, x_0, sigma_sq));
                steps * square(mean, mean_hat) / (2.0 * sigma_sq)
            }
            // Ho et al. 2020, eq. 12; section 3.2 for the variances.
            _ => {
                let is_large = place.is_first() || self.objective == Objective::LVlb { variance: Variance::Large };
                let sigma_sq = if is_large { place.beta() } else { place.beta_tilde() };
                let weight = place.beta().powi(2) / (2.0 * sigma_sq * place.alpha() * (1.0 - place.bar));
                let (signal, sigma) = (place.bar.sqrt(), (1.0 - place.bar).sqrt());
                let eps_hat = [0, 1].map(|i| (x_t[i] - signal * x_0_hat[i]) / sigma);
                steps * weight * square(example.noise, eps_hat)
            }
        }
    }

    fn term_of_vdm(&self, example: &Example, Seen { place, x_0_hat, .. }: &Seen) -> f64 {
        let error = square(example.x_0, *x_0_hat);
        match &self.objective {
            // Kingma et al. 2021, eq. 17 to 19, with -SNR' = gamma' SNR.
            Objective::VdmContinuous { weighting, .. } => {
                let slope = (self.gamma(example.u + 1e-5) - self.gamma(example.u - 1e-5)) / 2e-5;
                0.5 * slope * place.snr() * weight(weighting, place.snr()) * error
            }
            // Kingma et al. 2021, eq. 13.
            Objective::VdmDiscrete { times } => {
                let times = *times as f64;
                let snr_s = (-self.gamma((example.u * times).floor() / times)).exp();
                times / 2.0 * (snr_s - place.snr()) * error
            }
            _ => unreachable!("another objective"),
        }
    }

    /// The divergence of a step whose variance the network says (Nichol & Dhariwal 2021, eq. 15), per element; of the first step the
    /// density, and beta-tilde of the second one for its own, which is 0 (section 3.1 of the official code: clipped).
    fn divergence(&self, example: &Example, Seen { place, x_t, y, .. }: &Seen, x_0_hat: Pair) -> f64 {
        let least = if place.is_first() {
            Place { bar: self.bar(2), bar_s: self.bar(1) }.beta_tilde()
        } else {
            place.beta_tilde()
        };
        let of = |i: usize| {
            let v = (y[2 + i] + 1.0) / 2.0;
            let variance = (v * place.beta().ln() + (1.0 - v) * least.ln()).exp();
            if place.is_first() {
                let off = (example.x_0[i] - x_0_hat[i]).powi(2);
                return 0.5 * ((2.0 * std::f64::consts::PI * variance).ln() + off / variance);
            }
            let off = place.mean(x_t[i], example.x_0[i]) - place.mean(x_t[i], x_0_hat[i]);
            let tilde = place.beta_tilde();
            0.5 * ((variance / tilde).ln() - 1.0 + (tilde + off * off) / variance)
        };
        (of(0) + of(1)) / 2.0
    }
}
