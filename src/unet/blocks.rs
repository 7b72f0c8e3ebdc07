//! The levels of the U-Net: encoder, middle, decoder.

use super::attention::Attention;
use super::loader::Loader;
use super::path::Path;
use super::resample::{Downsample, Upsample};
use super::resnet::Resnet;
use super::time_rows::TimeRows;
use crate::checkpoint::config::{Mid, UNetConfig};
use crate::checkpoint::layer_shapes::ResnetShape;
use crate::checkpoint::level::{Level, LevelKind};
use crate::error::Error;
use crate::kernels::{Edge, Image, Source, doubled_filtered};

/// One level of the encoder.
#[derive(Debug)]
pub struct DownBlock {
    layers: Vec<Layer>,
    downsample: Option<Downsample>,
}

/// The lowest level: two residual blocks, and self-attention between them if there is any.
#[derive(Debug)]
pub struct MidBlock {
    first: Resnet,
    attention: Option<Attention>,
    second: Resnet,
}

/// One level of the decoder.
#[derive(Debug)]
pub struct UpBlock {
    layers: Vec<Layer>,
    upsample: Option<Upsample>,
    kind: LevelKind,
}

/// A residual block, and the attention that follows it if there is any.
#[derive(Debug)]
pub struct Layer {
    resnet: Resnet,
    attention: Option<Attention>,
}

impl Layer {
    /// The `index`-th layer of the level `name`, with the level's `attention`-th attention behind it if there is one.
    pub fn load(
        weights: &mut Loader,
        config: &UNetConfig,
        (name, index, attention): (&str, usize, Option<usize>),
        shape: ResnetShape,
        level: Level,
    ) -> Result<Self, Error> {
        let resnet = Resnet::load(weights, &format!("{name}.resnets.{index}"), config, shape)?;
        let (groups, scale_factor) = config.attention_shape(level);
        let attention = attention.map(|index| {
            let name = format!("{name}.attentions.{index}");
            Attention::load(weights, &name, config, shape.channels[1], Some(groups), scale_factor)
        });
        Ok(Self { resnet, attention: attention.transpose()? })
    }

    fn forward(&self, source: Source<'_>, times: &TimeRows) -> Image {
        let h = self.resnet.forward(source, times);
        match &self.attention {
            Some(attention) => attention.forward(&h),
            None => h,
        }
    }
}

impl DownBlock {
    /// A level of the encoder.
    pub fn new(layers: Vec<Layer>, downsample: Option<Downsample>) -> Self {
        Self { layers, downsample }
    }

    /// Applies the level, and adds the output of each of its layers to the path's skips.
    ///
    /// # Shapes
    /// - path.h before: `[batch, height, width, inputs]`
    /// - path.h after: `[batch, height, width, outputs]`, halved unless this is the last level
    pub fn forward(&self, path: &mut Path, times: &TimeRows) {
        for layer in &self.layers {
            path.h = layer.forward(Source::from(&path.h), times);
            path.skips.push(path.h.clone());
        }
        if let Some(downsample) = &self.downsample {
            downsample.forward(path, times);
        }
    }
}

impl MidBlock {
    /// The layers `mid_block`.
    pub fn load(weights: &mut Loader, config: &UNetConfig, mid: Mid) -> Result<Self, Error> {
        let (shape, channels) = (config.mid_resnet(mid), config.channels[config.channels.len() - 1]);
        let mut resnet = |name| Resnet::load(weights, name, config, shape);
        let (first, second) = (resnet("mid_block.resnets.0")?, resnet("mid_block.resnets.1")?);
        let attention = match mid.attention {
            true => {
                let (name, groups) = ("mid_block.attentions.0", mid.attention_groups);
                Some(Attention::load(weights, name, config, channels, groups, mid.scale_factor)?)
            }
            false => None,
        };
        Ok(Self { first, attention, second })
    }

    /// Applies the level.
    ///
    /// # Shapes
    /// - x: `[batch, height, width, channels]`
    /// - output: as x
    pub fn forward(&self, x: &Image, times: &TimeRows) -> Image {
        let mut h = self.first.forward(Source::from(x), times);
        if let Some(attention) = &self.attention {
            h = attention.forward(&h);
        }
        self.second.forward(Source::from(&h), times)
    }
}

impl UpBlock {
    /// A level of the decoder.
    pub fn new(layers: Vec<Layer>, upsample: Option<Upsample>, kind: LevelKind) -> Self {
        Self { layers, upsample, kind }
    }

    /// Applies the level, and takes the last of the path's skips for each of its layers.
    ///
    /// # Shapes
    /// - path.h before: `[batch, height, width, below]`
    /// - path.h after: `[batch, height, width, outputs]`, doubled unless this is the last level
    pub fn forward(&self, path: &mut Path, times: &TimeRows) {
        for (index, layer) in self.layers.iter().enumerate() {
            let skip =
                path.skips.pop().expect("the encoder's levels push at least as many skips as the decoder's take");
            // K blocks take the last one only.
            let skip = Some(&skip).filter(|_| self.kind != LevelKind::K || index == 0);
            path.h = layer.forward(Source { skip, ..Source::from(&path.h) }, times);
        }
        if self.kind == LevelKind::Skip {
            path.picture = path.picture.take().map(|picture| doubled_filtered(&picture, Edge::Zero));
        }
        if let Some(upsample) = &self.upsample {
            upsample.forward(path, times);
        }
    }
}
