//! Changes of resolution.

use burn::tensor::Tensor;

use super::config::{Resample, UNetConfig};
use super::conv::Conv;
use super::resnet::{Inside, Resnet};
use super::weights::Weights;
use crate::error::Error;

/// The end of an encoder's level: half the resolution.
#[derive(Debug)]
pub enum Downsample {
    /// A convolution of stride 2.
    Conv(Conv),
    /// A residual block that halves inside.
    Resnet(Resnet),
}

impl Downsample {
    /// The layer `name` of `channels`.
    pub fn load(
        weights: &mut Weights,
        name: &str,
        config: &UNetConfig,
        kind: Resample,
        channels: usize,
    ) -> Result<Self, Error> {
        Ok(match kind {
            Resample::Conv => {
                let name = format!("{name}.conv");
                Self::Conv(Conv::load_halving(weights, &name, channels, config.downsample_padding)?)
            }
            Resample::Resnet => Self::Resnet(Resnet::load(weights, name, config, [channels; 2], Inside::Halve, 1.0)?),
        })
    }

    /// Halves the resolution.
    ///
    /// # Shapes
    /// - x: `[batch, height, width, channels]`, both sides even
    /// - temb: `[batch, time_embedding_dim]`
    /// - output: `[batch, height / 2, width / 2, channels]`
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
    Conv(Conv),
    /// A residual block that doubles inside.
    Resnet(Resnet),
}

impl Upsample {
    /// The layer `name` of `channels`.
    pub fn load(
        weights: &mut Weights,
        name: &str,
        config: &UNetConfig,
        kind: Resample,
        channels: usize,
    ) -> Result<Self, Error> {
        Ok(match kind {
            Resample::Conv => Self::Conv(Conv::load(weights, &format!("{name}.conv"), channels, channels)?),
            Resample::Resnet => Self::Resnet(Resnet::load(weights, name, config, [channels; 2], Inside::Double, 1.0)?),
        })
    }

    /// Doubles the resolution.
    ///
    /// # Shapes
    /// - x: `[batch, height, width, channels]`
    /// - temb: `[batch, time_embedding_dim]`
    /// - output: `[batch, 2 height, 2 width, channels]`
    pub fn forward(&self, x: Tensor<4>, temb: &Tensor<2>) -> Tensor<4> {
        match self {
            Self::Conv(conv) => conv.forward(doubled(x)),
            Self::Resnet(resnet) => resnet.forward(x, temb),
        }
    }
}

/// Every 2x2 block becomes its mean.
pub fn halved(x: Tensor<4>) -> Tensor<4> {
    let [batch, height, width, channels] = x.dims();
    let by_row = x.reshape([batch * height / 2, 2, width / 2, 2 * channels]).sum_dim(1);
    let sums = by_row.reshape([batch * height / 2, width / 2, 2, channels]).sum_dim(2);
    sums.div_scalar(4.0).reshape([batch, height / 2, width / 2, channels])
}

/// Every pixel becomes a 2x2 block.
pub fn doubled(x: Tensor<4>) -> Tensor<4> {
    let [batch, height, width, channels] = x.dims();
    let x = x.reshape([batch * height, 1, width, channels]);
    let x = Tensor::cat(vec![x.clone(), x], 3).reshape([batch * height, 1, 2 * width, channels]);
    Tensor::cat(vec![x.clone(), x], 1).reshape([batch, 2 * height, 2 * width, channels])
}
