//! VDM's noise schedule gamma(u) = -log SNR, u from 0 (near the data) to 1: linear, or learned (Kingma et al. 2021, appendix H).
//!
//! The bound in continuous time does not depend on the schedule between its ends, but the variance of its estimate does. A learned
//! schedule minimises that variance. With q the density of gamma under the schedule and m the error there, the second moment of the loss
//! is E[L^2] = (1 / 4) int m^2 / q dgamma, whose gradient needs m at the places that are looked at, and not its derivative: the pass that
//! trains the network serves both (the paper's appendix I.2 has the same by the chain rule).

use super::ends::{Ends, Found};
use super::schedule_parameters::ScheduleParameters;
use crate::math::gamma::{At, Gamma as Path};
use crate::math::level::NoiseLevel;
use crate::math::schedule::Schedule;

/// Units of the hidden layer. The paper has 1024, for a schedule of any shape.
const UNITS: usize = 32;

/// Values by which a learned schedule is told to others.
const TOLD: usize = 257;

/// A schedule between two ends.
pub struct Gamma {
    /// The schedule where it is not learned; its ends are those of one that is.
    fixed: Path,
    learned: Option<Learned>,
    ends: Option<Ends>,
}

impl Gamma {
    /// That of a model; learned if that is asked for, from a linear one between its ends on.
    pub fn new(fixed: Path, is_learned: bool, learns_ends: bool) -> Self {
        let ends = learns_ends.then(|| Ends::new(fixed.ends()));
        Self { fixed, learned: is_learned.then(Learned::new), ends }
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
        let inside = self.learned.as_mut().map(|learned| ("gamma", &mut learned.own));
        inside.into_iter().chain(self.ends.as_mut().map(|ends| ("ends", &mut ends.parameters)))
    }

    /// The same, to look at.
    pub fn learned(&self) -> impl Iterator<Item = (&'static str, &ScheduleParameters)> {
        let inside = self.learned.as_ref().map(|learned| ("gamma", &learned.own));
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

/// A monotone network with positive weights: h + sum w_3 sigmoid(w_2 h + b_2), h = w_1 u + b_1, from 0 to 1 by subtraction and division.
struct Learned {
    own: ScheduleParameters,
    /// ln w_1, b_1, and for each unit ln w_2, b_2, ln w_3.
    parameters: Vec<f64>,
}

/// The network at a time: its value, its first and second derivative by the time, and both by each parameter.
struct Point {
    value: f64,
    slope: f64,
    bend: f64,
    value_by: Vec<f64>,
    slope_by: Vec<f64>,
}

impl Learned {
    fn new() -> Self {
        // Units that turn at different times, small beside the straight line.
        let unit = |k: usize| [2.5, -12.0 * (k as f32 + 0.5) / UNITS as f32, -5.0];
        let first: Vec<f32> = [0.0, 0.0].into_iter().chain((0..UNITS).flat_map(unit)).collect();
        let own = ScheduleParameters::new(first);
        Self { parameters: own.values(), own }
    }

    fn refresh(&mut self) {
        self.parameters = self.own.values();
    }

    /// The share of the way that is gone at `u`, and its slope.
    fn share(&self, u: f64) -> (f64, f64) {
        let [start, end, here] = [0.0, 1.0, u].map(|u| self.point(u));
        let range = end.value - start.value;
        ((here.value - start.value) / range, here.slope / range)
    }

    fn point(&self, u: f64) -> Point {
        let (w_1, b_1) = (libm::exp(self.parameters[0]), self.parameters[1]);
        let h = w_1 * u + b_1;
        let mut point = Point { value: h, slope: 1.0, bend: 0.0, value_by: vec![0.0; 2], slope_by: vec![0.0; 2] };
        for unit in self.parameters[2..].chunks_exact(3) {
            let (w_2, b_2, w_3) = (libm::exp(unit[0]), unit[1], libm::exp(unit[2]));
            let s = 1.0 / (1.0 + libm::exp(-(w_2 * h + b_2)));
            let (g, q) = (s * (1.0 - s), s * (1.0 - s) * (1.0 - 2.0 * s));
            point.value += w_3 * s;
            point.slope += w_3 * w_2 * g;
            point.bend += w_3 * w_2 * w_2 * q;
            point.value_by.extend([w_3 * g * h * w_2, w_3 * g, w_3 * s]);
            point.slope_by.extend([w_3 * w_2 * (g + w_2 * q * h), w_3 * w_2 * q, w_3 * w_2 * g].map(|by| w_1 * by));
        }
        // So far by h: h is w_1 u + b_1.
        let (slope, bend) = (point.slope, point.bend);
        [point.value_by[0], point.value_by[1]] = [w_1 * u * slope, slope];
        [point.slope_by[0], point.slope_by[1]] = [w_1 * slope + w_1 * w_1 * u * bend, w_1 * bend];
        [point.slope, point.bend] = [w_1 * slope, w_1 * w_1 * bend];
        point
    }

    /// The gradient of the mean of `loss^2` by the parameters, for losses at times.
    fn gradient(&self, found: &[(f64, f64)]) -> Vec<f64> {
        let [start, end] = [0.0, 1.0].map(|u| self.point(u));
        let range = end.value - start.value;
        let scale = found.iter().map(|(_, loss)| loss * loss).sum::<f64>().max(f64::MIN_POSITIVE);
        let mut gradient = vec![0.0; self.parameters.len()];
        for (u, loss) in found {
            let here = self.point(*u);
            let way = (here.value - start.value) / range;
            for (i, sum) in gradient.iter_mut().enumerate() {
                let range_by = end.value_by[i] - start.value_by[i];
                let value_by = here.value_by[i] - start.value_by[i] - way * range_by;
                let slope_by = here.slope_by[i] / here.slope - range_by / range;
                *sum += loss * loss / scale * (slope_by - here.bend / (here.slope * here.slope) * value_by);
            }
        }
        gradient
    }

    fn learn(&mut self, found: &[(f64, f64)]) {
        let gradient = self.gradient(found);
        self.own.advance(gradient);
        self.refresh();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(by: f64) -> Learned {
        let mut learned = Learned::new();
        for (i, parameter) in learned.parameters.iter_mut().enumerate() {
            *parameter += 0.3 * libm::sin(i as f64) + by * libm::cos(3.0 * i as f64);
        }
        learned
    }

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

    /// The second moment of the loss for an error m(gamma) that is known, by a fine sum over times.
    fn second_moment(learned: &Learned) -> f64 {
        let losses =
            (0..20_000).map(|i| learned.share((f64::from(i) + 0.5) / 20_000.0)).map(|(way, slope)| slope * error(way));
        losses.map(|loss| loss * loss).sum::<f64>() / 20_000.0
    }

    fn error(way: f64) -> f64 {
        0.2 + libm::exp(-20.0 * (way - 0.6) * (way - 0.6))
    }

    #[test]
    fn the_gradient_is_that_of_the_second_moment() {
        let learned = moved(0.0);
        let times = (0..20_000).map(|i| (f64::from(i) + 0.5) / 20_000.0);
        let found: Vec<(f64, f64)> = times
            .map(|u| {
                let (way, slope) = learned.share(u);
                (u, slope * error(way))
            })
            .collect();
        let gradient = learned.gradient(&found);
        let along: f64 = gradient.iter().enumerate().map(|(i, by)| by * libm::cos(3.0 * i as f64)).sum();
        let step = 1e-4;
        let quotient = (second_moment(&moved(step)) - second_moment(&moved(-step))) / (2.0 * step);
        // The gradient is that of a logarithm's half, but for the factor of the sum.
        let expected = quotient / second_moment(&learned);
        assert!((along / expected - 1.0).abs() < 1e-3, "{along}, not {expected}");
    }

    #[test]
    fn what_is_learned_varies_less() {
        let mut gamma = Gamma::new(Path::through(vec![-5.0, 5.0]).expect("it rises"), true, false);
        let moment = |gamma: &Gamma| second_moment(gamma.learned.as_ref().expect("it is learned"));
        let before = moment(&gamma);
        for step in 0..600 {
            let found = (0..64).map(|i| (f64::from(i) + (f64::from(step) * 0.618).fract()) / 64.0);
            let losses: Vec<(f64, f64)> = found
                .map(|u| {
                    let (way, slope) = gamma.learned.as_ref().expect("it is learned").share(u);
                    (u, slope * error(way))
                })
                .collect();
            gamma.learn(&losses, 1.0, (&[], &[]));
        }
        // The mean does not depend on the schedule; with no variance left the second moment is its square.
        let mean = (0..20_000).map(|i| error((f64::from(i) + 0.5) / 20_000.0)).sum::<f64>() / 20_000.0;
        let (variance, first) = (moment(&gamma) - mean * mean, before - mean * mean);
        assert!(variance < 0.1 * first, "{first} before, {variance} after");
    }
}
