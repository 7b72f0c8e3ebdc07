//! The layers of a network, made while its weights arrive.
//!
//! A file has its tensors in an order of its own, and a residual block is made when all of its own are there. So what has come and is in no
//! layer yet is seldom more than that, whatever the order: files of safetensors are sorted by name, those of PyTorch by layer.

use super::blocks::{DownBlock, Layer, MidBlock, UpBlock};
use super::conv::Conv;
use super::embedding::Embedding;
use super::layers::Layers;
use super::loader::Loader;
use super::norm;
use super::resample::{Downsample, Upsample};
use crate::checkpoint::config::{Activation, UNetConfig};
use crate::checkpoint::unet;
use crate::error::Error;
use crate::kernels::GroupNorm;

/// Encoder or decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Down,
    Up,
}

/// Layers that are made at once.
#[derive(Debug, Clone, Copy)]
enum Section {
    /// The embeddings, and what is before the first and after the last level.
    Outside,
    Mid,
    /// A residual block of a level, with its attention.
    Layer(Side, usize, usize),
    /// What changes the resolution after a level.
    Resampler(Side, usize),
}

/// Some of the layers, and the weights of the others.
#[derive(Debug)]
pub struct SomeLayers<'a> {
    loader: Loader<'a>,
    config: UNetConfig,
    outside: Option<Outside>,
    mid: Option<MidBlock>,
    down: Vec<SomeLevel<Downsample>>,
    up: Vec<SomeLevel<Upsample>>,
    /// What is not made yet, and how many bytes of the file have to be there for it.
    missing: Vec<(usize, Section)>,
}

#[derive(Debug)]
struct Outside {
    embedding: Embedding,
    conv_in: Conv,
    conv_norm_out: GroupNorm,
    conv_out: Conv,
}

#[derive(Debug)]
struct SomeLevel<Resampler> {
    layers: Vec<Option<Layer>>,
    resampler: Option<Resampler>,
}

impl Side {
    /// How many layers a level has, and how many of these, the last ones, have attention.
    fn counts(self, config: &UNetConfig, level: usize) -> (usize, usize) {
        match self {
            Self::Down => (config.layers_per_block, config.down_attentions(level)),
            Self::Up => (config.up_layers(level), config.up_attentions(level)),
        }
    }

    fn name(self, level: usize) -> String {
        let blocks = if self == Self::Down { "down_blocks" } else { "up_blocks" };
        format!("{blocks}.{level}")
    }

    /// Which attention of a level stands behind its residual block `index`.
    fn attention(self, config: &UNetConfig, level: usize, index: usize) -> Option<usize> {
        let (layers, attentions) = self.counts(config, level);
        index.checked_sub(layers - attentions)
    }
}

impl Section {
    fn all(config: &UNetConfig) -> Vec<Self> {
        let levels = config.channels.len();
        let mut sections = vec![Self::Outside, Self::Mid];
        for level in 0..levels {
            for side in [Side::Down, Side::Up] {
                let (layers, _) = side.counts(config, level);
                sections.extend((0..layers).map(|index| Self::Layer(side, level, index)));
                if level + 1 < levels {
                    sections.push(Self::Resampler(side, level));
                }
            }
        }
        sections
    }

    /// How many bytes of the file have to be there for it.
    fn needed(self, loader: &Loader, config: &UNetConfig) -> usize {
        let of = |is_of: &dyn Fn(&str) -> bool| loader.weights.needed(is_of);
        match self {
            Self::Outside => {
                let blocks = ["down_blocks.", "mid_block.", "up_blocks."];
                of(&|name| !blocks.iter().any(|block| name.starts_with(block)))
            }
            Self::Mid => of(&|name| name.starts_with("mid_block.")),
            Self::Layer(side, level, index) => {
                let resnet = format!("{}.resnets.{index}.", side.name(level));
                let attention = side.attention(config, level, index);
                let attention = attention.map(|index| format!("{}.attentions.{index}.", side.name(level)));
                of(&|name| {
                    name.starts_with(&resnet) || attention.as_ref().is_some_and(|attention| name.starts_with(attention))
                })
            }
            Self::Resampler(side, level) => {
                let level = format!("{}.", side.name(level));
                let is_layer = |rest: &str| rest.starts_with("resnets.") || rest.starts_with("attentions.");
                of(&|name| name.strip_prefix(&level).is_some_and(|rest| !is_layer(rest)))
            }
        }
    }
}

impl<'a> SomeLayers<'a> {
    /// None of them yet.
    #[inline(never)]
    pub fn new(loader: Loader<'a>, config: &UNetConfig) -> Self {
        let needed = |section: Section| (section.needed(&loader, config), section);
        let missing = Section::all(config).into_iter().map(needed).collect();
        let levels = 0..config.channels.len();
        let down = levels.clone().map(|level| SomeLevel::new(Side::Down.counts(config, level).0)).collect();
        let up = levels.map(|level| SomeLevel::new(Side::Up.counts(config, level).0)).collect();
        Self { loader, config: config.clone(), outside: None, mid: None, down, up, missing }
    }

    #[inline(never)]
    fn make(&mut self, section: Section) -> Result<(), Error> {
        let Self { loader, config, .. } = self;
        match section {
            Section::Outside => self.outside = Some(Outside::load(loader, config)?),
            Section::Mid => self.mid = config.mid.map(|mid| MidBlock::load(loader, config, mid)).transpose()?,
            Section::Layer(side, level, index) => {
                let (shape, kind, layers) = match side {
                    Side::Down => (config.down_resnet(level, index), config.down[level], &mut self.down[level].layers),
                    Side::Up => (config.up_resnet(level, index), config.up[level], &mut self.up[level].layers),
                };
                let place = (&*side.name(level), index, side.attention(config, level, index));
                layers[index] = Some(Layer::load(loader, config, place, shape, kind)?);
            }
            Section::Resampler(Side::Down, level) => {
                let (name, kind, channels) = (Side::Down.name(level), config.down[level], config.channels[level]);
                self.down[level].resampler = Some(Downsample::load(loader, &name, config, kind, channels)?);
            }
            Section::Resampler(Side::Up, level) => {
                let (name, kind, channels) = (Side::Up.name(level), config.up[level], config.up_outputs(level));
                self.up[level].resampler = Some(Upsample::load(loader, &name, config, kind, channels)?);
            }
        }
        Ok(())
    }
}

impl unet::SomeLayers<Layers> for SomeLayers<'_> {
    #[inline(never)]
    fn go_on(&mut self, arrived: usize) -> Result<(), Error> {
        while let Some(next) = self.missing.iter().position(|(needed, _)| *needed <= arrived) {
            let (_, section) = self.missing.swap_remove(next);
            self.make(section)?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Layers, Error> {
        self.go_on(usize::MAX)?;
        let Some(Outside { embedding, conv_in, conv_norm_out, conv_out }) = self.outside else {
            unreachable!("what needs no more than all bytes has been made");
        };
        let down = self
            .down
            .into_iter()
            .map(|level| DownBlock::new(level.layers.into_iter().flatten().collect(), level.resampler));
        let up = self.up.into_iter().zip(&self.config.up);
        let up = up.map(|(level, kind)| {
            UpBlock::new(level.layers.into_iter().flatten().collect(), level.resampler, kind.kind)
        });
        Ok(Layers {
            embedding,
            projections: self.loader.time_projections(),
            conv_in,
            down: down.collect(),
            mid: self.mid,
            up: up.collect(),
            conv_norm_out,
            conv_out,
            activation: self.config.activation,
        })
    }
}

impl<Resampler> SomeLevel<Resampler> {
    fn new(layers: usize) -> Self {
        Self { layers: (0..layers).map(|_| None).collect(), resampler: None }
    }
}

impl Outside {
    fn load(loader: &mut Loader, config: &UNetConfig) -> Result<Self, Error> {
        let highest = config.channels[0];
        let norm_out = [highest, config.norm_num_groups];
        Ok(Self {
            embedding: Embedding::load(&mut loader.weights, config)?,
            conv_in: Conv::load(loader, "conv_in", config.in_channels, highest)?,
            // SiLU here, whatever the network's activation is.
            conv_norm_out: norm::load(loader, "conv_norm_out", norm_out, config.norm_eps, Some(Activation::Silu))?,
            conv_out: Conv::load(loader, "conv_out", highest, config.out_channels)?,
        })
    }
}
