//! Changes of resolution.

use super::conv::Conv;
use super::loader::Loader;
use super::resnet::{Inside, Resnet};
use super::time_rows::TimeRows;
use crate::checkpoint::config::{Resample, UNetConfig};
use crate::error::Error;
use crate::kernels::{Image, Source};

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
        weights: &mut Loader,
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
    /// - output: `[batch, height / 2, width / 2, channels]`
    pub fn forward(&self, x: &Image, times: &TimeRows) -> Image {
        match self {
            Self::Conv(conv) => conv.forward(Source::from(x)),
            Self::Resnet(resnet) => resnet.forward(Source::from(x), times),
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
        weights: &mut Loader,
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
    /// - output: `[batch, 2 height, 2 width, channels]`
    pub fn forward(&self, x: &Image, times: &TimeRows) -> Image {
        match self {
            Self::Conv(conv) => conv.forward(Source::from(x).doubled()),
            Self::Resnet(resnet) => resnet.forward(Source::from(x), times),
        }
    }
}
