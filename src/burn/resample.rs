//! Changes of resolution. The parts of skip blocks have names of their own in a level, so that they stand there.

use burn::module::Module;
use burn::nn::PaddingConfig2d;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::tensor::ops::PadMode;
use burn::tensor::{Device, Tensor};

use super::embedding::Embedded;
use super::pixels::{conv3x3, doubled};
use super::resnet::Resnet;
use crate::checkpoint::config::UNetConfig;
use crate::checkpoint::layer_shapes::Inside;
use crate::checkpoint::level::{Level, LevelKind};

/// The end of an encoder's level: half the resolution.
#[derive(Module, Debug)]
pub enum Downsample {
    /// A convolution of stride 2.
    Conv(Halving),
    /// A residual block that halves inside.
    Resnet(Resnet),
}

/// A convolution of stride 2.
#[derive(Module, Debug)]
pub struct Halving {
    conv: Conv2d,
    /// Whether one pixel is added at the right and at the bottom only.
    one_sided: bool,
}

impl Downsample {
    /// The layer of `channels`, where the level ends with one.
    pub fn init(config: &UNetConfig, level: Level, channels: usize, device: &Device) -> Option<Self> {
        match level.kind {
            LevelKind::Conv => {
                let padding = config.downsample_padding;
                let around = PaddingConfig2d::Explicit(padding, padding, padding, padding);
                let conv = Conv2dConfig::new([channels; 2], [3, 3]).with_stride([2, 2]).with_padding(around);
                Some(Self::Conv(Halving { conv: conv.init(device), one_sided: padding == 0 }))
            }
            LevelKind::Resnet => {
                let shape = config.resampling_resnet(level, channels, Inside::Halve);
                Some(Self::Resnet(Resnet::init(config, shape, device)))
            }
            LevelKind::Skip | LevelKind::K => None,
        }
    }

    /// Halves the resolution.
    ///
    /// # Shapes
    /// - x: `[batch, channels, height, width]`, both sides even
    /// - output: `[batch, channels, height / 2, width / 2]`
    pub fn forward(&self, x: Tensor<4>, emb: &Embedded) -> Tensor<4> {
        match self {
            Self::Resnet(resnet) => resnet.forward(x, emb),
            // burn-flex 0.22 ignores the end of an asymmetric padding, so those pixels are added before.
            Self::Conv(Halving { conv, one_sided: true }) => {
                conv.forward(x.pad([(0, 1), (0, 1)], PadMode::Constant(0.0)))
            }
            Self::Conv(Halving { conv, .. }) => conv.forward(x),
        }
    }
}

/// The end of a decoder's level: twice the resolution.
#[derive(Module, Debug)]
pub enum Upsample {
    /// A convolution of the doubled image.
    Conv(Doubling),
    /// A residual block that doubles inside.
    Resnet(Resnet),
}

/// A convolution of the doubled image.
#[derive(Module, Debug)]
pub struct Doubling {
    conv: Conv2d,
}

impl Upsample {
    /// The layer of `channels`, where the level ends with one.
    pub fn init(config: &UNetConfig, level: Level, channels: usize, device: &Device) -> Option<Self> {
        match level.kind {
            LevelKind::Conv => Some(Self::Conv(Doubling { conv: conv3x3([channels; 2], device) })),
            LevelKind::Resnet => {
                let shape = config.resampling_resnet(level, channels, Inside::Double);
                Some(Self::Resnet(Resnet::init(config, shape, device)))
            }
            LevelKind::Skip | LevelKind::K => None,
        }
    }

    /// Doubles the resolution.
    ///
    /// # Shapes
    /// - x: `[batch, channels, height, width]`
    /// - output: `[batch, channels, 2 height, 2 width]`
    pub fn forward(&self, x: Tensor<4>, emb: &Embedded) -> Tensor<4> {
        match self {
            Self::Resnet(resnet) => resnet.forward(x, emb),
            Self::Conv(Doubling { conv }) => conv.forward(doubled(x)),
        }
    }
}
