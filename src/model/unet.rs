//! The whole network.

use burn::tensor::Tensor;

use super::blocks::{DownBlock, MidBlock, UpBlock};
use super::config::{Activation, UNetConfig};
use super::conv::Conv;
use super::norm::Norm;
use super::time_embed::Conditioning;
use super::weights::Weights;
use crate::error::Error;
use crate::kernels::{Added, Image, Source};

/// diffusers' `UNet2DModel`.
#[derive(Debug)]
pub struct Network {
    /// Embeds timesteps and labels.
    pub conditioning: Conditioning,
    conv_in: Conv,
    down: Vec<DownBlock>,
    mid: Option<MidBlock>,
    up: Vec<UpBlock>,
    conv_norm_out: Norm,
    conv_out: Conv,
    activation: Activation,
    center_input_sample: bool,
}

impl Network {
    /// The network of `config`.
    pub fn load(weights: &mut Weights, config: &UNetConfig) -> Result<Self, Error> {
        let levels = 0..config.channels.len();
        let highest = config.channels[0];
        let norm = [highest, config.norm_num_groups];
        Ok(Self {
            conditioning: Conditioning::load(weights, config)?,
            conv_in: Conv::load(weights, "conv_in", config.in_channels, highest)?,
            down: levels.clone().map(|index| DownBlock::load(weights, config, index)).collect::<Result<_, _>>()?,
            mid: config.mid.map(|mid| MidBlock::load(weights, config, mid)).transpose()?,
            up: levels.map(|index| UpBlock::load(weights, config, index)).collect::<Result<_, _>>()?,
            // SiLU here, whatever the network's activation is.
            conv_norm_out: Norm::load(weights, "conv_norm_out", norm, config.norm_eps, Some(Activation::Silu))?,
            conv_out: Conv::load(weights, "conv_out", highest, config.out_channels)?,
            activation: config.activation,
            center_input_sample: config.center_input_sample,
        })
    }

    /// Applies the network.
    ///
    /// # Shapes
    /// - x: `[batch, height, width, in_channels]`
    /// - emb: `[batch, time_embedding_dim]`
    /// - output: `[batch, height, width, out_channels]`
    pub fn forward(&self, x: Image, emb: Tensor<2>) -> Image {
        let temb = Image::from_rows(self.activation.apply(emb));
        let x = if self.center_input_sample { x.map(|x| x.mul_scalar(2.0).sub_scalar(1.0)) } else { x };

        let mut h = self.conv_in.forward(Source::from(&x));
        let mut skips = vec![h.clone()];
        for block in &self.down {
            h = block.forward(h, &temb, &mut skips);
        }
        if let Some(mid) = &self.mid {
            h = mid.forward(&h, &temb);
        }
        for block in &self.up {
            h = block.forward(h, &temb, &mut skips);
        }
        self.conv_out.forward_normed(Source::from(&h), &self.conv_norm_out, Added::Nothing)
    }
}
