//! Changes of resolution.

use burn::tensor::ops::AvgPoolOptions;
use burn::tensor::{Tensor, module};

use super::config::{Resample, UNetConfig};
use super::conv::Conv3x3;
use super::resnet::{Inside, Resnet};
use super::weights::Weights;

/// The end of an encoder's level: half the resolution.
#[derive(Debug)]
pub enum Downsample {
    /// A convolution of stride 2.
    Conv(Conv3x3),
    /// A residual block that halves inside.
    Resnet(Resnet),
}

impl Downsample {
    /// The layer `name` of `channels`.
    pub fn load(weights: &mut Weights, name: &str, config: &UNetConfig, kind: Resample, channels: usize) -> Self {
        match kind {
            Resample::Conv => {
                let name = format!("{name}.conv");
                Self::Conv(Conv3x3::load_strided(weights, &name, channels, channels, 2, config.downsample_padding))
            }
            Resample::Resnet => Self::Resnet(Resnet::load(weights, name, config, [channels; 2], Inside::Halve, 1.0)),
        }
    }

    /// Halves the resolution.
    ///
    /// # Shapes
    /// - x: `[batch, channels, height, width]`, both sides even
    /// - temb: `[batch, time_embedding_dim]`
    /// - output: `[batch, channels, height / 2, width / 2]`
    pub fn forward(&self, x: Tensor<4>, temb: &Tensor<2>) -> Tensor<4> {
        match self {
            Self::Conv(conv) => conv.forward(x),
            Self::Resnet(resnet) => resnet.forward(x, temb),
        }
    }
}

/// The end of a decoder's level: twice the resolution.
#[derive(Debug)]
pub enum Upsample {
    /// A convolution of the doubled image.
    Conv(Conv3x3),
    /// A residual block that doubles inside.
    Resnet(Resnet),
}

impl Upsample {
    /// The layer `name` of `channels`.
    pub fn load(weights: &mut Weights, name: &str, config: &UNetConfig, kind: Resample, channels: usize) -> Self {
        match kind {
            Resample::Conv => Self::Conv(Conv3x3::load(weights, &format!("{name}.conv"), channels, channels)),
            Resample::Resnet => Self::Resnet(Resnet::load(weights, name, config, [channels; 2], Inside::Double, 1.0)),
        }
    }

    /// Doubles the resolution.
    ///
    /// # Shapes
    /// - x: `[batch, channels, height, width]`
    /// - temb: `[batch, time_embedding_dim]`
    /// - output: `[batch, channels, 2 height, 2 width]`
    pub fn forward(&self, x: Tensor<4>, temb: &Tensor<2>) -> Tensor<4> {
        match self {
            Self::Conv(conv) => conv.forward(doubled(x)),
            Self::Resnet(resnet) => resnet.forward(x, temb),
        }
    }
}

/// Every 2x2 block becomes its mean.
pub fn halved(x: Tensor<4>) -> Tensor<4> {
    module::avg_pool2d(x, AvgPoolOptions::new([2, 2]))
}

/// Every pixel becomes a 2x2 block.
pub fn doubled(x: Tensor<4>) -> Tensor<4> {
    let [batch, channels, height, width] = x.dims();
    let x = x.reshape([batch * channels * height, 1, width, 1]).expand([batch * channels * height, 2, width, 2]);
    x.reshape([batch, channels, 2 * height, 2 * width])
}
