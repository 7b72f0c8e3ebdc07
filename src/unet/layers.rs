//! The whole network.

use super::blocks::{DownBlock, MidBlock, UpBlock};
use super::conv::Conv;
use super::embedding::Embedding;
use super::path::Path;
use super::time_rows::{TimeProjections, TimeRows};
use crate::checkpoint::class_mix::ClassMix;
use crate::checkpoint::config::Activation;
use crate::kernels::{Added, Device, GroupNorm, Image, Source};

/// diffusers' `UNet2DModel`; `some_layers` makes them.
#[derive(Debug)]
pub struct Layers {
    pub(super) embedding: Embedding,
    pub(super) projections: TimeProjections,
    pub(super) conv_in: Conv,
    pub(super) down: Vec<DownBlock>,
    pub(super) mid: Option<MidBlock>,
    pub(super) up: Vec<UpBlock>,
    pub(super) conv_norm_out: GroupNorm,
    pub(super) conv_out: Conv,
    pub(super) activation: Activation,
}

impl Layers {
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
