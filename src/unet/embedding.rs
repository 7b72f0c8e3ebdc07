//! The embedding of the timestep, and of the label beside it.

use super::linear::Linear;
use crate::checkpoint::class_mix::ClassMix;
use crate::checkpoint::config::{Activation, ClassEmbedding, UNetConfig};
use crate::checkpoint::time_features::TimeFeatures;
use crate::checkpoint::weights::Weights;
use crate::error::Error;

/// Timesteps and labels become one vector for each image.
#[derive(Debug)]
pub struct Embedding {
    features: TimeFeatures,
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

impl Embedding {
    /// The layers `time_proj`, `time_embedding` and `class_embedding`.
    pub fn load(weights: &mut Weights, config: &UNetConfig) -> Result<Self, Error> {
        let features = TimeFeatures::load(weights, config)?;
        let width = config.time_embedding_dim;
        let time = Mlp::load(weights, "time_embedding", config.time_features(), width)?;
        let class = match config.class_embedding {
            ClassEmbedding::None | ClassEmbedding::Channels(_) => Class::None,
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
            Class::Table(table) => ClassMix::rows(table, self.width, classes),
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
