//! A state of the forward process, in the letters of the papers.

use crate::options::Weighting;

/// A point or a noise.
pub type Pair = [f64; 2];

/// alpha_bar of a state and of the next one nearer the data, of which it is 1.
#[derive(Clone, Copy)]
pub struct Place {
    pub bar: f64,
    pub bar_s: f64,
}

impl Place {
    /// alpha_t.
    pub fn alpha(self) -> f64 {
        self.bar / self.bar_s
    }

    /// beta_t.
    pub fn beta(self) -> f64 {
        1.0 - self.alpha()
    }

    /// (1 - alpha_bar_{t-1}) / (1 - alpha_bar_t) beta_t (Ho et al. 2020, eq. 7).
    pub fn beta_tilde(self) -> f64 {
        (1.0 - self.bar_s) / (1.0 - self.bar) * self.beta()
    }

    /// Whether the next state is the data.
    pub fn is_first(self) -> bool {
        self.bar_s == 1.0
    }

    /// The mean of q(x_{t-1} | x_t, x_0) (Ho et al. 2020, eq. 7).
    pub fn mean(self, x_t: f64, x_0: f64) -> f64 {
        let of_x_0 = self.bar_s.sqrt() * self.beta() / (1.0 - self.bar);
        of_x_0 * x_0 + self.alpha().sqrt() * (1.0 - self.bar_s) / (1.0 - self.bar) * x_t
    }

    /// The mean of DDIM's process with this sigma^2 (Song et al. 2020, eq. 7).
    pub fn mean_of_ddim(self, x_t: f64, x_0: f64, sigma_sq: f64) -> f64 {
        let eps = (x_t - self.bar.sqrt() * x_0) / (1.0 - self.bar).sqrt();
        self.bar_s.sqrt() * x_0 + (1.0 - self.bar_s - sigma_sq).sqrt() * eps
    }

    /// SNR.
    pub fn snr(self) -> f64 {
        self.bar / (1.0 - self.bar)
    }
}

/// w(SNR) (Kingma et al. 2021, eq. 19; Hang et al. 2023, section 3.4).
pub fn weight(weighting: &Weighting, snr: f64) -> f64 {
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

/// The mean of the squares over both coordinates.
pub fn square(a: Pair, b: Pair) -> f64 {
    ((a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2)) / 2.0
}
