//! Reading diffusers' `config.json` of a `UNet2DModel`.
//!
//! Absent fields take the defaults of diffusers' constructor; older names of a field are read as well. Fields that
//! diffusers does not know are ignored, as diffusers ignores them.

use serde_json::Value;

use super::config::{Activation, ClassEmbedding, Mid, TimeEmbedding, TimeShift, UNetConfig};
use super::fields::Fields;
use super::level::{Level, LevelKind};
use crate::error::Error;

const FILE: &str = "config.json";

/// Most levels, layers per block, channels and pixels per side: above all published models, and low enough that a hostile
/// file cannot ask for absurd amounts of memory.
const MOST_LEVELS: usize = 10;
const MOST_LAYERS: usize = 32;
const MOST_CHANNELS: usize = 4096;
const MOST_PIXELS: usize = 1024;
const MOST_CLASSES: usize = 1_000_000;

impl UNetConfig {
    /// Read a `config.json`.
    ///
    /// # Errors
    /// `ConfigInvalid` for a field that is absent, of the wrong type or out of range; `ConfigUnsupported` for one that
    /// asks for what is not computed here.
    pub fn from_json(json: &Value) -> Result<Self, Error> {
        let fields = Fields::new(FILE, Fields::object(FILE, json)?);
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
            fourier: None,
            class_channels: None,
            center_input_sample: fields.flag(&["center_input_sample"], false)?,
            time_embedding: time_embedding(&fields)?,
            time_embedding_dim: fields
                .optional_integer(&["time_embedding_dim"], [1, 4 * MOST_CHANNELS])?
                .unwrap_or(4 * channels[0]),
            freq_shift: fields.number(
                &["freq_shift", "downscale_freq_shift"],
                0.0,
                "a number from -1000 to 1000",
                |x| x.abs() <= 1e3,
            )?,
            flip_sin_to_cos: fields.flag(&["flip_sin_to_cos"], true)?,
            down: down_levels(&fields, channels.len())?,
            mid: mid(&fields, time_shift, norm_num_groups)?,
            up: up_levels(&fields, channels.len())?,
            layers_per_block: fields.integer(&["layers_per_block", "num_res_blocks"], Some(2), [1, MOST_LAYERS])?,
            downsample_padding: fields.integer(&["downsample_padding"], Some(1), [0, 1])?,
            activation: activation(&fields)?,
            attention_head_dim: attention_head_dim(&fields)?,
            norm_num_groups,
            norm_eps: fields
                .number(&["norm_eps", "resnet_eps"], 1e-5, "a number from 0 to 1", |x| (0.0..=1.0).contains(&x))?,
            time_shift,
            class_embedding: class_embedding(&fields)?,
            channels,
        };
        config.check(&fields)?;
        Ok(config)
    }
}

fn check_class(fields: &Fields) -> Result<(), Error> {
    fields.choice(&["_class_name"], (), &[("UNet2DModel", ()), ("UNetUnconditionalModel", ())])
}

/// Both sides, each a multiple of 2^(levels - 1): diffusers takes no others.
fn sample_size(fields: &Fields, levels: usize) -> Result<[usize; 2], Error> {
    let names = ["sample_size", "image_size"];
    let step = 1 << (levels - 1);
    let phrase = format!("an integer from {step} to {MOST_PIXELS}, or [height, width], each a multiple of {step}");
    let sides = match fields.get_some(&names) {
        Some(Value::Array(_)) => fields.integers(&names, &[], [1, MOST_PIXELS], [2, 2])?,
        Some(_) => vec![fields.integer(&names, None, [1, MOST_PIXELS])?; 2],
        None => return Err(fields.invalid(&names, &format!("{phrase}: give one by the option `size`"))),
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
    let name = "class_embed_type";
    let rows = fields.optional_integer(&["num_class_embeds"], [1, MOST_CLASSES])?;
    match fields.get_some(&[name]) {
        None => Ok(rows.map_or(ClassEmbedding::None, ClassEmbedding::Table)),
        Some(Value::String(kind)) if kind == "timestep" => Ok(ClassEmbedding::Timestep),
        // A vector in place of a label. Where the vectors are known, each is a class.
        Some(kind) if kind == "identity" => rows.map(ClassEmbedding::Table).ok_or_else(|| {
            let table = "null, timestep, or beside it `num_class_embeds` and, in the weights, as many vectors: a tensor `class_embedding.weight`";
            fields.unsupported(name, kind, table)
        }),
        // diffusers embeds nothing then, whatever num_class_embeds is.
        Some(Value::String(_)) => Ok(ClassEmbedding::None),
        Some(_) => Err(fields.invalid(&[name], "null or a name")),
    }
}

fn activation(fields: &Fields) -> Result<Activation, Error> {
    let choices = [
        ("silu", Activation::Silu),
        ("swish", Activation::Silu),
        ("mish", Activation::Mish),
        ("gelu", Activation::Gelu),
        ("relu", Activation::Relu),
    ];
    fields.choice_lowered(&["act_fn", "resnet_act_fn"], Activation::Silu, &choices)
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
    if fields.get(&names).is_some_and(Value::is_null) {
        return Ok(None);
    }
    // Whatever its name is, diffusers builds a UNetMidBlock2D.
    if fields.get(&names).is_some_and(|name| !name.is_string()) {
        return Err(fields.invalid(&names, "null or a name"));
    }
    let groups = fields.optional_integer(&["attn_norm_num_groups"], [1, MOST_CHANNELS])?;
    // diffusers leaves the normalisation out where the resnets scale and shift, unless its groups are given.
    let default = (time_shift == TimeShift::Add).then_some(norm_num_groups);
    Ok(Some(Mid {
        attention: fields.flag(&["add_attention"], true)?,
        attention_groups: groups.or(default),
        scale_factor: fields.number(
            &["mid_block_scale_factor"],
            1.0,
            "a number from -1000000 to 1000000 but 0",
            |x| x != 0.0 && x.abs() <= 1e6,
        )?,
    }))
}

fn down_levels(fields: &Fields, levels: usize) -> Result<Vec<Level>, Error> {
    let ends = resample(fields, "downsample_type")?;
    let kinds = [
        ("DownBlock2D", (false, LevelKind::Conv)),
        ("AttnDownBlock2D", (true, ends)),
        ("ResnetDownsampleBlock2D", (false, LevelKind::Resnet)),
        ("SkipDownBlock2D", (false, LevelKind::Skip)),
        ("AttnSkipDownBlock2D", (true, LevelKind::Skip)),
        ("KDownBlock2D", (false, LevelKind::K)),
    ];
    let default = ["DownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D"];
    level_list(fields, &["down_block_types", "down_blocks"], &default, &kinds, levels)
}

fn up_levels(fields: &Fields, levels: usize) -> Result<Vec<Level>, Error> {
    let ends = resample(fields, "upsample_type")?;
    let kinds = [
        ("UpBlock2D", (false, LevelKind::Conv)),
        ("AttnUpBlock2D", (true, ends)),
        ("ResnetUpsampleBlock2D", (false, LevelKind::Resnet)),
        ("SkipUpBlock2D", (false, LevelKind::Skip)),
        ("AttnSkipUpBlock2D", (true, LevelKind::Skip)),
        ("KUpBlock2D", (false, LevelKind::K)),
    ];
    let default = ["AttnUpBlock2D", "AttnUpBlock2D", "AttnUpBlock2D", "UpBlock2D"];
    level_list(fields, &["up_block_types", "up_blocks"], &default, &kinds, levels)
}

fn resample(fields: &Fields, name: &str) -> Result<LevelKind, Error> {
    fields.choice(&[name], LevelKind::Conv, &[("conv", LevelKind::Conv), ("resnet", LevelKind::Resnet)])
}

fn level_list<'a>(
    fields: &Fields<'a>,
    names: &[&str],
    default: &[&'a str],
    kinds: &[(&str, (bool, LevelKind))],
    levels: usize,
) -> Result<Vec<Level>, Error> {
    let types = fields.texts(names, default)?;
    if types.len() != levels {
        return Err(fields.invalid(names, &format!("as many names as block_out_channels has elements, {levels}")));
    }
    let level = |name: &&str| {
        let plain = name.strip_prefix("UNetRes").unwrap_or(name);
        let kind = kinds.iter().find(|(known, _)| *known == plain);
        kind.map(|&(_, (attention, kind))| Level { attention, kind }).ok_or_else(|| {
            let known = kinds.iter().map(|(known, _)| *known).collect::<Vec<_>>().join(", ");
            // What UNet2DModel has no input for.
            let reason = if plain.contains("CrossAttn") { ": no cross attention, which takes texts" } else { "" };
            fields.unsupported(names[0], &Value::from(*name), &format!("{known}{reason}"))
        })
    };
    types.iter().map(level).collect()
}
