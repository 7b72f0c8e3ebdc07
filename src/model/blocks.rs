//! The levels of the U-Net: encoder, middle, decoder.

use burn::tensor::Tensor;

use super::attention::Attention;
use super::config::{Level, Mid, UNetConfig};
use super::resample::{Downsample, Upsample};
use super::resnet::{Inside, Resnet};
use super::weights::Weights;

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
        weights: &mut Weights,
        name: &str,
        index: usize,
        config: &UNetConfig,
        level: Level,
        channels: [usize; 2],
    ) -> Self {
        let resnet = Resnet::load(weights, &format!("{name}.resnets.{index}"), config, channels, Inside::Same, 1.0);
        let groups = Some(config.norm_num_groups);
        let attention = format!("{name}.attentions.{index}");
        let attention = level.attention.then(|| Attention::load(weights, &attention, config, channels[1], groups, 1.0));
        Self { resnet, attention }
    }

    fn forward(&self, x: Tensor<4>, temb: &Tensor<2>) -> Tensor<4> {
        let h = self.resnet.forward(x, temb);
        match &self.attention {
            Some(attention) => attention.forward(h),
            None => h,
        }
    }
}

impl DownBlock {
    /// Level `index` of the encoder, 0 being the highest resolution.
    pub fn load(weights: &mut Weights, config: &UNetConfig, index: usize) -> Self {
        let name = format!("down_blocks.{index}");
        let (level, outputs) = (config.down[index], config.channels[index]);
        let inputs = config.channels[index.saturating_sub(1)];
        let layer = |weights: &mut Weights, j| {
            let channels = [if j == 0 { inputs } else { outputs }, outputs];
            Layer::load(weights, &name, j, config, level, channels)
        };
        let layers = (0..config.layers_per_block).map(|j| layer(weights, j)).collect();
        let is_last = index + 1 == config.channels.len();
        let downsampler = format!("{name}.downsamplers.0");
        let downsample = (!is_last).then(|| Downsample::load(weights, &downsampler, config, level.resample, outputs));
        Self { layers, downsample }
    }

    /// Applies the level, and adds the output of each of its layers to `skips`.
    ///
    /// # Shapes
    /// - x: `[batch, inputs, height, width]`
    /// - temb: `[batch, time_embedding_dim]`
    /// - output: `[batch, outputs, height, width]`, halved unless this is the last level
    pub fn forward(&self, x: Tensor<4>, temb: &Tensor<2>, skips: &mut Vec<Tensor<4>>) -> Tensor<4> {
        let mut h = x;
        for layer in &self.layers {
            h = layer.forward(h, temb);
            skips.push(h.clone());
        }
        if let Some(downsample) = &self.downsample {
            h = downsample.forward(h, temb);
            skips.push(h.clone());
        }
        h
    }
}

impl MidBlock {
    /// The layers `mid_block`.
    pub fn load(weights: &mut Weights, config: &UNetConfig, mid: Mid) -> Self {
        let channels = config.channels[config.channels.len() - 1];
        let resnet = |weights: &mut Weights, name| {
            Resnet::load(weights, name, config, [channels; 2], Inside::Same, mid.scale_factor)
        };
        let first = resnet(weights, "mid_block.resnets.0");
        let attention = "mid_block.attentions.0";
        let attention = mid
            .attention
            .then(|| Attention::load(weights, attention, config, channels, mid.attention_groups, mid.scale_factor));
        Self { first, attention, second: resnet(weights, "mid_block.resnets.1") }
    }

    /// Applies the level.
    ///
    /// # Shapes
    /// - x: `[batch, channels, height, width]`
    /// - temb: `[batch, time_embedding_dim]`
    /// - output: as x
    pub fn forward(&self, x: Tensor<4>, temb: &Tensor<2>) -> Tensor<4> {
        let mut h = self.first.forward(x, temb);
        if let Some(attention) = &self.attention {
            h = attention.forward(h);
        }
        self.second.forward(h, temb)
    }
}

impl UpBlock {
    /// Level `index` of the decoder, 0 being the lowest resolution.
    pub fn load(weights: &mut Weights, config: &UNetConfig, index: usize) -> Self {
        let name = format!("up_blocks.{index}");
        let level = config.up[index];
        // The channels of the level below, of this one, and of the one above, whose output is this level's last skip.
        let at = |index: usize| config.channels[(config.channels.len() - 1).saturating_sub(index)];
        let (below, outputs, above) = (at(index.saturating_sub(1)), at(index), at(index + 1));
        let last = config.layers_per_block;
        let layer = |weights: &mut Weights, j| {
            let skip = if j == last { above } else { outputs };
            let inputs = if j == 0 { below } else { outputs };
            Layer::load(weights, &name, j, config, level, [inputs + skip, outputs])
        };
        let layers = (0..=last).map(|j| layer(weights, j)).collect();
        let is_last = index + 1 == config.channels.len();
        let upsampler = format!("{name}.upsamplers.0");
        let upsample = (!is_last).then(|| Upsample::load(weights, &upsampler, config, level.resample, outputs));
        Self { layers, upsample }
    }

    /// Applies the level, and takes the last of `skips` for each of its layers.
    ///
    /// # Shapes
    /// - x: `[batch, below, height, width]`
    /// - temb: `[batch, time_embedding_dim]`
    /// - output: `[batch, outputs, height, width]`, doubled unless this is the last level
    pub fn forward(&self, x: Tensor<4>, temb: &Tensor<2>, skips: &mut Vec<Tensor<4>>) -> Tensor<4> {
        let mut h = x;
        for layer in &self.layers {
            let skip = skips
                .pop()
                .expect("the encoder's levels push as many skips as the decoder's layers take: levels * (layers + 1)");
            h = layer.forward(Tensor::cat(vec![h, skip], 1), temb);
        }
        match &self.upsample {
            Some(upsample) => upsample.forward(h, temb),
            None => h,
        }
    }
}
