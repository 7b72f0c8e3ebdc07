//! The shape of a U-Net, as diffusers' `UNet2DModel` has it.

use super::class_channels::ClassChannels;
use super::level::Level;
pub use crate::math::activation::Activation;
use crate::math::fourier::Fourier;

/// How a residual block takes in the time embedding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeShift {
    /// Added before the second normalisation.
    Add,
    /// Scales and shifts the second normalisation's output.
    ScaleShift,
    /// Scales and shifts the outputs of both normalisations, which have no weights of their own: K blocks.
    Adaptive,
}

/// How a timestep becomes a vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeEmbedding {
    /// Sines and cosines at fixed frequencies.
    Positional,
    /// Sines and cosines of the timestep's logarithm, at frequencies that the file holds. The output is divided by the
    /// timestep.
    Fourier,
    /// A table, one row per training timestep.
    Learned {
        /// Number of rows.
        timesteps: usize,
    },
}

/// What the network takes beside the image and the timestep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClassEmbedding {
    /// Nothing: an unconditional network.
    None,
    /// A label, by a table of this many rows.
    Table(usize),
    /// A label, embedded as timesteps are.
    Timestep,
    /// A label, by channels beside the image's, for this many classes.
    Channels(usize),
}

/// The lowest level, between encoder and decoder.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mid {
    /// Whether self-attention stands between its two residual blocks.
    pub attention: bool,
    /// Groups of the attention's normalisation; none: the attention is not normalised.
    pub attention_groups: Option<usize>,
    /// Divides the output of each of its layers. Default: 1.
    pub scale_factor: f64,
}

/// The shape of a U-Net.
#[derive(Debug, Clone, PartialEq)]
pub struct UNetConfig {
    /// Height and width of the images, in pixels.
    pub sample_size: [usize; 2],
    /// Channels of the input: the image's, and those of its features or its class. Default: 3.
    pub in_channels: usize,
    /// Channels of the output: the image's, or twice as many where a variance is predicted too. Default: 3.
    pub out_channels: usize,
    /// Features of the image that the network takes beside it (`vdm.json`). Default: none.
    pub fourier: Option<Fourier>,
    /// Channels beside the image's, by class (`class_emb.weight`). Default: none.
    pub class_channels: Option<ClassChannels>,
    /// Whether the input x is first replaced by 2x - 1. Default: false.
    pub center_input_sample: bool,
    /// How a timestep becomes a vector. Default: positional.
    pub time_embedding: TimeEmbedding,
    /// Length of the time embedding. Default: four times the first level's channels.
    pub time_embedding_dim: usize,
    /// Lowers the count of frequencies that the positional embedding spreads over. Default: 0.
    pub freq_shift: f64,
    /// Whether cosines come before sines. Default: true.
    pub flip_sin_to_cos: bool,
    /// The encoder's levels, highest resolution first.
    pub down: Vec<Level>,
    /// The lowest level, if there is one.
    pub mid: Option<Mid>,
    /// The decoder's levels, lowest resolution first.
    pub up: Vec<Level>,
    /// Channels of every level, highest resolution first.
    pub channels: Vec<usize>,
    /// Residual blocks of an encoder's level; a decoder's has one more. Default: 2.
    pub layers_per_block: usize,
    /// Padding of the convolutions of stride 2; 0 pads one pixel at the right and at the bottom. Default: 1.
    pub downsample_padding: usize,
    /// The activation. Default: SiLU.
    pub activation: Activation,
    /// Channels of one attention head; none: one head. Default: 8.
    pub attention_head_dim: Option<usize>,
    /// Groups of the normalisations. Default: 32.
    pub norm_num_groups: usize,
    /// Added to the variance of the normalisations. Default: 1e-5.
    pub norm_eps: f64,
    /// How residual blocks take in the time embedding. Default: added.
    pub time_shift: TimeShift,
    /// What the network takes beside the image and the timestep. Default: nothing.
    pub class_embedding: ClassEmbedding,
}

impl UNetConfig {
    /// Channels of an image.
    pub fn image_channels(&self) -> usize {
        let of_class = self.class_channels.as_ref().map_or(0, |channels| channels.width);
        (self.in_channels - of_class) / self.fourier.map_or(1, Fourier::channels_per_channel)
    }

    /// Channels, height and width of an image.
    pub fn image_shape(&self) -> [usize; 3] {
        [self.image_channels(), self.sample_size[0], self.sample_size[1]]
    }

    /// Whether the network predicts a variance behind its prediction of the image or the noise.
    pub fn learns_variance(&self) -> bool {
        self.out_channels == 2 * self.image_channels()
    }

    /// Elements that the embedding of a timestep begins with.
    pub fn time_features(&self) -> usize {
        match self.time_embedding {
            TimeEmbedding::Positional | TimeEmbedding::Learned { .. } => self.channels[0],
            TimeEmbedding::Fourier => 2 * self.channels[0],
        }
    }

    /// Channels of all attention heads of a level together; fewer than the level's where the heads do not fill it.
    pub fn attention_inner(&self, channels: usize) -> usize {
        self.attention_head_dim.map_or(channels, |dim| channels / dim * dim)
    }

    /// Pixels of a level; level 0 has the highest resolution.
    pub fn pixels(&self, level: usize) -> u64 {
        self.sample_size.map(|side| (side >> level) as u64).iter().product()
    }

    /// Elements of the largest input of a layer, for one image.
    pub fn largest_input(&self) -> u64 {
        // A decoder's layer takes in two levels' channels, or twice its own.
        let widest = |level: usize| 2 * self.channels[level..].iter().take(2).max().copied().unwrap_or_default() as u64;
        (0..self.channels.len()).map(|level| widest(level) * self.pixels(level)).max().unwrap_or_default()
    }
}
