//! The whole network.

use super::blocks::{DownBlock, MidBlock, UpBlock};
use super::conv::Conv;
use super::embedding::Embedding;
use super::loader::Loader;
use super::norm;
use super::path::Path;
use super::time_rows::{TimeProjections, TimeRows};
use crate::checkpoint::class_mix::ClassMix;
use crate::checkpoint::config::{Activation, UNetConfig};
use crate::error::Error;
use crate::kernels::{Added, Device, GroupNorm, Image, Source};

/// diffusers' `UNet2DModel`.
#[derive(Debug)]
pub struct Layers {
    embedding: Embedding,
    projections: TimeProjections,
    conv_in: Conv,
    down: Vec<DownBlock>,
    mid: Option<MidBlock>,
    up: Vec<UpBlock>,
    conv_norm_out: GroupNorm,
    conv_out: Conv,
    activation: Activation,
}

impl Layers {
    /// The network of `config`.
    pub fn load(weights: &mut Loader, config: &UNetConfig) -> Result<Self, Error> {
        let levels = 0..config.channels.len();
        let highest = config.channels[0];
        let norm_out = [highest, config.norm_num_groups];
        let mut layers = Self {
            embedding: Embedding::load(&mut weights.weights, config)?,
            projections: TimeProjections::default(),
            conv_in: Conv::load(weights, "conv_in", config.in_channels, highest)?,
            down: levels.clone().map(|index| DownBlock::load(weights, config, index)).collect::<Result<_, _>>()?,
            mid: config.mid.map(|mid| MidBlock::load(weights, config, mid)).transpose()?,
            up: levels.map(|index| UpBlock::load(weights, config, index)).collect::<Result<_, _>>()?,
            // SiLU here, whatever the network's activation is.
            conv_norm_out: norm::load(weights, "conv_norm_out", norm_out, config.norm_eps, Some(Activation::Silu))?,
            conv_out: Conv::load(weights, "conv_out", highest, config.out_channels)?,
            activation: config.activation,
        };
        layers.projections = weights.time_projections();
        Ok(layers)
    }

    /// What the residual blocks take of each image's timestep and class; see [`Embedding::forward`].
    pub fn time_rows(&self, timesteps: &[f64], classes: &[ClassMix], device: &Device) -> TimeRows {
        let emb = self.embedding.forward(timesteps, classes);
        self.projections.forward(&emb, self.activation, timesteps.len(), device)
    }

    /// Applies the network.
    ///
    /// # Shapes
    /// - x: `[batch, height, width, in_channels]`
    /// - output: `[batch, height, width, out_channels]`
    pub fn forward(&self, x: &Image, times: &TimeRows) -> Image {
        let h = self.conv_in.forward(Source::from(x));
        let mut path = Path { skips: vec![h.clone()], h, picture: Some(x.clone()) };
        for block in &self.down {
            block.forward(&mut path, times);
        }
        if let Some(mid) = &self.mid {
            path.h = mid.forward(&path.h, times);
        }
        path.picture = None;
        for block in &self.up {
            block.forward(&mut path, times);
        }
        let added = path.picture.as_ref().map_or(Added::Nothing, Added::Image);
        self.conv_out.forward_plus(Source::from(&path.h).normed(&self.conv_norm_out), added)
    }
}
