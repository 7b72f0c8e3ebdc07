//! The layers of a network, made while its weights arrive.
//!
//! A file has its tensors in an order of its own, and a level is made when all of its own are there. So what has come and is in no layer yet is
//! seldom more than a level, whatever the order: files of safetensors are sorted by name, those of PyTorch by layer.

use super::blocks::{DownBlock, MidBlock, UpBlock};
use super::conv::Conv;
use super::embedding::Embedding;
use super::layers::Layers;
use super::loader::Loader;
use super::norm;
use crate::checkpoint::config::{Activation, UNetConfig};
use crate::checkpoint::unet;
use crate::error::Error;
use crate::kernels::GroupNorm;

/// Layers that are made at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Section {
    /// The embeddings, and what is before the first and after the last level.
    Outside,
    Down(usize),
    Mid,
    Up(usize),
}

/// Some of the layers, and the weights of the others.
#[derive(Debug)]
pub struct SomeLayers<'a> {
    loader: Loader<'a>,
    config: UNetConfig,
    outside: Option<Outside>,
    down: Vec<Option<DownBlock>>,
    mid: Option<MidBlock>,
    up: Vec<Option<UpBlock>>,
    /// What is not made yet, and how many bytes of the file have to be there for it; the next one last.
    missing: Vec<(usize, Section)>,
}

#[derive(Debug)]
struct Outside {
    embedding: Embedding,
    conv_in: Conv,
    conv_norm_out: GroupNorm,
    conv_out: Conv,
}

impl Section {
    /// Whether it has the tensor of this name.
    fn has(self, name: &str) -> bool {
        let is_of = |block: &str, index: usize| name.starts_with(&format!("{block}.{index}."));
        match self {
            Self::Outside => !["down_blocks.", "mid_block.", "up_blocks."].iter().any(|block| name.starts_with(block)),
            Self::Down(index) => is_of("down_blocks", index),
            Self::Mid => name.starts_with("mid_block."),
            Self::Up(index) => is_of("up_blocks", index),
        }
    }
}

impl<'a> SomeLayers<'a> {
    /// None of them yet.
    pub fn new(loader: Loader<'a>, config: &UNetConfig) -> Self {
        let levels = config.channels.len();
        let sections = [Section::Outside, Section::Mid].into_iter();
        let sections = sections.chain((0..levels).flat_map(|index| [Section::Down(index), Section::Up(index)]));
        let needed = |section: Section| (loader.weights.needed(|name| section.has(name)), section);
        let mut missing: Vec<_> = sections.map(needed).collect();
        missing.sort_by_key(|(needed, _)| std::cmp::Reverse(*needed));
        let (down, up) = ((0..levels).map(|_| None).collect(), (0..levels).map(|_| None).collect());
        Self { loader, config: config.clone(), outside: None, down, mid: None, up, missing }
    }

    fn make(&mut self, section: Section) -> Result<(), Error> {
        let Self { loader, config, .. } = self;
        match section {
            Section::Outside => self.outside = Some(Outside::load(loader, config)?),
            Section::Down(index) => self.down[index] = Some(DownBlock::load(loader, config, index)?),
            Section::Mid => self.mid = config.mid.map(|mid| MidBlock::load(loader, config, mid)).transpose()?,
            Section::Up(index) => self.up[index] = Some(UpBlock::load(loader, config, index)?),
        }
        Ok(())
    }
}

impl unet::SomeLayers<Layers> for SomeLayers<'_> {
    fn go_on(&mut self, arrived: usize) -> Result<(), Error> {
        while let Some((_, section)) = self.missing.pop_if(|(needed, _)| *needed <= arrived) {
            self.make(section)?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Layers, Error> {
        self.go_on(usize::MAX)?;
        let Some(Outside { embedding, conv_in, conv_norm_out, conv_out }) = self.outside else {
            unreachable!("what needs no more than all bytes has been made");
        };
        Ok(Layers {
            embedding,
            projections: self.loader.time_projections(),
            conv_in,
            down: self.down.into_iter().flatten().collect(),
            mid: self.mid,
            up: self.up.into_iter().flatten().collect(),
            conv_norm_out,
            conv_out,
            activation: self.config.activation,
        })
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
