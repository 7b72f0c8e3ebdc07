//! What the embedding of a timestep begins with: numbers that are no layer's output.

use std::f64::consts::PI;

use super::config::{TimeEmbedding, UNetConfig};
use super::weights::Weights;
use crate::error::Error;

/// The longest period of the positional embedding, in timesteps.
const LONGEST_PERIOD: f64 = 10000.0;

/// What the embedding of a timestep begins with.
#[derive(Debug, Clone)]
pub struct TimeFeatures(Kind);

#[derive(Debug, Clone)]
enum Kind {
    Positional { width: usize, freq_shift: f64, flip_sin_to_cos: bool },
    Fourier { frequencies: Vec<f32> },
    Learned { width: usize, table: Vec<f32> },
}

impl TimeFeatures {
    /// The features of `config`, and their tensor `time_proj` where they have one.
    pub fn load(weights: &mut Weights, config: &UNetConfig) -> Result<Self, Error> {
        let width = config.channels[0];
        Ok(Self(match config.time_embedding {
            TimeEmbedding::Positional => {
                let (freq_shift, flip_sin_to_cos) = (config.freq_shift, config.flip_sin_to_cos);
                Kind::Positional { width, freq_shift, flip_sin_to_cos }
            }
            TimeEmbedding::Fourier => Kind::Fourier { frequencies: weights.take("time_proj.weight")? },
            TimeEmbedding::Learned { .. } => Kind::Learned { width, table: weights.take("time_proj.weight")? },
        }))
    }

    /// Sines, then cosines, as many as diffusers' positional embedding of that width has by default.
    pub fn positional(width: usize) -> Self {
        Self(Kind::Positional { width, freq_shift: 0.0, flip_sin_to_cos: false })
    }

    /// One row for each timestep.
    ///
    /// # Shapes
    /// - output: `[timesteps, time_features]`
    pub fn embed(&self, timesteps: &[f64]) -> Vec<f32> {
        let row = |t: &f64| match &self.0 {
            Kind::Learned { width, table } => table[*t as usize * width..][..*width].to_vec(),
            Kind::Positional { width, freq_shift, flip_sin_to_cos } => {
                positional(*t as f32, *width, *freq_shift, *flip_sin_to_cos)
            }
            Kind::Fourier { frequencies } => fourier(*t as f32, frequencies),
        };
        timesteps.iter().flat_map(row).collect()
    }
}

/// Sines, then cosines, of `t` at frequencies from 1 down to about 1 / [`LONGEST_PERIOD`]; cosines first where
/// `flip_sin_to_cos` says so.
///
/// Every product is rounded to f32 as diffusers rounds it: at t = 1000 the last bit of an angle is worth 6e-5.
fn positional(t: f32, width: usize, freq_shift: f64, flip_sin_to_cos: bool) -> Vec<f32> {
    let half = width / 2;
    let slope = -libm::log(LONGEST_PERIOD) as f32;
    let spread = (half as f64 - freq_shift) as f32;
    let angles: Vec<f32> = (0..half).map(|k| t * libm::exp(f64::from(slope * k as f32 / spread)) as f32).collect();
    let mut features = sines_then_cosines(&angles);
    if flip_sin_to_cos {
        features.rotate_left(half);
    }
    features.resize(width, 0.0);
    features
}

/// Sines, then cosines, of 2 pi ln(t) times each frequency.
fn fourier(t: f32, frequencies: &[f32]) -> Vec<f32> {
    let log = libm::log(f64::from(t)) as f32;
    let angles: Vec<f32> = frequencies.iter().map(|frequency| log * frequency * 2.0 * PI as f32).collect();
    sines_then_cosines(&angles)
}

fn sines_then_cosines(angles: &[f32]) -> Vec<f32> {
    let sines = angles.iter().map(|angle| libm::sin(f64::from(*angle)) as f32);
    sines.chain(angles.iter().map(|angle| libm::cos(f64::from(*angle)) as f32)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positional_has_sines_then_cosines_at_falling_frequencies() {
        let features = positional(3.0, 4, 1.0, false);
        let angles = [3.0, 3.0 / LONGEST_PERIOD];
        let expected = [angles[0].sin(), angles[1].sin(), angles[0].cos(), angles[1].cos()];
        for (found, expected) in features.iter().zip(expected) {
            assert!((f64::from(*found) - expected).abs() < 1e-6, "{found} against {expected}");
        }
    }

    #[test]
    fn positional_of_an_odd_width_ends_in_zero() {
        let features = positional(3.0, 5, 0.0, true);
        assert_eq!(features[0], 3f64.cos() as f32, "cosines come first");
        assert_eq!((features.len(), features[4]), (5, 0.0), "padding");
    }
}
