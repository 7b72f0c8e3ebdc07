//! The forward process that a network was trained on: one [`NoiseLevel`] per training timestep.

use std::f64::consts::FRAC_PI_2;

use super::level::NoiseLevel;
use super::time::Timestep;

/// The most training timesteps a schedule may have.
pub const LONGEST: usize = 100_000;

/// How the variances `beta` of the single forward steps are laid out; the names are diffusers' own.
#[derive(Debug, Clone, PartialEq)]
pub enum BetaSchedule {
    /// Evenly from `beta_start` to `beta_end` (Ho et al. 2020, section 4).
    Linear,
    /// Square roots evenly from `sqrt(beta_start)` to `sqrt(beta_end)`.
    ScaledLinear,
    /// From `alpha_bar(u) = cos^2((u + 0.008) / 1.008 * pi / 2)`, each `beta` at most 0.999 (Nichol & Dhariwal 2021, eq. 17).
    SquaredCosCapV2,
    /// From `beta_start` to `beta_end` along a logistic function from -6 to 6.
    Sigmoid,
    /// From `alpha_bar(u) = sqrt(SNR / (1 + SNR))`, whose log SNR has Laplace quantiles, each `beta` at most 0.999.
    Laplace,
    /// From `alpha_bar(u) = e^(-12 u)`, each `beta` at most 0.999.
    Exp,
    /// Given one by one, each between 0 and 1.
    Trained(Vec<f64>),
}

/// The levels of all training timesteps, noisiest last.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    levels: Vec<NoiseLevel>,
}

impl Schedule {
    /// The schedule of `num_train_timesteps` betas; `beta_start` and `beta_end` lie between 0 and 1.
    pub fn new(kind: &BetaSchedule, num_train_timesteps: usize, beta_start: f64, beta_end: f64) -> Self {
        Self::from_betas(&betas(kind, num_train_timesteps, beta_start, beta_end))
    }

    /// The schedule whose single steps have these variances, each between 0 and 1.
    pub fn from_betas(betas: &[f64]) -> Self {
        // Compensated (Neumaier 1974): thousands of logarithms must not cost the digits by which neighbours differ.
        let (mut sum, mut lost) = (0.0, 0.0);
        let levels = betas.iter().map(|beta| {
            let term = libm::log1p(-beta);
            let next: f64 = sum + term;
            lost += if sum.abs() >= term.abs() { (sum - next) + term } else { (term - next) + sum };
            sum = next;
            NoiseLevel::from_log_alpha_bar(sum + lost)
        });
        Self { levels: levels.collect() }
    }

    /// The schedule with its square roots of `alpha_bar` shifted and scaled, so that the last is 0 and the first stays: no signal is left at
    /// the last timestep (Lin et al. 2024, algorithm 1). One with a single timestep stays as it is.
    #[must_use]
    pub fn with_zero_terminal_snr(self) -> Self {
        let roots: Vec<f64> = self.levels.iter().map(|level| level.sqrt_alpha_bar()).collect();
        let (first, last) = (roots[0], roots[roots.len() - 1]);
        if roots.len() < 2 {
            return self;
        }
        let rescaled = |root: &f64| {
            let alpha_bar = ((root - last) * first / (first - last)).powi(2);
            NoiseLevel::from_log_snr(libm::log(alpha_bar / (1.0 - alpha_bar)))
        };
        Self { levels: roots.iter().map(rescaled).collect() }
    }

    /// How many training timesteps there are.
    pub fn num_train_timesteps(&self) -> usize {
        self.levels.len()
    }

    /// The level of a timestep; `None` past the last one.
    pub fn level(&self, t: Timestep) -> Option<NoiseLevel> {
        self.levels.get(t.0).copied()
    }

    /// The level at a fractional timestep, by linear interpolation of log SNR between neighbours; the first or last level
    /// for a timestep outside of the schedule. The inverse of [`timestep_of`](Self::timestep_of).
    pub fn level_at(&self, t: f64) -> NoiseLevel {
        let last = self.levels.len() - 1;
        // Clamped to the schedule, whose indices fit any usize.
        let t = t.clamp(0.0, last as f64);
        let (before, share) = (t as usize, t.fract());
        let (start, end) = (self.levels[before], self.levels[last.min(before + 1)]);
        if share == 0.0 || end.is_noise() {
            // From a level to pure noise there is no way in between.
            return if share > 0.5 { end } else { start };
        }
        NoiseLevel::from_log_snr(start.log_snr() + share * (end.log_snr() - start.log_snr()))
    }

    /// The fractional timestep whose log SNR this is, by linear interpolation of log SNR between neighbours; the first
    /// or last timestep for a level outside of the schedule.
    ///
    /// It is how a network that was trained on discrete timesteps is asked at any level.
    pub fn timestep_of(&self, level: NoiseLevel) -> f64 {
        let above = self.levels.partition_point(|known| *known > level);
        let (Some(before), Some(after)) = (above.checked_sub(1), self.levels.get(above)) else {
            return if above == 0 { 0.0 } else { (self.levels.len() - 1) as f64 };
        };
        if level.is_noise() {
            return above as f64;
        }
        let start = self.levels[before].log_snr();
        before as f64 + (start - level.log_snr()) / (start - after.log_snr())
    }

    /// The first level, and the last that has a signal left.
    pub fn ends(&self) -> [NoiseLevel; 2] {
        let first = self.levels[0];
        [first, self.levels.iter().rfind(|level| !level.is_noise()).copied().unwrap_or(first)]
    }
}

fn betas(kind: &BetaSchedule, num: usize, start: f64, end: f64) -> Vec<f64> {
    match kind {
        BetaSchedule::Linear => linspace(start, end, num).collect(),
        BetaSchedule::ScaledLinear => linspace(start.sqrt(), end.sqrt(), num).map(|root| root * root).collect(),
        BetaSchedule::SquaredCosCapV2 => (0..num).map(|i| cosine_beta(i, num)).collect(),
        BetaSchedule::Sigmoid => {
            linspace(-6.0, 6.0, num).map(|x| start + (end - start) / (1.0 + libm::exp(-x))).collect()
        }
        BetaSchedule::Laplace => (0..num).map(|i| laplace_beta(i, num)).collect(),
        // alpha_bar falls from 1 to e^-12 evenly in its logarithm.
        BetaSchedule::Exp => vec![(-libm::expm1(-12.0 / num as f64)).min(MAX_BETA); num],
        BetaSchedule::Trained(betas) => betas.clone(),
    }
}

/// The largest beta of a schedule that is given by its alpha_bar.
const MAX_BETA: f64 = 0.999;

/// diffusers' own: Hang and Gu 2024 have log SNR twice as wide, and the square of this `alpha_bar`.
fn laplace_beta(i: usize, num: usize) -> f64 {
    let alpha_bar = |u: f64| {
        let to_middle = 0.5 - u;
        let log_snr = -0.5 * 1f64.copysign(to_middle) * libm::log(1.0 - 2.0 * to_middle.abs() + 1e-6);
        1.0 / (1.0 + libm::exp(-log_snr)).sqrt()
    };
    (1.0 - alpha_bar((i + 1) as f64 / num as f64) / alpha_bar(i as f64 / num as f64)).min(MAX_BETA)
}

fn cosine_beta(i: usize, num: usize) -> f64 {
    let angle = |u: f64| u / 1.008 * FRAC_PI_2;
    let (before, after) = (angle(i as f64 / num as f64 + 0.008), angle((i + 1) as f64 / num as f64 + 0.008));

    // 1 - cos^2(after) / cos^2(before), without the difference of two numbers that are nearly 1.
    let cos = libm::cos(before);
    (libm::sin(angle(1.0 / num as f64)) * libm::sin(before + after) / (cos * cos)).min(MAX_BETA)
}

fn linspace(start: f64, end: f64, num: usize) -> impl Iterator<Item = f64> {
    let gaps = num.saturating_sub(1).max(1) as f64;
    (0..num).map(move |i| start + (end - start) * (i as f64 / gaps))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_kinds() -> [BetaSchedule; 6] {
        use BetaSchedule::{Exp, Laplace, Linear, ScaledLinear, Sigmoid, SquaredCosCapV2};
        [Linear, ScaledLinear, SquaredCosCapV2, Sigmoid, Laplace, Exp]
    }

    #[test]
    fn alpha_bar_strictly_falls_and_stays_above_zero() {
        for kind in all_kinds() {
            for num in [1, 2, 50, 1000, 4000] {
                let schedule = Schedule::new(&kind, num, 1e-4, 0.02);
                assert_eq!(schedule.num_train_timesteps(), num);
                assert!(schedule.levels.windows(2).all(|pair| pair[0] > pair[1]), "{kind:?} {num}");
                assert!(schedule.levels.iter().all(|level| level.alpha_bar() > 0.0 && level.alpha_bar() < 1.0));
            }
        }
    }

    #[test]
    fn linear_begins_and_ends_at_its_betas() {
        let schedule = Schedule::new(&BetaSchedule::Linear, 1000, 1e-4, 0.02);
        let (last, before) = (schedule.levels[999], schedule.levels[998]);

        assert!((schedule.levels[0].sigma_sq() - 1e-4).abs() < 1e-16);
        assert!((1.0 - last.alpha_bar() / before.alpha_bar() - 0.02).abs() < 1e-12);
    }

    #[test]
    fn timesteps_and_levels_are_inverse() {
        let schedule = Schedule::new(&BetaSchedule::Linear, 1000, 1e-4, 0.02);
        for t in [0, 1, 499, 998, 999] {
            assert!((schedule.timestep_of(schedule.levels[t]) - t as f64).abs() < 1e-9);
        }
        assert_eq!(schedule.timestep_of(NoiseLevel::DATA), 0.0);
        assert_eq!(schedule.timestep_of(NoiseLevel::from_log_snr(-50.0)), 999.0);

        let middle = (schedule.levels[10].log_snr() + schedule.levels[11].log_snr()) / 2.0;
        assert!((schedule.timestep_of(NoiseLevel::from_log_snr(middle)) - 10.5).abs() < 1e-9);

        assert!((0..1000).all(|t| schedule.level_at(t as f64) == schedule.levels[t]));
        assert!((schedule.level_at(10.5).log_snr() - middle).abs() < 1e-12);
        assert!((schedule.timestep_of(schedule.level_at(700.25)) - 700.25).abs() < 1e-9);
        assert_eq!((schedule.level_at(-1.0), schedule.level_at(1e9)), (schedule.levels[0], schedule.levels[999]));
    }

    #[test]
    fn trained_betas_equal_the_schedule_they_were_taken_from() {
        let linear = Schedule::new(&BetaSchedule::Linear, 10, 1e-4, 0.02);
        let trained = BetaSchedule::Trained(betas(&BetaSchedule::Linear, 10, 1e-4, 0.02));

        assert_eq!(Schedule::new(&trained, 10, 0.5, 0.5), linear);
    }

    #[test]
    fn sigmoid_betas_are_diffusers() {
        let betas = betas(&BetaSchedule::Sigmoid, 1000, 1e-4, 0.02);
        for (i, expected) in [(0, 1.49205e-4), (500, 0.010_079_879_79), (999, 0.019_950_794_79)] {
            assert!((betas[i] - expected).abs() < 1e-9, "{i}: {}, not {expected}", betas[i]);
        }
    }

    #[test]
    fn no_signal_is_left_at_the_last_timestep_of_a_rescaled_schedule() {
        let schedule = Schedule::new(&BetaSchedule::ScaledLinear, 1000, 0.000_85, 0.012);
        let rescaled = schedule.clone().with_zero_terminal_snr();
        assert!((rescaled.levels[0].log_snr() - schedule.levels[0].log_snr()).abs() < 1e-9);
        assert!(rescaled.levels.windows(2).all(|pair| pair[0] > pair[1]));
        let last = rescaled.levels[999];
        assert_eq!((last.sqrt_alpha_bar(), last.sigma(), last.is_noise()), (0.0, 1.0, true));
        assert_eq!((rescaled.level_at(999.0), rescaled.level_at(998.0)), (last, rescaled.levels[998]));
        assert_eq!(rescaled.timestep_of(last), 999.0);
        assert!((rescaled.timestep_of(rescaled.levels[998]) - 998.0).abs() < 1e-9);
        assert_eq!(rescaled.ends(), [rescaled.levels[0], rescaled.levels[998]]);
        let one = Schedule::from_betas(&[0.5]);
        assert_eq!(one.clone().with_zero_terminal_snr(), one);
    }
}
