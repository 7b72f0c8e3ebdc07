//! VDM's noise schedule gamma(u) = -log SNR, u from 0 (near the data) to 1: linear, or learned between its ends (`monotone.rs`), or with
//! ends that are learned (`ends.rs`).

use super::ends::{Ends, Found};
use super::monotone::Monotone;
use super::schedule_parameters::ScheduleParameters;
use crate::math::gamma::{At, Gamma as Path};
use crate::math::level::NoiseLevel;
use crate::math::schedule::Schedule;

/// Values by which a learned schedule is told to others.
const TOLD: usize = 257;

/// A schedule between two ends.
pub struct Gamma {
    /// The schedule where it is not learned; its ends are those of one that is.
    fixed: Path,
    learned: Option<Monotone>,
    ends: Option<Ends>,
}

impl Gamma {
    /// That of a model; learned if that is asked for, from a linear one between its ends on.
    pub fn new(fixed: Path, is_learned: bool, learns_ends: bool) -> Self {
        let ends = learns_ends.then(|| Ends::new(fixed.ends()));
        Self { fixed, learned: is_learned.then(Monotone::new), ends }
    }

    /// gamma(0) and gamma(1).
    pub fn ends(&self) -> [f64; 2] {
        self.ends.as_ref().map_or_else(|| self.fixed.ends(), Ends::values)
    }

    /// The schedule for others, where it is not the linear one of `schedule`.
    pub fn told(&self, schedule: &Schedule) -> Option<Path> {
        if !self.is_learned() {
            return (self.fixed != Path::linear(schedule)).then(|| self.fixed.clone());
        }
        let [first, last] = self.ends();
        let inside = (1..TOLD - 1).map(|i| -self.at(i as f64 / (TOLD - 1) as f64).level.log_snr());
        Path::through([first].into_iter().chain(inside).chain([last]).collect())
    }

    /// Whether anything of it is learned.
    pub fn is_learned(&self) -> bool {
        self.learned.is_some() || self.ends.is_some()
    }

    /// The schedule at a time.
    pub fn at(&self, u: f64) -> At {
        if !self.is_learned() {
            return self.fixed.at(u);
        }
        let [first, last] = self.ends();
        let (share, slope) = self.learned.as_ref().map_or_else(|| self.share_of_fixed(u), |learned| learned.share(u));
        At { level: NoiseLevel::from_log_snr(-(first + share * (last - first))), slope: slope * (last - first) }
    }

    /// The share of the way that the schedule of a model has gone at `u`, and its slope.
    fn share_of_fixed(&self, u: f64) -> (f64, f64) {
        let [first, last] = self.fixed.ends();
        let At { level, slope } = self.fixed.at(u);
        ((-level.log_snr() - first) / (last - first), slope / (last - first))
    }

    /// What is learned, by its name in a state.
    pub fn learned_mut(&mut self) -> impl Iterator<Item = (&'static str, &mut ScheduleParameters)> {
        let inside = self.learned.as_mut().map(|learned| ("gamma", &mut learned.parameters));
        inside.into_iter().chain(self.ends.as_mut().map(|ends| ("ends", &mut ends.parameters)))
    }

    /// The same, to look at.
    pub fn learned(&self) -> impl Iterator<Item = (&'static str, &ScheduleParameters)> {
        let inside = self.learned.as_ref().map(|learned| ("gamma", &learned.parameters));
        inside.into_iter().chain(self.ends.as_ref().map(|ends| ("ends", &ends.parameters)))
    }

    /// Takes up what its optimiser holds now.
    pub fn refresh(&mut self) {
        if let Some(learned) = &mut self.learned {
            learned.refresh();
        }
    }

    /// Makes the losses vary less that were found at these times, and moves the ends to where the bound is lower. `batch` is its images and
    /// their noise.
    pub fn learn(&mut self, found: &[(f64, f64)], mean_square: f64, (x_0, noise): (&[f32], &[f32])) {
        let errors = [0.0, 1.0].map(|end| self.error_next_to(end, found));
        if let Some(ends) = &mut self.ends {
            ends.learn(&Found { mean_square, errors, x_0, noise });
        }
        if let Some(learned) = &mut self.learned {
            learned.learn(found);
        }
    }

    /// The squared error of the noise at the time that is nearest to an end: a loss is it times half the slope.
    fn error_next_to(&self, end: f64, found: &[(f64, f64)]) -> f64 {
        let nearest = found.iter().min_by(|a, b| (a.0 - end).abs().total_cmp(&(b.0 - end).abs()));
        nearest.map_or(0.0, |(u, loss)| 2.0 * loss / self.at(*u).slope)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_rises_from_one_end_to_the_other() {
        let schedule = Schedule::from_betas(&[0.01, 0.2, 0.5]);
        for is_learned in [false, true] {
            let gamma = Gamma::new(Path::linear(&schedule), is_learned, false);
            let values: Vec<f64> = (0..=50).map(|i| -gamma.at(f64::from(i) / 50.0).level.log_snr()).collect();
            assert!(values.windows(2).all(|pair| pair[0] < pair[1]), "{values:?}");
            for (found, t) in [(values[0], 0), (values[50], 2)] {
                let expected = -schedule.level_at(f64::from(t)).log_snr();
                assert!((found - expected).abs() < 1e-9, "{found}, not {expected}");
            }
            let slope = (gamma.at(0.3 + 1e-6).level.log_snr() - gamma.at(0.3 - 1e-6).level.log_snr()) / -2e-6;
            assert!((gamma.at(0.3).slope / slope - 1.0).abs() < 1e-6);
        }
    }
}
