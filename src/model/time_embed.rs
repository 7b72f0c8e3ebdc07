//! The embedding of the timestep, and of the label beside it.

use std::f64::consts::PI;

use super::class_mix::ClassMix;
use super::config::{Activation, ClassEmbedding, TimeEmbedding, UNetConfig};
use super::linear::Linear;
use super::weights::Weights;
use crate::error::Error;

/// The longest period of the positional embedding, in timesteps.
const LONGEST_PERIOD: f64 = 10000.0;

/// Timesteps and labels become one vector for each image.
#[derive(Debug)]
pub struct Conditioning {
    features: Features,
    time: Mlp,
    class: Class,
    width: usize,
}

/// Two affine maps with SiLU between them, whatever the network's activation is.
#[derive(Debug)]
struct Mlp {
    first: Linear,
    second: Linear,
}

/// How labels are embedded.
#[derive(Debug)]
enum Class {
    None,
    Table(Vec<f32>),
    Timestep(Mlp),
}

/// What the embedding of a timestep begins with.
#[derive(Debug)]
enum Features {
    Positional { width: usize, freq_shift: f64, flip_sin_to_cos: bool },
    Fourier { frequencies: Vec<f32> },
    Learned { width: usize, table: Vec<f32> },
}

impl Conditioning {
    /// The layers `time_proj`, `time_embedding` and `class_embedding`.
    pub fn load(weights: &mut Weights, config: &UNetConfig) -> Result<Self, Error> {
        let features = Features::load(weights, config)?;
        let width = config.time_embedding_dim;
        let time = Mlp::load(weights, "time_embedding", config.time_features(), width)?;
        let class = match config.class_embedding {
            ClassEmbedding::None => Class::None,
            ClassEmbedding::Table(_) => Class::Table(weights.take("class_embedding.weight")?),
            ClassEmbedding::Timestep => {
                Class::Timestep(Mlp::load(weights, "class_embedding", config.time_features(), width)?)
            }
        };
        Ok(Self { features, time, class, width })
    }

    /// The embedding of each image's timestep and class. Classes are ignored where the network has none; `timesteps` and
    /// labels are in range.
    ///
    /// # Shapes
    /// - timesteps, classes: one for each image
    /// - output: `[batch, time_embedding_dim]`
    pub fn forward(&self, timesteps: &[f64], classes: &[ClassMix]) -> Vec<f32> {
        let mut emb = self.time.forward(&self.features.embed(timesteps));
        let of_classes = match &self.class {
            Class::None => return emb,
            Class::Table(table) => mixed_rows(table, self.width, classes),
            Class::Timestep(mlp) => self.mixed_embeddings(mlp, classes),
        };
        emb.iter_mut().zip(of_classes).for_each(|(emb, class)| *emb += class);
        emb
    }

    /// Every part of every mix goes through the same layers as a label alone, and is weighted after them.
    fn mixed_embeddings(&self, mlp: &Mlp, classes: &[ClassMix]) -> Vec<f32> {
        let of_mix = |mix: &ClassMix| {
            let mut sum = vec![0.0; self.width];
            for (label, weight) in mix.parts() {
                let embedded = mlp.forward(&self.features.embed(&[*label as f64]));
                sum.iter_mut().zip(embedded).for_each(|(sum, x)| *sum += *weight as f32 * x);
            }
            sum
        };
        classes.iter().flat_map(of_mix).collect()
    }
}

impl Mlp {
    fn load(weights: &mut Weights, name: &str, inputs: usize, outputs: usize) -> Result<Self, Error> {
        Ok(Self {
            first: Linear::load(weights, &format!("{name}.linear_1"), inputs, outputs)?,
            second: Linear::load(weights, &format!("{name}.linear_2"), outputs, outputs)?,
        })
    }

    fn forward(&self, x: &[f32]) -> Vec<f32> {
        let mut hidden = self.first.forward(x);
        hidden.iter_mut().for_each(|x| *x = Activation::Silu.of(*x));
        self.second.forward(&hidden)
    }
}

impl Features {
    fn load(weights: &mut Weights, config: &UNetConfig) -> Result<Self, Error> {
        let width = config.channels[0];
        Ok(match config.time_embedding {
            TimeEmbedding::Positional => {
                let (freq_shift, flip_sin_to_cos) = (config.freq_shift, config.flip_sin_to_cos);
                Self::Positional { width, freq_shift, flip_sin_to_cos }
            }
            TimeEmbedding::Fourier => Self::Fourier { frequencies: weights.take("time_proj.weight")? },
            TimeEmbedding::Learned { .. } => Self::Learned { width, table: weights.take("time_proj.weight")? },
        })
    }

    /// One row for each timestep.
    fn embed(&self, timesteps: &[f64]) -> Vec<f32> {
        let row = |t: &f64| match self {
            Self::Learned { width, table } => table[*t as usize * width..][..*width].to_vec(),
            Self::Positional { width, freq_shift, flip_sin_to_cos } => {
                positional(*t as f32, *width, *freq_shift, *flip_sin_to_cos)
            }
            Self::Fourier { frequencies } => fourier(*t as f32, frequencies),
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

/// The sum of a table's rows for each image, times their weights.
fn mixed_rows(table: &[f32], width: usize, classes: &[ClassMix]) -> Vec<f32> {
    let row = |mix: &ClassMix| {
        let element = |column: usize| {
            let parts =
                mix.parts().iter().map(|(label, weight)| weight * f64::from(table[*label as usize * width + column]));
            parts.sum::<f64>() as f32
        };
        (0..width).map(element).collect::<Vec<f32>>()
    };
    classes.iter().flat_map(row).collect()
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

    #[test]
    fn the_rows_of_a_mix_are_summed_by_weight() {
        let table = [0.0, 2.0, 4.0, 8.0, -1.0, 0.5];
        let mixes = [ClassMix::new([(0, 0.25), (1, 0.75)]), ClassMix::one(2)];
        assert_eq!(mixed_rows(&table, 2, &mixes), [3.0, 6.5, -1.0, 0.5]);
    }
}
