//! Changes of resolution.

use super::conv::Conv;
use super::loader::Loader;
use super::norm;
use super::path::Path;
use super::resnet::Resnet;
use super::time_rows::TimeRows;
use crate::checkpoint::config::{Activation, UNetConfig};
use crate::checkpoint::layer_shapes::Inside;
use crate::checkpoint::level::{Level, LevelKind, SKIP_CHANNELS};
use crate::error::Error;
use crate::kernels::{Added, Edge, GroupNorm, Image, Source, doubled_filtered, halved_filtered};

/// The end of an encoder's level: half the resolution.
#[derive(Debug)]
pub enum Downsample {
    /// A convolution of stride 2.
    Conv(Conv),
    /// A residual block that halves inside.
    Resnet(Resnet),
    /// The same, and a convolution of the halved picture that is added to its output.
    Skip(Resnet, Conv),
    /// A filter. Its output is no skip.
    Filter,
}

impl Downsample {
    /// The end of the level `name`, which has `channels`.
    pub fn load(
        weights: &mut Loader,
        name: &str,
        config: &UNetConfig,
        level: Level,
        channels: usize,
    ) -> Result<Self, Error> {
        let shape = |inside| config.resampling_resnet(level, channels, inside);
        let part = |part: &str| format!("{name}.{part}");
        Ok(match level.kind {
            LevelKind::Conv => {
                let name = part("downsamplers.0.conv");
                Self::Conv(Conv::load_halving(weights, &name, channels, config.downsample_padding)?)
            }
            LevelKind::Resnet => {
                Self::Resnet(Resnet::load(weights, &part("downsamplers.0"), config, shape(Inside::Halve))?)
            }
            LevelKind::Skip => Self::Skip(
                Resnet::load(weights, &part("resnet_down"), config, shape(Inside::HalveFiltered))?,
                Conv::load_pointwise(weights, &part("skip_conv"), SKIP_CHANNELS, channels)?,
            ),
            LevelKind::K => Self::Filter,
        })
    }

    /// Halves the resolution of the path, and of its picture where the level has one.
    ///
    /// # Shapes
    /// - path.h before: `[batch, height, width, channels]`, both sides even
    /// - path.h after: `[batch, height / 2, width / 2, channels]`
    pub fn forward(&self, path: &mut Path, times: &TimeRows) {
        let source = Source::from(&path.h);
        path.h = match self {
            Self::Conv(conv) => conv.forward(source),
            Self::Resnet(resnet) => resnet.forward(source, times),
            Self::Skip(resnet, conv) => {
                let h = resnet.forward(source, times);
                let picture = path.picture.as_ref().map(|picture| halved_filtered(picture, Edge::Zero));
                let picture = path.picture.insert(picture.expect("the encoder begins with the network's input"));
                conv.forward_plus(Source::from(&*picture), Added::Image(&h))
            }
            Self::Filter => {
                path.h = halved_filtered(&path.h, Edge::Mirror);
                return;
            }
        };
        path.skips.push(path.h.clone());
    }
}

/// The end of a decoder's level: twice the resolution.
#[derive(Debug)]
pub enum Upsample {
    /// A convolution of the doubled image.
    Conv(Conv),
    /// A residual block that doubles inside.
    Resnet(Resnet),
    /// The same, and before it a normalisation and a convolution, whose output is added to the picture.
    Skip(Resnet, GroupNorm, Conv),
    /// A filter.
    Filter,
}

impl Upsample {
    /// The end of the level `name`, which has `channels`.
    pub fn load(
        weights: &mut Loader,
        name: &str,
        config: &UNetConfig,
        level: Level,
        channels: usize,
    ) -> Result<Self, Error> {
        let shape = |inside| config.resampling_resnet(level, channels, inside);
        let part = |part: &str| format!("{name}.{part}");
        Ok(match level.kind {
            LevelKind::Conv => Self::Conv(Conv::load(weights, &part("upsamplers.0.conv"), channels, channels)?),
            LevelKind::Resnet => {
                Self::Resnet(Resnet::load(weights, &part("upsamplers.0"), config, shape(Inside::Double))?)
            }
            LevelKind::Skip => {
                let shape = shape(Inside::DoubleFiltered);
                let grouped = [channels, shape.groups[1]];
                // SiLU here, whatever the network's activation is.
                let act = Some(Activation::Silu);
                Self::Skip(
                    Resnet::load(weights, &part("resnet_up"), config, shape)?,
                    norm::load(weights, &part("skip_norm"), grouped, config.norm_eps, act)?,
                    Conv::load(weights, &part("skip_conv"), channels, SKIP_CHANNELS)?,
                )
            }
            LevelKind::K => Self::Filter,
        })
    }

    /// Doubles the resolution of the path, and adds to its picture where the level has one.
    ///
    /// # Shapes
    /// - path.h before: `[batch, height, width, channels]`
    /// - path.h after: `[batch, 2 height, 2 width, channels]`
    pub fn forward(&self, path: &mut Path, times: &TimeRows) {
        let source = Source::from(&path.h);
        path.h = match self {
            Self::Conv(conv) => conv.forward(source.doubled()),
            Self::Resnet(resnet) => resnet.forward(source, times),
            Self::Skip(resnet, norm, conv) => {
                let added = path.picture.as_ref().map_or(Added::Nothing, Added::Image);
                let picture: Image = conv.forward_plus(source.normed(norm), added);
                path.picture = Some(picture);
                resnet.forward(source, times)
            }
            Self::Filter => doubled_filtered(&path.h, Edge::Mirror),
        };
    }
}
