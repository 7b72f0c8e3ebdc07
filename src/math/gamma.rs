//! VDM's time: gamma = -log SNR as a rising function of a time from 0 (near the data) to 1 (Kingma et al. 2021, section 3.2).

use super::level::NoiseLevel;
use super::schedule::Schedule;

/// gamma and its slope at a time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct At {
    /// -gamma.
    pub level: NoiseLevel,
    /// gamma'(u), above 0.
    pub slope: f64,
}

/// gamma by its values at times that lie evenly, and straight between them.
#[derive(Debug, Clone, PartialEq)]
pub struct Gamma {
    /// Rising; at least two, the first at time 0.
    values: Vec<f64>,
}

impl Gamma {
    /// Straight between the ends of `schedule`: the paper's fixed linear one. The noisy end is the last timestep that has a signal left.
    pub fn linear(schedule: &Schedule) -> Self {
        Self { values: schedule.ends().map(|level| -level.log_snr()).to_vec() }
    }

    /// Through these values; `None` where there are fewer than two, or they do not rise.
    pub fn through(values: Vec<f64>) -> Option<Self> {
        let rises = values.len() >= 2 && values.windows(2).all(|pair| pair[0] < pair[1]);
        (rises && values.iter().all(|value| value.is_finite())).then_some(Self { values })
    }

    /// Its values, at times that lie evenly from 0 to 1.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// gamma(0) and gamma(1).
    pub fn ends(&self) -> [f64; 2] {
        [self.values[0], self.values[self.values.len() - 1]]
    }

    /// gamma at a time from 0 to 1.
    pub fn at(&self, u: f64) -> At {
        self.before_end(1.0 - u)
    }

    /// The levels of a run of `num_steps` steps, noisiest first: at the times `1, 1 - 1 / K, ..., 1 / K`.
    pub fn levels(&self, num_steps: usize) -> impl Iterator<Item = NoiseLevel> {
        (0..num_steps).map(move |i| self.before_end(i as f64 / num_steps as f64).level)
    }

    /// The level next to the data, where VDM's reconstruction starts.
    pub fn first_level(&self) -> NoiseLevel {
        NoiseLevel::from_log_snr(-self.values[0])
    }

    /// gamma at the time `1 - rest`.
    fn before_end(&self, rest: f64) -> At {
        let pieces = self.values.len() - 1;
        let back = rest.clamp(0.0, 1.0) * pieces as f64;
        let piece = (back as usize).min(pieces - 1);
        let (end, start) = (self.values[pieces - piece], self.values[pieces - piece - 1]);
        let level = NoiseLevel::from_log_snr((back - piece as f64) * (end - start) - end);
        At { level, slope: (end - start) * pieces as f64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_straight_between_its_values() {
        let gamma = Gamma::through(vec![-4.0, -1.0, 5.0]).expect("it rises");
        for (u, value, slope) in
            [(0.0, -4.0, 6.0), (0.25, -2.5, 6.0), (0.5, -1.0, 6.0), (0.75, 2.0, 12.0), (1.0, 5.0, 12.0)]
        {
            let At { level, slope: found } = gamma.at(u);
            assert!((level.log_snr() + value).abs() < 1e-12, "gamma({u}) is {}", -level.log_snr());
            assert!(found == slope || u == 0.5, "{found} at {u}");
        }
        assert_eq!(gamma.ends(), [-4.0, 5.0]);
        let levels: Vec<f64> = gamma.levels(4).map(NoiseLevel::log_snr).collect();
        assert_eq!(levels, [-5.0, -2.0, 1.0, 2.5]);
    }

    #[test]
    fn the_linear_one_runs_between_the_ends_of_the_schedule() {
        let schedule = Schedule::from_betas(&[0.1, 0.2, 0.5]);
        let gamma = Gamma::linear(&schedule);
        let levels: Vec<NoiseLevel> = gamma.levels(2).collect();
        assert_eq!(levels[0], schedule.level_at(2.0));
        let middle = (schedule.level_at(0.0).log_snr() + schedule.level_at(2.0).log_snr()) / 2.0;
        assert!((levels[1].log_snr() - middle).abs() < 1e-12);
        assert_eq!(gamma.first_level(), schedule.level_at(0.0));
    }

    #[test]
    fn what_does_not_rise_is_none() {
        for values in [vec![], vec![1.0], vec![0.0, 0.0], vec![0.0, 2.0, 1.0], vec![0.0, f64::INFINITY]] {
            assert_eq!(Gamma::through(values), None);
        }
    }
}
