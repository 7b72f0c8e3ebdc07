//! The levels of the U-Net: encoder, middle, decoder.

use burn::module::Module;
use burn::nn::GroupNorm;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::tensor::{Device, Tensor};

use super::attention::Attention;
use super::embedding::Embedded;
use super::norm::{self, apply};
use super::pixels::{conv3x3, doubled_filtered, halved_filtered};
use super::resample::{Downsample, Upsample};
use super::resnet::Resnet;
use crate::checkpoint::config::{Activation, Mid, UNetConfig};
use crate::checkpoint::layer_shapes::{Inside, ResnetShape};
use crate::checkpoint::level::{Level, LevelKind, SKIP_CHANNELS};
use crate::math::filter::Edge;

/// What goes from level to level.
#[derive(Debug)]
pub struct Path {
    /// The last layer's output.
    pub h: Tensor<4>,
    /// Outputs of the encoder that the decoder has not taken yet.
    pub skips: Vec<Tensor<4>>,
    /// The picture that skip blocks hand on: the network's input in the encoder, a part of its output in the decoder.
    pub picture: Option<Tensor<4>>,
}

/// One level of the encoder.
#[derive(Module, Debug)]
pub struct DownBlock {
    resnets: Vec<Resnet>,
    attentions: Option<Vec<Attention>>,
    downsamplers: Option<Vec<Downsample>>,
    resnet_down: Option<Resnet>,
    skip_conv: Option<Conv2d>,
    filters: bool,
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
    resnet_up: Option<Resnet>,
    skip_norm: Option<GroupNorm>,
    skip_conv: Option<Conv2d>,
    filters: bool,
    #[module(skip)]
    kind: LevelKind,
}

/// Residual blocks of these shapes, and so many attentions.
fn layers(
    config: &UNetConfig,
    level: Level,
    shapes: &[ResnetShape],
    attentions: usize,
    device: &Device,
) -> (Vec<Resnet>, Option<Vec<Attention>>) {
    let (groups, scale_factor) = config.attention_shape(level);
    let attention =
        |shape: &ResnetShape| Attention::init(config, shape.channels[1], Some(groups), scale_factor, device);
    let attentions = (attentions > 0).then(|| shapes[..attentions].iter().map(attention).collect());
    (shapes.iter().map(|shape| Resnet::init(config, *shape, device)).collect(), attentions)
}

/// A residual block, and the attention that follows it if there is any: the last ones have it.
fn layer(
    resnets: &[Resnet],
    attentions: Option<&Vec<Attention>>,
    index: usize,
    x: Tensor<4>,
    emb: &Embedded,
) -> Tensor<4> {
    let h = resnets[index].forward(x, emb);
    let attentions = attentions.map_or(&[][..], Vec::as_slice);
    match (index + attentions.len()).checked_sub(resnets.len()) {
        Some(index) => attentions[index].forward(h),
        None => h,
    }
}

impl DownBlock {
    /// Level `index` of the encoder, 0 being the highest resolution.
    pub fn init(config: &UNetConfig, index: usize, device: &Device) -> Self {
        let (level, channels) = (config.down[index], config.channels[index]);
        let shapes: Vec<_> = (0..config.layers_per_block).map(|layer| config.down_resnet(index, layer)).collect();
        let (resnets, attentions) = layers(config, level, &shapes, config.down_attentions(index), device);
        let halves = |kind| index + 1 < config.channels.len() && level.kind == kind;
        let resnet = || Resnet::init(config, config.resampling_resnet(level, channels, Inside::HalveFiltered), device);
        let downsample = Downsample::init(config, level, channels, device);
        Self {
            resnets,
            attentions,
            downsamplers: downsample.filter(|_| halves(level.kind)).map(|layer| vec![layer]),
            resnet_down: halves(LevelKind::Skip).then(resnet),
            skip_conv: halves(LevelKind::Skip)
                .then(|| Conv2dConfig::new([SKIP_CHANNELS, channels], [1, 1]).init(device)),
            filters: halves(LevelKind::K),
        }
    }

    /// Applies the level, and adds the output of each of its layers to the path's skips.
    ///
    /// # Shapes
    /// - path.h before: `[batch, inputs, height, width]`
    /// - path.h after: `[batch, outputs, height, width]`, halved unless this is the last level
    pub fn forward(&self, path: Path, emb: &Embedded) -> Path {
        let Path { mut h, mut skips, mut picture } = path;
        for index in 0..self.resnets.len() {
            h = layer(&self.resnets, self.attentions.as_ref(), index, h, emb);
            skips.push(h.clone());
        }
        for downsample in self.downsamplers.iter().flatten() {
            h = downsample.forward(h, emb);
            skips.push(h.clone());
        }
        if let (Some(resnet), Some(conv), Some(whole)) = (&self.resnet_down, &self.skip_conv, &picture) {
            let half = halved_filtered(whole.clone(), Edge::Zero);
            h = resnet.forward(h, emb) + conv.forward(half.clone());
            picture = Some(half);
            skips.push(h.clone());
        }
        if self.filters {
            h = halved_filtered(h, Edge::Mirror);
        }
        Path { h, skips, picture }
    }
}

impl MidBlock {
    /// The layers `mid_block`.
    pub fn init(config: &UNetConfig, mid: Mid, device: &Device) -> Self {
        let (channels, scale) = (config.channels[config.channels.len() - 1], mid.scale_factor);
        let resnet = |_| Resnet::init(config, config.mid_resnet(mid), device);
        let attention = || vec![Attention::init(config, channels, mid.attention_groups, scale, device)];
        Self { resnets: (0..2).map(resnet).collect(), attentions: mid.attention.then(attention) }
    }

    /// Applies the level.
    ///
    /// # Shapes
    /// - x: `[batch, channels, height, width]`
    /// - output: as x
    pub fn forward(&self, x: Tensor<4>, emb: &Embedded) -> Tensor<4> {
        let h = self.resnets[0].forward(x, emb);
        let h = self.attentions.iter().flatten().fold(h, |h, attention| attention.forward(h));
        self.resnets[1..].iter().fold(h, |h, resnet| resnet.forward(h, emb))
    }
}

impl UpBlock {
    /// Level `index` of the decoder, 0 being the lowest resolution.
    pub fn init(config: &UNetConfig, index: usize, device: &Device) -> Self {
        let (level, channels) = (config.up[index], config.up_outputs(index));
        let shapes: Vec<_> = (0..config.up_layers(index)).map(|layer| config.up_resnet(index, layer)).collect();
        let (resnets, attentions) = layers(config, level, &shapes, config.up_attentions(index), device);
        let doubles = |kind| index + 1 < config.channels.len() && level.kind == kind;
        let shape = config.resampling_resnet(level, channels, Inside::DoubleFiltered);
        let upsample = Upsample::init(config, level, channels, device);
        Self {
            resnets,
            attentions,
            upsamplers: upsample.filter(|_| doubles(level.kind)).map(|layer| vec![layer]),
            resnet_up: doubles(LevelKind::Skip).then(|| Resnet::init(config, shape, device)),
            skip_norm: doubles(LevelKind::Skip).then(|| norm::init(channels, shape.groups[1], config.norm_eps, device)),
            skip_conv: doubles(LevelKind::Skip).then(|| conv3x3([channels, SKIP_CHANNELS], device)),
            filters: doubles(LevelKind::K),
            kind: level.kind,
        }
    }

    /// Applies the level, and takes the last of the path's skips for each of its layers.
    ///
    /// # Shapes
    /// - path.h before: `[batch, below, height, width]`
    /// - path.h after: `[batch, outputs, height, width]`, doubled unless this is the last level
    pub fn forward(&self, path: Path, emb: &Embedded) -> Path {
        let Path { mut h, mut skips, mut picture } = path;
        for index in 0..self.resnets.len() {
            let skip = skips.pop().expect("the encoder's levels push at least as many skips as the decoder's take");
            // K blocks take the last one only.
            let x = if self.kind != LevelKind::K || index == 0 { Tensor::cat(vec![h, skip], 1) } else { h };
            h = layer(&self.resnets, self.attentions.as_ref(), index, x, emb);
        }
        for upsample in self.upsamplers.iter().flatten() {
            h = upsample.forward(h, emb);
        }
        if self.kind == LevelKind::Skip {
            picture = picture.map(|picture| doubled_filtered(picture, Edge::Zero));
        }
        if let (Some(norm), Some(conv), Some(resnet)) = (&self.skip_norm, &self.skip_conv, &self.resnet_up) {
            // SiLU here, whatever the network's activation is.
            let of_level = conv.forward(apply(Activation::Silu, norm::forward(norm, h.clone())));
            picture = Some(match picture {
                Some(picture) => picture + of_level,
                None => of_level,
            });
            h = resnet.forward(h, emb);
        }
        if self.filters {
            h = doubled_filtered(h, Edge::Mirror);
        }
        Path { h, skips, picture }
    }
}
