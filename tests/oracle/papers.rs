//! Every reverse step as its own paper writes it, from the betas up, sharing nothing with the crate but the data.

use super::data::{MEAN, VARIANCE};

/// The share of the image at a level, `alpha_bar`; that of the data is 1.
pub type AlphaBar = f64;

/// `alpha_bar` of n = 0..=1000 of DDPM's schedule, n = 0 the data (Ho et al. 2020, section 4).
pub fn alpha_bars() -> Vec<AlphaBar> {
    let beta = |n: usize| 1e-4 + (0.02 - 1e-4) * n as f64 / 999.0;
    let product = |so_far: &mut f64, n: usize| {
        *so_far *= 1.0 - beta(n);
        Some(*so_far)
    };
    std::iter::once(1.0).chain((0..1000).scan(1.0, product)).collect()
}

/// A reverse step from `t` to `s`: the mean for an x_t, and the variance.
pub struct Reverse {
    pub mean: Box<dyn Fn(f64) -> f64>,
    pub variance: f64,
}

/// Which paper's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Method {
    DdpmSmall,
    DdpmLarge,
    Ddim(f64),
    AnalyticDdpm,
    AnalyticDdim(f64),
    Vdm,
}

/// The best prediction of the noise for N(MEAN, VARIANCE).
fn eps(x_t: f64, t: AlphaBar) -> f64 {
    (1.0 - t).sqrt() * (x_t - t.sqrt() * MEAN) / (t * VARIANCE + 1.0 - t)
}

/// `E ||score||^2 / d`: the score of a Gaussian has the variance 1 / (that of x_t).
fn gamma(t: AlphaBar) -> f64 {
    1.0 / (t * VARIANCE + 1.0 - t)
}

/// One step. The last one, to the data, adds no noise.
pub fn reverse(method: Method, t: AlphaBar, s: AlphaBar) -> Reverse {
    let alpha = t / s;
    let beta = 1.0 - alpha;
    let small = (1.0 - s) / (1.0 - t) * beta;
    let variance = match method {
        // Ho et al. 2020, section 3.2.
        Method::DdpmSmall => small,
        Method::DdpmLarge => beta,
        // Song et al. 2020, eq. 16.
        Method::Ddim(eta) => eta * eta * small,
        // Bao et al. 2022, corollary 2 and eq. 9.
        Method::AnalyticDdpm => beta / alpha * (1.0 - beta * gamma(t)),
        Method::AnalyticDdim(eta) => {
            let lambda_sq = eta * eta * small;
            let root = ((1.0 - t) / alpha).sqrt() - (1.0 - s - lambda_sq).sqrt();
            lambda_sq + root * root * (1.0 - (1.0 - t) * gamma(t))
        }
        // Kingma et al. 2021, eq. 33.
        Method::Vdm => (1.0 - s) * snr_loss(t, s),
    };
    let mean: Box<dyn Fn(f64) -> f64> = match method {
        // Ho et al. 2020, eq. 11.
        Method::DdpmSmall | Method::DdpmLarge | Method::AnalyticDdpm => {
            Box::new(move |x_t| (x_t - beta / (1.0 - t).sqrt() * eps(x_t, t)) / alpha.sqrt())
        }
        // Song et al. 2020, eq. 12.
        Method::Ddim(eta) | Method::AnalyticDdim(eta) => Box::new(move |x_t| {
            let image = (x_t - (1.0 - t).sqrt() * eps(x_t, t)) / t.sqrt();
            s.sqrt() * image + (1.0 - s - eta * eta * small).sqrt() * eps(x_t, t)
        }),
        // Kingma et al. 2021, eq. 34.
        Method::Vdm => Box::new(move |x_t| (s / t).sqrt() * (x_t - snr_loss(t, s) * (1.0 - t).sqrt() * eps(x_t, t))),
    };
    Reverse { mean, variance: if s == 1.0 { 0.0 } else { variance } }
}

/// `1 - SNR(t) / SNR(s)`.
fn snr_loss(t: AlphaBar, s: AlphaBar) -> f64 {
    1.0 - t * (1.0 - s) / ((1.0 - t) * s)
}

/// The levels of a run, noisiest first, without the data: Analytic-DPM's even list (Python's rounding), or for VDM evenly in
/// log SNR.
pub fn levels(method: Method, num_steps: usize) -> Vec<AlphaBar> {
    let all = alpha_bars();
    if method == Method::Vdm {
        let log_snr = |a: f64| (a / (1.0 - a)).ln();
        let (least, most) = (log_snr(all[1000]), log_snr(all[1]));
        let at = |k: usize| least + (most - least) * k as f64 / num_steps as f64;
        return (0..num_steps).map(|k| 1.0 / (1.0 + (-at(k)).exp())).collect();
    }
    let node = |k: usize| (1.0 + 999.0 / (num_steps - 1) as f64 * k as f64).round_ties_even() as usize;
    (0..num_steps).rev().map(|k| all[node(k)]).collect()
}

/// Mean and variance at the end, from N(0, 1).
pub fn end_moments(method: Method, num_steps: usize) -> (f64, f64) {
    let mut stops = levels(method, num_steps);
    stops.push(1.0);
    stops.windows(2).fold((0.0, 1.0), |(mean, variance), pair| {
        let step = reverse(method, pair[0], pair[1]);
        let slope = (step.mean)(1.0) - (step.mean)(0.0);
        ((step.mean)(mean), slope * slope * variance + step.variance)
    })
}
