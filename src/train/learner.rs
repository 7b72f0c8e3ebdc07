//! The network that learns: its design, its first weights, and its forward pass.

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::mlp::{self, Mlp, Size};
use super::random;
use crate::burn::Network;
use crate::checkpoint::UNetConfig;
use crate::checkpoint::class_mix::ClassMix;
use crate::checkpoint::layout::{self, Slot};
use crate::checkpoint::weights::Weights;
use crate::checkpoint::written::{self, safetensors_of};
use crate::error::Error;
use crate::math::fourier::Fourier;

/// A network under training.
#[derive(Module, Debug)]
pub enum Learner {
    /// For points of the plane.
    Points(Mlp),
    /// For images.
    Images(Network),
}

/// What a network is like.
#[derive(Debug, Clone, PartialEq)]
pub enum Design {
    /// For points.
    Points(Size),
    /// For images: diffusers' `UNet2DModel`.
    Images(UNetConfig),
}

impl Design {
    /// The tensors of such a network.
    pub fn slots(&self) -> Vec<Slot> {
        match self {
            Self::Points(size) => mlp::slots(size),
            Self::Images(config) => layout::slots(config),
        }
    }

    /// The Fourier features that a network for images takes.
    pub fn fourier(&self) -> Option<Fourier> {
        match self {
            Self::Points(_) => None,
            Self::Images(config) => config.fourier,
        }
    }

    /// The network with the weights of a safetensors file.
    ///
    /// # Errors
    /// Those of [`Weights::open`] and [`Weights::take`].
    pub fn with_weights(&self, file: &[u8], device: &Device) -> Result<Learner, Error> {
        let mut weights = Weights::open(file, &self.slots())?;
        Ok(match self {
            Self::Points(size) => {
                let network = Mlp::init(size, device);
                Learner::Points(crate::burn::load::load(network, &mut weights)?)
            }
            Self::Images(config) => Learner::Images(Network::load(&mut weights, config, device)?),
        })
    }

    /// Random weights, as PyTorch begins with them, but for the last layer: it gives 0, which is the mean of what is to be predicted.
    pub fn first_weights(&self, seed: u64) -> Vec<u8> {
        let mut fan_in = 1;
        let tensors = self.slots().into_iter().enumerate().map(|(index, (name, shape))| {
            let count: usize = shape.iter().product();
            let is_matrix = shape.len() > 1;
            if is_matrix {
                fan_in = shape[1..].iter().product();
            }
            let elements = match name.as_str() {
                "out.weight" | "out.bias" | "conv_out.weight" | "conv_out.bias" => vec![0.0; count],
                "class_embedding.weight" | "time_proj.weight" => random::normal_weights(seed, index as u32, count),
                _ if name.contains("norm") => vec![if name.ends_with(".weight") { 1.0 } else { 0.0 }; count],
                // A bias follows its matrix.
                _ => random::uniform_weights(seed, index as u32, 1.0 / (fan_in as f64).sqrt(), count),
            };
            written::Tensor { name, shape, elements }
        });
        safetensors_of(&tensors.collect::<Vec<_>>())
    }
}

impl Learner {
    /// Applies the network, with a timestep for each example, and a class where the network has classes.
    ///
    /// # Shapes
    /// - x: `[batch, channels, height, width]`; of points `[batch, 2, 1, 1]`
    /// - output: as x, or with twice the channels where a variance is learned
    pub fn forward(&self, x: Tensor<4>, timesteps: &[f64], classes: &[ClassMix]) -> Tensor<4> {
        match self {
            Self::Points(mlp) => mlp.forward(x, timesteps),
            Self::Images(network) => network.forward(x, timesteps, classes),
        }
    }
}
