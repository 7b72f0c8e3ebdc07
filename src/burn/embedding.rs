//! The embedding of the timestep, and of the label beside it.

use burn::module::Module;
use burn::nn::{Embedding, EmbeddingConfig, Linear, LinearConfig};
use burn::tensor::{Device, Int, Tensor, TensorData, activation};

use super::norm::apply;
use crate::checkpoint::class_mix::ClassMix;
use crate::checkpoint::config::{Activation, ClassEmbedding, UNetConfig};
use crate::checkpoint::time_features::TimeFeatures;

/// Timesteps and labels become one vector for each image.
#[derive(Module, Debug)]
pub struct Embeddings {
    #[module(skip)]
    features: TimeFeatures,
    time_embedding: TimestepEmbedding,
    class_embedding: Option<Classes>,
    width: usize,
}

/// The embedding as the residual blocks take it, `[batch, time_embedding_dim]`.
#[derive(Debug)]
pub struct Embedded {
    /// After the activation.
    pub activated: Tensor<2>,
    /// As it is.
    pub raw: Tensor<2>,
}

impl Embedded {
    /// Of the embedding as it is, and the network's activation.
    pub fn of(raw: Tensor<2>, activation: Activation) -> Self {
        Self { activated: apply(activation, raw.clone()), raw }
    }
}

/// Two affine maps with SiLU between them, whatever the network's activation is.
#[derive(Module, Debug)]
pub struct TimestepEmbedding {
    linear_1: Linear,
    linear_2: Linear,
}

/// How labels are embedded.
#[derive(Module, Debug)]
pub enum Classes {
    /// By a table.
    Table(Embedding),
    /// As timesteps are.
    Timestep(TimestepEmbedding),
}

impl Embeddings {
    /// The layers `time_embedding` and `class_embedding`.
    pub fn init(config: &UNetConfig, features: TimeFeatures, device: &Device) -> Self {
        let (inputs, width) = (config.time_features(), config.time_embedding_dim);
        let class_embedding = match config.class_embedding {
            ClassEmbedding::None | ClassEmbedding::Channels(_) => None,
            ClassEmbedding::Table(rows) => Some(Classes::Table(EmbeddingConfig::new(rows, width).init(device))),
            ClassEmbedding::Timestep => Some(Classes::Timestep(TimestepEmbedding::init(inputs, width, device))),
        };
        Self { features, time_embedding: TimestepEmbedding::init(inputs, width, device), class_embedding, width }
    }

    /// The embedding of each image's timestep and class. Classes are ignored where the network has none; `timesteps` and labels are
    /// in range.
    ///
    /// # Shapes
    /// - timesteps, classes: one for each image
    /// - output: `[batch, time_embedding_dim]`
    pub fn forward(&self, timesteps: &[f64], classes: &[ClassMix]) -> Tensor<2> {
        let emb = self.embedded(&self.time_embedding, timesteps);
        match &self.class_embedding {
            None => emb,
            Some(layer) => emb + self.mixed(layer, classes),
        }
    }

    /// Every part of every mix is embedded as a label alone is, and weighted after it.
    fn mixed(&self, layer: &Classes, classes: &[ClassMix]) -> Tensor<2> {
        let parts: Vec<(usize, i64, f64)> = (classes.iter().enumerate())
            .flat_map(|(image, mix)| mix.parts().iter().map(move |(label, weight)| (image, *label, *weight)))
            .collect();
        let labels: Vec<i64> = parts.iter().map(|(_, label, _)| *label).collect();
        let rows = match layer {
            Classes::Table(table) => {
                let device = self.device();
                let labels: Vec<i32> = labels.iter().map(|label| *label as i32).collect();
                let labels = TensorData::new(labels, [1, parts.len()]);
                table.forward(Tensor::<2, Int>::from_data(labels, &device)).reshape([parts.len(), self.width])
            }
            Classes::Timestep(layer) => {
                self.embedded(layer, &labels.iter().map(|label| *label as f64).collect::<Vec<f64>>())
            }
        };
        if parts.len() == classes.len() {
            return rows;
        }

        let mut weights = vec![0.0; classes.len() * parts.len()];
        for (part, (image, _, weight)) in parts.iter().enumerate() {
            weights[image * parts.len() + part] = *weight as f32;
        }
        Tensor::from_data(TensorData::new(weights, [classes.len(), parts.len()]), &self.device()).matmul(rows)
    }

    fn embedded(&self, layer: &TimestepEmbedding, timesteps: &[f64]) -> Tensor<2> {
        let features = self.features.embed(timesteps);
        let shape = [timesteps.len(), features.len() / timesteps.len()];
        layer.forward(Tensor::from_data(TensorData::new(features, shape), &self.device()))
    }

    fn device(&self) -> Device {
        self.time_embedding.linear_1.weight.val().device()
    }
}

impl TimestepEmbedding {
    /// The layers from `inputs` to `outputs` elements.
    pub fn init(inputs: usize, outputs: usize, device: &Device) -> Self {
        Self {
            linear_1: LinearConfig::new(inputs, outputs).init(device),
            linear_2: LinearConfig::new(outputs, outputs).init(device),
        }
    }

    /// Applies both.
    ///
    /// # Shapes
    /// - x: `[rows, inputs]`
    /// - output: `[rows, outputs]`
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        self.linear_2.forward(activation::silu(self.linear_1.forward(x)))
    }
}
