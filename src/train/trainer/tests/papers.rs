//! The loss written down a second time, in f64 and in the letters of the papers: the network for points, the forward process, and each
//! objective. Of the engine it takes the draws of a batch and the features of a timestep, and nothing else.

use crate::options::{Objective, Target, Weighting};
use crate::sampler::Variance;

/// A point or a noise.
pub type Pair = [f64; 2];

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

/// alpha_bar of a state and of the next one nearer the data, of which it is 1.
#[derive(Clone, Copy)]
struct Place {
    bar: f64,
    bar_s: f64,
}

impl Place {
    fn alpha(self) -> f64 {
        self.bar / self.bar_s
    }

    fn beta(self) -> f64 {
        1.0 - self.alpha()
    }

    /// (1 - alpha_bar_{t-1}) / (1 - alpha_bar_t) beta_t (Ho et al. 2020, eq. 7).
    fn beta_tilde(self) -> f64 {
        (1.0 - self.bar_s) / (1.0 - self.bar) * self.beta()
    }

    fn is_first(self) -> bool {
        self.bar_s == 1.0
    }

    /// The mean of q(x_{t-1} | x_t, x_0) (Ho et al. 2020, eq. 7).
    fn mean(self, x_t: f64, x_0: f64) -> f64 {
        let of_x_0 = self.bar_s.sqrt() * self.beta() / (1.0 - self.bar);
        of_x_0 * x_0 + self.alpha().sqrt() * (1.0 - self.bar_s) / (1.0 - self.bar) * x_t
    }

    /// The mean of DDIM's process with this sigma^2 (Song et al. 2020, eq. 7).
    fn mean_of_ddim(self, x_t: f64, x_0: f64, sigma_sq: f64) -> f64 {
        let eps = (x_t - self.bar.sqrt() * x_0) / (1.0 - self.bar).sqrt();
        self.bar_s.sqrt() * x_0 + (1.0 - self.bar_s - sigma_sq).sqrt() * eps
    }

    fn snr(self) -> f64 {
        self.bar / (1.0 - self.bar)
    }
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
        let place = self.place(example);
        let (x_0, eps) = (example.x_0, example.noise);
        let x_t = [0, 1].map(|i| place.bar.sqrt() * x_0[i] + (1.0 - place.bar).sqrt() * eps[i]);
        let y = self.output(x_t, &example.features, parameters);
        let x_0_hat = [0, 1].map(|i| self.x_0_hat(place, x_t[i], y[i]));
        let mean = |of: &dyn Fn(usize) -> f64| (of(0) + of(1)) / 2.0;
        let square = |a: Pair, b: Pair| mean(&|i| (a[i] - b[i]).powi(2));
        let eps_hat = [0, 1].map(|i| (x_t[i] - place.bar.sqrt() * x_0_hat[i]) / (1.0 - place.bar).sqrt());
        let steps = self.betas.len() as f64;
        let l_simple = mean(&|i| (y[i] - self.wanted(place, x_0[i], eps[i], x_t[i])).powi(2));
        match &self.objective {
            // Ho et al. 2020, eq. 14.
            Objective::LSimple => l_simple,
            Objective::LVlb { variance: Variance::Learned } => {
                steps * self.divergence(place, example, x_t, x_0_hat, &y)
            }
            // Ho et al. 2020, eq. 12; section 3.2 for the variances.
            Objective::LVlb { variance } => {
                let is_large = place.is_first() || *variance == Variance::Large;
                let sigma_sq = if is_large { place.beta() } else { place.beta_tilde() };
                let weight = place.beta().powi(2) / (2.0 * sigma_sq * place.alpha() * (1.0 - place.bar));
                steps * weight * square(eps, eps_hat)
            }
            // Nichol & Dhariwal 2021, eq. 16, with lambda = 0.001 and the mean of the second term held.
            Objective::LHybrid => {
                let y_held = self.output(x_t, &example.features, held);
                let x_0_held = [0, 1].map(|i| self.x_0_hat(place, x_t[i], y_held[i]));
                l_simple + 0.001 * steps * self.divergence(place, example, x_t, x_0_held, &y)
            }
            // Sohl-Dickstein et al. 2015, eq. 14: the divergences of the steps from t = 2 on.
            Objective::K2015 { .. } => {
                let [mean, mean_hat] = [x_0, x_0_hat].map(|x_0| [0, 1].map(|i| place.mean(x_t[i], x_0[i])));
                (steps - 1.0) * square(mean, mean_hat) / (2.0 * place.beta_tilde())
            }
            // Song et al. 2020, eq. 11; the first step has the density of x_0.
            Objective::JSigma { eta } => {
                if place.is_first() {
                    return steps * square(x_0, x_0_hat) / (2.0 * place.beta());
                }
                let sigma_sq = eta * eta * place.beta_tilde();
                let [mean, mean_hat] =
                    [x_0, x_0_hat].map(|x_0| [0, 1].map(|i| place.mean_of_ddim(x_t[i], x_0[i], sigma_sq)));
                steps * square(mean, mean_hat) / (2.0 * sigma_sq)
            }
            // Kingma et al. 2021, eq. 13.
            Objective::VdmDiscrete { times } => {
                let s = (example.u * *times as f64).floor() / *times as f64;
                let snr_s = (-self.gamma(s)).exp();
                *times as f64 / 2.0 * (snr_s - place.snr()) * square(x_0, x_0_hat)
            }
            // Kingma et al. 2021, eq. 17 and 18, with -SNR' = gamma' SNR.
            Objective::VdmContinuous { weighting, .. } => {
                let slope = (self.gamma(example.u + 1e-5) - self.gamma(example.u - 1e-5)) / 2e-5;
                0.5 * slope * place.snr() * weight(weighting, place.snr()) * square(x_0, x_0_hat)
            }
        }
    }

    /// The divergence of a step whose variance the network says (Nichol & Dhariwal 2021, eq. 15), per element; of the first step the
    /// density, and beta-tilde of the second one for its own, which is 0 (section 3.1 of the official code: clipped).
    fn divergence(&self, place: Place, example: &Example, x_t: Pair, x_0_hat: Pair, y: &[f64]) -> f64 {
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

/// w(SNR) (Kingma et al. 2021, eq. 19; Hang et al. 2023, section 3.4).
fn weight(weighting: &Weighting, snr: f64) -> f64 {
    match weighting {
        Weighting::Uniform => 1.0,
        Weighting::Snr => snr,
        Weighting::MinSnr { gamma } => snr.min(*gamma) / snr,
        Weighting::Points(points) => {
            let at = snr.ln();
            let (first, last) = (points[0], points[points.len() - 1]);
            let pair = points.windows(2).find(|pair| pair[0].0 <= at && at < pair[1].0);
            pair.map_or(if at < first.0 { first.1 } else { last.1 }, |pair| {
                let share = (at - pair[0].0) / (pair[1].0 - pair[0].0);
                (1.0 - share) * pair[0].1 + share * pair[1].1
            })
        }
    }
}
