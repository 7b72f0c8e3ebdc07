//! VDM's noise schedule between its ends, as a monotone network that is learned (Kingma et al. 2021, appendix H).
//!
//! The bound in continuous time does not depend on the schedule between its ends, but the variance of its estimate does. A learned
//! schedule minimises that variance. With q the density of gamma under the schedule and m the error there, the second moment of the loss
//! is E[L^2] = (1 / 4) int m^2 / q dgamma, whose gradient needs m at the places that are looked at, and not its derivative: the pass that
//! trains the network serves both (the paper's appendix I.2 has the same by the chain rule).

use super::schedule_parameters::ScheduleParameters;

/// Units of the hidden layer. The paper has 1024, for a schedule of any shape.
const UNITS: usize = 32;

/// A monotone network with positive weights: h + sum w_3 sigmoid(w_2 h + b_2), h = w_1 u + b_1, from 0 to 1 by subtraction and division.
pub struct Monotone {
    /// ln w_1, b_1, and for each unit ln w_2, b_2, ln w_3, with their optimiser.
    pub parameters: ScheduleParameters,
    /// The same as numbers.
    values: Vec<f64>,
}

/// The network at a time: its value, its first and second derivative by the time, and both by each parameter.
struct Point {
    value: f64,
    slope: f64,
    bend: f64,
    value_by: Vec<f64>,
    slope_by: Vec<f64>,
}

impl Monotone {
    /// Nearly a straight line.
    pub fn new() -> Self {
        // Units that turn at different times, small beside the straight line.
        let unit = |k: usize| [2.5, -12.0 * (k as f32 + 0.5) / UNITS as f32, -5.0];
        let first: Vec<f32> = [0.0, 0.0].into_iter().chain((0..UNITS).flat_map(unit)).collect();
        let parameters = ScheduleParameters::new(first);
        Self { values: parameters.values(), parameters }
    }

    /// Takes up what the optimiser holds now.
    pub fn refresh(&mut self) {
        self.values = self.parameters.values();
    }

    /// The share of the way that is gone at `u`, and its slope.
    pub fn share(&self, u: f64) -> (f64, f64) {
        let [start, end, here] = [0.0, 1.0, u].map(|u| self.point(u));
        let range = end.value - start.value;
        ((here.value - start.value) / range, here.slope / range)
    }

    fn point(&self, u: f64) -> Point {
        let (w_1, b_1) = (libm::exp(self.values[0]), self.values[1]);
        let h = w_1 * u + b_1;
        let mut point = Point { value: h, slope: 1.0, bend: 0.0, value_by: vec![0.0; 2], slope_by: vec![0.0; 2] };
        for unit in self.values[2..].chunks_exact(3) {
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
        let mut gradient = vec![0.0; self.values.len()];
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

    /// Makes the losses vary less that were found at these times.
    pub fn learn(&mut self, found: &[(f64, f64)]) {
        let gradient = self.gradient(found);
        self.parameters.advance(gradient);
        self.refresh();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Times of a sum in place of an integral.
    const TIMES: u32 = 2000;

    /// A network with other parameters than the first ones, and so much more in one of them.
    fn moved(parameter: usize, by: f64) -> Monotone {
        let mut learned = Monotone::new();
        for (i, value) in learned.values.iter_mut().enumerate() {
            *value += 0.3 * libm::sin(i as f64) + if i == parameter { by } else { 0.0 };
        }
        learned
    }

    /// The second moment of the loss for an error m(gamma) that is known, by a fine sum over times.
    fn second_moment(learned: &Monotone) -> f64 {
        let times = (0..TIMES).map(|i| (f64::from(i) + 0.5) / f64::from(TIMES));
        let losses = times.map(|u| learned.share(u)).map(|(way, slope)| slope * error(way));
        losses.map(|loss| loss * loss).sum::<f64>() / f64::from(TIMES)
    }

    fn error(way: f64) -> f64 {
        0.2 + libm::exp(-20.0 * (way - 0.6) * (way - 0.6))
    }

    #[test]
    fn the_gradient_is_that_of_the_second_moment() {
        let learned = moved(0, 0.0);
        let times = (0..TIMES).map(|i| (f64::from(i) + 0.5) / f64::from(TIMES));
        let found: Vec<(f64, f64)> = times
            .map(|u| {
                let (way, slope) = learned.share(u);
                (u, slope * error(way))
            })
            .collect();
        let gradient = learned.gradient(&found);
        let most = gradient.iter().fold(0.0f64, |most, by| most.max(by.abs()));
        let (step, moment) = (1e-4, second_moment(&learned));
        for (i, by) in gradient.iter().enumerate() {
            let quotient = (second_moment(&moved(i, step)) - second_moment(&moved(i, -step))) / (2.0 * step);
            // The gradient is that of the moment's logarithm.
            let off = (by - quotient / moment) / most;
            assert!(off.abs() < 1e-3, "parameter {i}: {by}, not {}", quotient / moment);
        }
    }

    #[test]
    fn what_is_learned_varies_less() {
        let mut learned = Monotone::new();
        let before = second_moment(&learned);
        for step in 0..600 {
            let found = (0..64).map(|i| (f64::from(i) + (f64::from(step) * 0.618).fract()) / 64.0);
            let losses: Vec<(f64, f64)> = found
                .map(|u| {
                    let (way, slope) = learned.share(u);
                    (u, slope * error(way))
                })
                .collect();
            learned.learn(&losses);
        }
        // The mean does not depend on the schedule; with no variance left the second moment is its square.
        let mean = (0..20_000).map(|i| error((f64::from(i) + 0.5) / 20_000.0)).sum::<f64>() / 20_000.0;
        let (variance, first) = (second_moment(&learned) - mean * mean, before - mean * mean);
        assert!(variance < 0.1 * first, "{first} before, {variance} after");
    }
}
