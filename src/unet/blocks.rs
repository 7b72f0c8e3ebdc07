//! The levels of the U-Net: encoder, middle, decoder.

use super::attention::Attention;
use super::loader::Loader;
use super::resample::{Downsample, Upsample};
use super::resnet::{Inside, Resnet};
use super::time_rows::TimeRows;
use crate::checkpoint::config::{Level, Mid, UNetConfig};
use crate::error::Error;
use crate::kernels::{Image, Source};

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
}

/// A residual block, and the attention that follows it if there is any.
#[derive(Debug)]
struct Layer {
    resnet: Resnet,
    attention: Option<Attention>,
}

impl Layer {
    /// Layer `index` of the level `name`.
    fn load(
        weights: &mut Loader,
        name: &str,
        index: usize,
        config: &UNetConfig,
        level: Level,
        channels: [usize; 2],
    ) -> Result<Self, Error> {
        let resnet = format!("{name}.resnets.{index}");
        let resnet = Resnet::load(weights, &resnet, config, channels, Inside::Same, 1.0)?;
        let attention = match level.attention {
            true => {
                let (name, groups) = (format!("{name}.attentions.{index}"), Some(config.norm_num_groups));
                Some(Attention::load(weights, &name, config, channels[1], groups, 1.0)?)
            }
            false => None,
        };
        Ok(Self { resnet, attention })
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
    /// Level `index` of the encoder, 0 being the highest resolution.
    pub fn load(weights: &mut Loader, config: &UNetConfig, index: usize) -> Result<Self, Error> {
        let (name, level) = (format!("down_blocks.{index}"), config.down[index]);
        let layer = |j| Layer::load(weights, &name, j, config, level, config.down_channels(index, j));
        let layers = (0..config.layers_per_block).map(layer).collect::<Result<_, _>>()?;
        let downsample = match index + 1 == config.channels.len() {
            true => None,
            false => {
                let name = format!("{name}.downsamplers.0");
                Some(Downsample::load(weights, &name, config, level.resample, config.channels[index])?)
            }
        };
        Ok(Self { layers, downsample })
    }

    /// Applies the level, and adds the output of each of its layers to `skips`.
    ///
    /// # Shapes
    /// - x: `[batch, height, width, inputs]`
    /// - output: `[batch, height, width, outputs]`, halved unless this is the last level
    pub fn forward(&self, x: Image, times: &TimeRows, skips: &mut Vec<Image>) -> Image {
        let mut h = x;
        for layer in &self.layers {
            h = layer.forward(Source::from(&h), times);
            skips.push(h.clone());
        }
        if let Some(downsample) = &self.downsample {
            h = downsample.forward(&h, times);
            skips.push(h.clone());
        }
        h
    }
}

impl MidBlock {
    /// The layers `mid_block`.
    pub fn load(weights: &mut Loader, config: &UNetConfig, mid: Mid) -> Result<Self, Error> {
        let channels = config.channels[config.channels.len() - 1];
        let mut resnet = |name| Resnet::load(weights, name, config, [channels; 2], Inside::Same, mid.scale_factor);
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
    /// Level `index` of the decoder, 0 being the lowest resolution.
    pub fn load(weights: &mut Loader, config: &UNetConfig, index: usize) -> Result<Self, Error> {
        let (name, level) = (format!("up_blocks.{index}"), config.up[index]);
        let layer = |j| Layer::load(weights, &name, j, config, level, config.up_channels(index, j));
        let layers = (0..=config.layers_per_block).map(layer).collect::<Result<_, _>>()?;
        let upsample = match index + 1 == config.channels.len() {
            true => None,
            false => {
                let (name, [_, outputs]) = (format!("{name}.upsamplers.0"), config.up_channels(index, 0));
                Some(Upsample::load(weights, &name, config, level.resample, outputs)?)
            }
        };
        Ok(Self { layers, upsample })
    }

    /// Applies the level, and takes the last of `skips` for each of its layers.
    ///
    /// # Shapes
    /// - x: `[batch, height, width, below]`
    /// - output: `[batch, height, width, outputs]`, doubled unless this is the last level
    pub fn forward(&self, x: Image, times: &TimeRows, skips: &mut Vec<Image>) -> Image {
        let mut h = x;
        for layer in &self.layers {
            let skip = skips
                .pop()
                .expect("the encoder's levels push as many skips as the decoder's layers take: levels * (layers + 1)");
            h = layer.forward(Source { skip: Some(&skip), ..Source::from(&h) }, times);
        }
        match &self.upsample {
            Some(upsample) => upsample.forward(&h, times),
            None => h,
        }
    }
}
