//! The names of Ho et al.'s network in PyTorch, as DDIM's program (Song et al.) and others have them.
//!
//! Its decoder counts its levels from the highest resolution on. Its attention has 1x1 convolutions for matrices.

use super::named::{Named, insert, level, renamed};
use crate::checkpoint::tensor::StoredTensor;
use crate::error::Error;

const OUTER: [(&str, &str); 5] = [
    ("temb.dense.0", "time_embedding.linear_1"),
    ("temb.dense.1", "time_embedding.linear_2"),
    ("conv_in", "conv_in"),
    ("norm_out", "conv_norm_out"),
    ("conv_out", "conv_out"),
];

const RESAMPLERS: [(&str, &str); 2] =
    [("downsample.conv", "downsamplers.0.conv"), ("upsample.conv", "upsamplers.0.conv")];

const RESNET: [(&str, &str); 6] = [
    ("norm1", "norm1"),
    ("conv1", "conv1"),
    ("temb_proj", "time_emb_proj"),
    ("norm2", "norm2"),
    ("conv2", "conv2"),
    ("nin_shortcut", "conv_shortcut"),
];

const ATTENTION: [(&str, &str); 5] =
    [("norm", "group_norm"), ("q", "to_q"), ("k", "to_k"), ("v", "to_v"), ("proj_out", "to_out.0")];

/// The tensors by today's names.
///
/// # Errors
/// `TensorUnknown` for a name of no layer.
pub fn present(tensors: Vec<(String, StoredTensor)>) -> Result<Named, Error> {
    let levels = tensors.iter().filter_map(|(name, _)| level(name, "up.")).map(|(level, _)| level + 1).max();
    let mut named = Named::new();
    for (name, tensor) in tensors {
        insert(&mut named, present_name(&name, levels.unwrap_or_default()), tensor)?;
    }
    Ok(named)
}

fn present_name(name: &str, levels: usize) -> Option<String> {
    if let Some((level, rest)) = level(name, "down.") {
        return Some(format!("down_blocks.{level}.{}", within(rest)?));
    }
    if let Some((level, rest)) = level(name, "up.") {
        return Some(format!("up_blocks.{}.{}", (levels - 1).checked_sub(level)?, within(rest)?));
    }
    for (from, to, layers) in [
        ("mid.block_1.", "mid_block.resnets.0", &RESNET[..]),
        ("mid.attn_1.", "mid_block.attentions.0", &ATTENTION),
        ("mid.block_2.", "mid_block.resnets.1", &RESNET),
    ] {
        if let Some(rest) = name.strip_prefix(from) {
            return Some(format!("{to}.{}", renamed(rest, layers)?));
        }
    }
    renamed(name, &OUTER)
}

/// A part of a level.
fn within(name: &str) -> Option<String> {
    for (from, to, layers) in [("block.", "resnets", &RESNET[..]), ("attn.", "attentions", &ATTENTION)] {
        if let Some((index, rest)) = level(name, from) {
            return Some(format!("{to}.{index}.{}", renamed(rest, layers)?));
        }
    }
    renamed(name, &RESAMPLERS)
}
