//! The levels of the U-Net: encoder, middle, decoder.

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::attention::Attention;
use super::resample::{Downsample, Upsample};
use super::resnet::{Inside, Resnet};
use crate::checkpoint::config::{Mid, UNetConfig};

/// One level of the encoder.
#[derive(Module, Debug)]
pub struct DownBlock {
    resnets: Vec<Resnet>,
    attentions: Option<Vec<Attention>>,
    downsamplers: Option<Vec<Downsample>>,
}

/// The lowest level: two residual blocks, and self-attention between them if there is any.
#[derive(Module, Debug)]
pub struct MidBlock {
    resnets: Vec<Resnet>,
    attentions: Option<Vec<Attention>>,
}

/// One level of the decoder.
#[derive(Module, Debug)]
pub struct UpBlock {
    resnets: Vec<Resnet>,
    attentions: Option<Vec<Attention>>,
    upsamplers: Option<Vec<Upsample>>,
}

/// Residual blocks of these channels, and as many attentions where the level has them.
fn layers(
    config: &UNetConfig,
    channels: &[[usize; 2]],
    attention: bool,
    device: &Device,
) -> (Vec<Resnet>, Option<Vec<Attention>>) {
    let resnet = |channels: &[usize; 2]| Resnet::init(config, *channels, Inside::Same, 1.0, device);
    let attention_of =
        |[_, outputs]: &[usize; 2]| Attention::init(config, *outputs, Some(config.norm_num_groups), 1.0, device);
    let attentions = attention.then(|| channels.iter().map(attention_of).collect());
    (channels.iter().map(resnet).collect(), attentions)
}

/// A residual block, and the attention that follows it if there is any.
fn layer(
    resnets: &[Resnet],
    attentions: Option<&Vec<Attention>>,
    index: usize,
    x: Tensor<4>,
    emb: &Tensor<2>,
) -> Tensor<4> {
    let h = resnets[index].forward(x, emb);
    match attentions {
        Some(attentions) => attentions[index].forward(h),
        None => h,
    }
}

impl DownBlock {
    /// Level `index` of the encoder, 0 being the highest resolution.
    pub fn init(config: &UNetConfig, index: usize, device: &Device) -> Self {
        let level = config.down[index];
        let channels: Vec<_> = (0..config.layers_per_block).map(|layer| config.down_channels(index, layer)).collect();
        let (resnets, attentions) = layers(config, &channels, level.attention, device);
        let halves = index + 1 < config.channels.len();
        let downsample = || vec![Downsample::init(config, level.resample, config.channels[index], device)];
        Self { resnets, attentions, downsamplers: halves.then(downsample) }
    }

    /// Applies the level, and adds the output of each of its layers to `skips`.
    ///
    /// # Shapes
    /// - x: `[batch, inputs, height, width]`
    /// - output: `[batch, outputs, height, width]`, halved unless this is the last level
    pub fn forward(&self, x: Tensor<4>, emb: &Tensor<2>, skips: &mut Vec<Tensor<4>>) -> Tensor<4> {
        let mut h = x;
        for index in 0..self.resnets.len() {
            h = layer(&self.resnets, self.attentions.as_ref(), index, h, emb);
            skips.push(h.clone());
        }
        for downsample in self.downsamplers.iter().flatten() {
            h = downsample.forward(h, emb);
            skips.push(h.clone());
        }
        h
    }
}

impl MidBlock {
    /// The layers `mid_block`.
    pub fn init(config: &UNetConfig, mid: Mid, device: &Device) -> Self {
        let (channels, scale) = (config.channels[config.channels.len() - 1], mid.scale_factor);
        let resnet = |_| Resnet::init(config, [channels; 2], Inside::Same, scale, device);
        let attention = || vec![Attention::init(config, channels, mid.attention_groups, scale, device)];
        Self { resnets: (0..2).map(resnet).collect(), attentions: mid.attention.then(attention) }
    }

    /// Applies the level.
    ///
    /// # Shapes
    /// - x: `[batch, channels, height, width]`
    /// - output: as x
    pub fn forward(&self, x: Tensor<4>, emb: &Tensor<2>) -> Tensor<4> {
        let h = self.resnets[0].forward(x, emb);
        let h = self.attentions.iter().flatten().fold(h, |h, attention| attention.forward(h));
        self.resnets[1..].iter().fold(h, |h, resnet| resnet.forward(h, emb))
    }
}

impl UpBlock {
    /// Level `index` of the decoder, 0 being the lowest resolution.
    pub fn init(config: &UNetConfig, index: usize, device: &Device) -> Self {
        let level = config.up[index];
        let channels: Vec<_> = (0..=config.layers_per_block).map(|layer| config.up_channels(index, layer)).collect();
        let (resnets, attentions) = layers(config, &channels, level.attention, device);
        let doubles = index + 1 < config.channels.len();
        let [_, outputs] = channels[0];
        let upsample = || vec![Upsample::init(config, level.resample, outputs, device)];
        Self { resnets, attentions, upsamplers: doubles.then(upsample) }
    }

    /// Applies the level, and takes the last of `skips` for each of its layers.
    ///
    /// # Shapes
    /// - x: `[batch, below, height, width]`
    /// - output: `[batch, outputs, height, width]`, doubled unless this is the last level
    pub fn forward(&self, x: Tensor<4>, emb: &Tensor<2>, skips: &mut Vec<Tensor<4>>) -> Tensor<4> {
        let mut h = x;
        for index in 0..self.resnets.len() {
            let skip = skips
                .pop()
                .expect("the encoder's levels push as many skips as the decoder's layers take: levels * (layers + 1)");
            h = layer(&self.resnets, self.attentions.as_ref(), index, Tensor::cat(vec![h, skip], 1), emb);
        }
        self.upsamplers.iter().flatten().fold(h, |h, upsample| upsample.forward(h, emb))
    }
}
