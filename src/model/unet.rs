//! The whole network.

use burn::tensor::Tensor;

use super::blocks::{DownBlock, MidBlock, UpBlock};
use super::config::{Activation, UNetConfig};
use super::conv::Conv3x3;
use super::norm::GroupNorm;
use super::time_embed::Conditioning;
use super::weights::Weights;

/// diffusers' `UNet2DModel`.
#[derive(Debug)]
pub struct Network {
    /// Embeds timesteps and labels.
    pub conditioning: Conditioning,
    conv_in: Conv3x3,
    down: Vec<DownBlock>,
    mid: Option<MidBlock>,
    up: Vec<UpBlock>,
    conv_norm_out: GroupNorm,
    conv_out: Conv3x3,
    activation: Activation,
    center_input_sample: bool,
}

impl Network {
    /// The network of `config`; ask [`Weights::finish`] whether it has all its weights before computing with it.
    pub fn load(weights: &mut Weights, config: &UNetConfig) -> Self {
        let levels = config.channels.len();
        let highest = config.channels[0];
        Self {
            conditioning: Conditioning::load(weights, config),
            conv_in: Conv3x3::load(weights, "conv_in", config.in_channels, highest),
            down: (0..levels).map(|index| DownBlock::load(weights, config, index)).collect(),
            mid: config.mid.map(|mid| MidBlock::load(weights, config, mid)),
            up: (0..levels).map(|index| UpBlock::load(weights, config, index)).collect(),
            conv_norm_out: GroupNorm::load(weights, "conv_norm_out", highest, config.norm_num_groups, config.norm_eps),
            conv_out: Conv3x3::load(weights, "conv_out", highest, config.out_channels),
            activation: config.activation,
            center_input_sample: config.center_input_sample,
        }
    }

    /// Applies the network.
    ///
    /// # Shapes
    /// - x: `[batch, in_channels, height, width]`
    /// - emb: `[batch, time_embedding_dim]`
    /// - output: `[batch, out_channels, height, width]`
    pub fn forward(&self, x: Tensor<4>, emb: Tensor<2>) -> Tensor<4> {
        let temb = self.activation.apply(emb);
        let x = if self.center_input_sample { x.mul_scalar(2.0).sub_scalar(1.0) } else { x };

        let mut h = self.conv_in.forward(x);
        let mut skips = vec![h.clone()];
        for block in &self.down {
            h = block.forward(h, &temb, &mut skips);
        }
        if let Some(mid) = &self.mid {
            h = mid.forward(h, &temb);
        }
        for block in &self.up {
            h = block.forward(h, &temb, &mut skips);
        }
        // SiLU here, whatever the network's activation is.
        self.conv_out.forward(Activation::Silu.apply(self.conv_norm_out.forward(h)))
    }
}
