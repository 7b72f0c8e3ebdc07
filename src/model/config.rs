//! The shape of a U-Net: diffusers' `config.json` of a `UNet2DModel`.
//!
//! Absent fields take the defaults of diffusers' constructor; older names of a field are read as well. Fields that diffusers does not know are
//! ignored, as diffusers ignores them.

use serde_json::Value;

use super::fields::{Fields, choice_from, unsupported};
use crate::error::Error;

/// Most levels, layers a block, channels and pixels a side: above all published models, and low enough that a hostile file cannot ask for absurd
/// amounts of memory.
const MOST_LEVELS: usize = 8;
const MOST_LAYERS: usize = 16;
const MOST_CHANNELS: usize = 4096;
const MOST_PIXELS: usize = 1024;
const MOST_CLASSES: usize = 1_000_000;

/// Most elements of one activation, and of one table of attention scores, for one image.
const MOST_ELEMENTS: usize = 1 << 27;

/// The activation between two layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// x sigmoid(x), also called swish.
    Silu,
    /// x tanh(softplus(x)).
    Mish,
    /// x Phi(x), with the exact normal distribution function.
    Gelu,
    /// max(x, 0).
    Relu,
}

/// How a level changes the resolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resample {
    /// A convolution: of stride 2 downwards, after doubling the pixels upwards.
    Conv,
    /// A residual block that halves or doubles inside.
    Resnet,
}

/// How a residual block takes in the time embedding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeShift {
    /// Added before the second normalisation.
    Add,
    /// Scales and shifts the second normalisation's output.
    ScaleShift,
}

/// How a timestep becomes a vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeEmbedding {
    /// Sines and cosines at fixed frequencies.
    Positional,
    /// Sines and cosines of the timestep's logarithm, at frequencies that the file holds. The output is divided by the timestep.
    Fourier,
    /// A table, one row a training timestep.
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
}

/// One level of the encoder or of the decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level {
    /// Whether self-attention follows every residual block.
    pub attention: bool,
    /// How the level ends, unless it is the last.
    pub resample: Resample,
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
    /// Channels of the input. Default: 3.
    pub in_channels: usize,
    /// Channels of the output. Default: 3.
    pub out_channels: usize,
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
    /// Read a `config.json`.
    ///
    /// # Errors
    /// `ConfigInvalid` for a field that is absent, of the wrong type or out of range; `ConfigUnsupported` for one that asks for what is not
    /// computed here.
    pub fn from_json(json: &Value) -> Result<Self, Error> {
        let fields = Fields::new(json)?;
        check_class(&fields)?;
        let channels = fields.integers(
            &["block_out_channels", "block_channels"],
            &[224, 448, 672, 896],
            [1, MOST_CHANNELS],
            [1, MOST_LEVELS],
        )?;
        let time_shift = fields.choice(
            &["resnet_time_scale_shift"],
            TimeShift::Add,
            &[("default", TimeShift::Add), ("scale_shift", TimeShift::ScaleShift)],
        )?;
        let norm_num_groups =
            fields.integer(&["norm_num_groups", "resnet_num_groups"], Some(32), [1, MOST_CHANNELS])?;
        let config = Self {
            sample_size: sample_size(&fields, channels.len())?,
            in_channels: fields.integer(&["in_channels"], Some(3), [1, MOST_CHANNELS])?,
            out_channels: fields.integer(&["out_channels"], Some(3), [1, MOST_CHANNELS])?,
            center_input_sample: fields.flag(&["center_input_sample"], false)?,
            time_embedding: time_embedding(&fields)?,
            time_embedding_dim: fields
                .optional_integer(&["time_embedding_dim"], [1, 4 * MOST_CHANNELS])?
                .unwrap_or(4 * channels[0]),
            freq_shift: fields.number(&["freq_shift", "downscale_freq_shift"], 0.0, [-1.0, 1.0])?,
            flip_sin_to_cos: fields.flag(&["flip_sin_to_cos"], true)?,
            down: down_levels(&fields, channels.len())?,
            mid: mid(&fields, time_shift, norm_num_groups)?,
            up: up_levels(&fields, channels.len())?,
            layers_per_block: fields.integer(&["layers_per_block", "num_res_blocks"], Some(2), [1, MOST_LAYERS])?,
            downsample_padding: fields.integer(&["downsample_padding"], Some(1), [0, 1])?,
            activation: activation(&fields)?,
            attention_head_dim: attention_head_dim(&fields)?,
            norm_num_groups,
            norm_eps: fields.number(&["norm_eps", "resnet_eps"], 1e-5, [0.0, 1.0])?,
            time_shift,
            class_embedding: class_embedding(&fields)?,
            channels,
        };
        config.check(&fields)?;
        Ok(config)
    }

    /// Channels, height and width of an image.
    pub fn image_shape(&self) -> [usize; 3] {
        [self.in_channels, self.sample_size[0], self.sample_size[1]]
    }

    /// Number of class labels; none for an unconditional network and for labels that are embedded as timesteps are.
    pub fn classes(&self) -> Option<usize> {
        match self.class_embedding {
            ClassEmbedding::Table(rows) => Some(rows),
            _ => None,
        }
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

    /// Channels that a layer of the encoder takes and gives; level 0 has the highest resolution.
    pub fn down_channels(&self, level: usize, layer: usize) -> [usize; 2] {
        let outputs = self.channels[level];
        [if layer == 0 { self.channels[level.saturating_sub(1)] } else { outputs }, outputs]
    }

    /// Channels that a layer of the decoder takes, its skip among them, and gives; level 0 has the lowest resolution.
    pub fn up_channels(&self, level: usize, layer: usize) -> [usize; 2] {
        let at = |level: usize| self.channels[(self.channels.len() - 1).saturating_sub(level)];
        let outputs = at(level);
        let below = if layer == 0 { at(level.saturating_sub(1)) } else { outputs };
        // The last skip comes from the level above, which it was an input of.
        let skip = if layer == self.layers_per_block { at(level + 1) } else { outputs };
        [below + skip, outputs]
    }

    /// The conditions that join two fields.
    fn check(&self, fields: &Fields) -> Result<(), Error> {
        let groups = self.norm_num_groups;
        if self.channels.iter().any(|channels| channels % groups != 0) {
            return Err(fields.invalid(&["block_out_channels"], &format!("multiples of norm_num_groups, {groups}")));
        }
        let lowest = self.channels[self.channels.len() - 1];
        if self.mid.and_then(|mid| mid.attention_groups).is_some_and(|groups| !lowest.is_multiple_of(groups)) {
            return Err(fields.invalid(
                &["attn_norm_num_groups"],
                &format!("a divisor of the last of block_out_channels, {lowest}"),
            ));
        }
        let half = self.channels[0] / 2;
        if self.time_embedding == TimeEmbedding::Positional && half as f64 <= self.freq_shift {
            return Err(fields
                .invalid(&["freq_shift"], &format!("a number below half of the first of block_out_channels, {half}")));
        }
        for (level, &channels) in self.channels.iter().enumerate() {
            self.check_level(fields, level, channels)?;
        }
        Ok(())
    }

    /// Heads and memory of one level.
    fn check_level(&self, fields: &Fields, level: usize, channels: usize) -> Result<(), Error> {
        let [height, width] = self.sample_size.map(|side| side >> level);
        // The widest input is the lower level's output beside the skip: 2 * MOST_CHANNELS * MOST_PIXELS^2 is 2^33, so in u64.
        let widest = 2 * self.channels[level..].iter().take(2).max().copied().unwrap_or(channels);
        if (widest as u64) * (height * width) as u64 > MOST_ELEMENTS as u64 {
            return Err(
                fields.invalid(&["sample_size"], &format!("at most {MOST_ELEMENTS} elements in a layer's input"))
            );
        }
        let last = self.channels.len() - 1;
        let mid_attends = level == last && self.mid.is_some_and(|mid| mid.attention);
        if !(self.down[level].attention || self.up[last - level].attention || mid_attends) {
            return Ok(());
        }
        let heads = self.attention_head_dim.map_or(1, |dim| channels / dim);
        if heads == 0 {
            return Err(fields
                .invalid(&["attention_head_dim"], &format!("an integer from 1 to the level's channels, {channels}")));
        }
        let tokens = (height * width) as u64;
        if heads as u64 * tokens * tokens > MOST_ELEMENTS as u64 {
            return Err(
                fields.invalid(&["sample_size"], &format!("at most {MOST_ELEMENTS} attention scores in a layer"))
            );
        }
        Ok(())
    }
}

fn check_class(fields: &Fields) -> Result<(), Error> {
    match fields.get_some(&["_class_name"]) {
        None => Ok(()),
        Some(value) => choice_from("_class_name", value, &[("UNet2DModel", ()), ("UNetUnconditionalModel", ())]),
    }
}

/// Both sides, each a multiple of 2^(levels - 1): diffusers takes no others.
fn sample_size(fields: &Fields, levels: usize) -> Result<[usize; 2], Error> {
    let names = ["sample_size", "image_size"];
    let step = 1 << (levels - 1);
    let phrase = format!("an integer from {step} to {MOST_PIXELS}, or [height, width], each a multiple of {step}");
    let sides = match fields.get_some(&names) {
        Some(Value::Array(_)) => fields.integers(&names, &[], [1, MOST_PIXELS], [2, 2])?,
        Some(_) => vec![fields.integer(&names, None, [1, MOST_PIXELS])?; 2],
        None => return Err(fields.invalid(&names, &phrase)),
    };
    if sides.iter().any(|side| side % step != 0) {
        return Err(fields.invalid(&names, &phrase));
    }
    Ok([sides[0], sides[1]])
}

fn time_embedding(fields: &Fields) -> Result<TimeEmbedding, Error> {
    // The learned table's length stands in another field, which only that type reads.
    let learned = TimeEmbedding::Learned { timesteps: 0 };
    let choices =
        [("positional", TimeEmbedding::Positional), ("fourier", TimeEmbedding::Fourier), ("learned", learned)];
    let kind = fields.choice(&["time_embedding_type"], TimeEmbedding::Positional, &choices)?;
    if kind != learned {
        return Ok(kind);
    }
    Ok(TimeEmbedding::Learned { timesteps: fields.integer(&["num_train_timesteps"], None, [1, MOST_CLASSES])? })
}

fn class_embedding(fields: &Fields) -> Result<ClassEmbedding, Error> {
    let timestep = fields.choice(&["class_embed_type"], false, &[("timestep", true)])?;
    let rows = fields.optional_integer(&["num_class_embeds"], [1, MOST_CLASSES])?;
    Ok(match (timestep, rows) {
        (true, _) => ClassEmbedding::Timestep,
        (false, Some(rows)) => ClassEmbedding::Table(rows),
        (false, None) => ClassEmbedding::None,
    })
}

fn activation(fields: &Fields) -> Result<Activation, Error> {
    let choices = [
        ("silu", Activation::Silu),
        ("swish", Activation::Silu),
        ("mish", Activation::Mish),
        ("gelu", Activation::Gelu),
        ("relu", Activation::Relu),
    ];
    fields.choice(&["act_fn", "resnet_act_fn"], Activation::Silu, &choices)
}

/// Absent means 8, null means one head over all channels.
fn attention_head_dim(fields: &Fields) -> Result<Option<usize>, Error> {
    let names = ["attention_head_dim", "num_head_channels"];
    match fields.get(&names) {
        None => Ok(Some(8)),
        Some(_) => fields.optional_integer(&names, [1, MOST_CHANNELS]),
    }
}

fn mid(fields: &Fields, time_shift: TimeShift, norm_num_groups: usize) -> Result<Option<Mid>, Error> {
    let names = ["mid_block_type"];
    match fields.get(&names) {
        Some(Value::Null) => return Ok(None),
        Some(value) => choice_from(names[0], value, &[("UNetMidBlock2D", ())])?,
        None => {}
    }
    let groups = fields.optional_integer(&["attn_norm_num_groups"], [1, MOST_CHANNELS])?;
    // diffusers leaves the normalisation out where the resnets scale and shift, unless its groups are given.
    let default = (time_shift == TimeShift::Add).then_some(norm_num_groups);
    Ok(Some(Mid {
        attention: fields.flag(&["add_attention"], true)?,
        attention_groups: groups.or(default),
        scale_factor: fields.number(&["mid_block_scale_factor"], 1.0, [0.0, 1e6])?,
    }))
}

fn down_levels(fields: &Fields, levels: usize) -> Result<Vec<Level>, Error> {
    let ends = resample(fields, "downsample_type")?;
    let kinds = [
        ("DownBlock2D", (false, Resample::Conv)),
        ("AttnDownBlock2D", (true, ends)),
        ("ResnetDownsampleBlock2D", (false, Resample::Resnet)),
    ];
    let default = ["DownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D"];
    level_list(fields, &["down_block_types", "down_blocks"], &default, &kinds, levels)
}

fn up_levels(fields: &Fields, levels: usize) -> Result<Vec<Level>, Error> {
    let ends = resample(fields, "upsample_type")?;
    let kinds = [
        ("UpBlock2D", (false, Resample::Conv)),
        ("AttnUpBlock2D", (true, ends)),
        ("ResnetUpsampleBlock2D", (false, Resample::Resnet)),
    ];
    let default = ["AttnUpBlock2D", "AttnUpBlock2D", "AttnUpBlock2D", "UpBlock2D"];
    level_list(fields, &["up_block_types", "up_blocks"], &default, &kinds, levels)
}

fn resample(fields: &Fields, name: &str) -> Result<Resample, Error> {
    fields.choice(&[name], Resample::Conv, &[("conv", Resample::Conv), ("resnet", Resample::Resnet)])
}

fn level_list<'a>(
    fields: &Fields<'a>,
    names: &[&str],
    default: &[&'a str],
    kinds: &[(&str, (bool, Resample))],
    levels: usize,
) -> Result<Vec<Level>, Error> {
    let types = fields.texts(names, default)?;
    if types.len() != levels {
        return Err(fields.invalid(names, &format!("as many names as block_out_channels has elements, {levels}")));
    }
    let level = |name: &&str| {
        let plain = name.strip_prefix("UNetRes").unwrap_or(name);
        let kind = kinds.iter().find(|(known, _)| *known == plain);
        kind.map(|&(_, (attention, resample))| Level { attention, resample }).ok_or_else(|| {
            let known = kinds.iter().map(|(known, _)| *known).collect::<Vec<_>>().join(", ");
            unsupported(names[0], Some(&Value::from(*name)), &known)
        })
    };
    types.iter().map(level).collect()
}
