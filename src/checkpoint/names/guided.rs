//! The names of improved-diffusion and guided-diffusion (Nichol and Dhariwal 2021), which many later programs have too.
//!
//! Encoder and decoder are lists of modules, and the file does not say which level one belongs to: the configuration does.

use std::borrow::Cow;

use super::named::{Named, insert, level, renamed};
use crate::checkpoint::config::UNetConfig;
use crate::checkpoint::tensor::StoredTensor;
use crate::checkpoint::weights_file::Bytes;
use crate::error::Error;

const OUTER: [(&str, &str); 6] = [
    ("time_embed.0", "time_embedding.linear_1"),
    ("time_embed.2", "time_embedding.linear_2"),
    ("label_emb", "class_embedding"),
    ("input_blocks.0.0", "conv_in"),
    ("out.0", "conv_norm_out"),
    ("out.2", "conv_out"),
];

const RESNET: [(&str, &str); 6] = [
    ("in_layers.0", "norm1"),
    ("in_layers.2", "conv1"),
    ("emb_layers.1", "time_emb_proj"),
    ("out_layers.0", "norm2"),
    ("out_layers.3", "conv2"),
    ("skip_connection", "conv_shortcut"),
];

const ATTENTION: [(&str, &str); 3] = [("norm", "group_norm"), ("qkv", "qkv"), ("proj_out", "to_out.0")];
const RESAMPLER: [(&str, &str); 2] = [("op", "conv"), ("conv", "conv")];

/// The tensors by today's names.
///
/// # Errors
/// `TensorUnknown` for a name of no layer.
pub fn present<'a>(tensors: Vec<(String, StoredTensor<'a>)>, config: &UNetConfig) -> Result<Named<'a>, Error> {
    let mut named = Named::new();
    for (name, mut tensor) in tensors {
        // A convolution over a list of pixels is a matrix.
        if let [_, _, 1] = tensor.shape[..] {
            tensor = flat(tensor);
        }
        let present = present_name(&name, config.layers_per_block, config.channels.len());
        match present.as_deref().and_then(|name| name.rsplit_once(".qkv.")) {
            Some((attention, kind)) => {
                for (part, tensor) in ["to_q", "to_k", "to_v"].into_iter().zip(parts(tensor, config)?) {
                    insert(&mut named, Some(format!("{attention}.{part}.{kind}")), tensor)?;
                }
            }
            None => insert(&mut named, present, tensor)?,
        }
    }
    Ok(named)
}

fn present_name(name: &str, layers: usize, levels: usize) -> Option<String> {
    if let Some(present) = renamed(name, &OUTER) {
        return Some(present);
    }
    if let Some((index, rest)) = level(name, "middle_block.") {
        let (layer, layers) = match index {
            0 => ("resnets.0", &RESNET[..]),
            1 => ("attentions.0", &ATTENTION[..]),
            2 => ("resnets.1", &RESNET[..]),
            _ => return None,
        };
        return Some(format!("mid_block.{layer}.{}", renamed(rest, layers)?));
    }
    let per_level = layers + 1;
    let (block, place, is_resampler, rest) = if let Some((index, rest)) = level(name, "input_blocks.") {
        // A level ends with what halves the resolution.
        let index = index.checked_sub(1)?;
        ("down_blocks", index, index % per_level == layers, rest)
    } else {
        let (index, rest) = level(name, "output_blocks.")?;
        ("up_blocks", index, false, rest)
    };
    let (part, rest) = rest.split_once('.')?;
    let (at, layer) = (place / per_level, place % per_level);
    let sampler = if block == "down_blocks" { "downsamplers.0" } else { "upsamplers.0" };
    let within = if is_resampler {
        format!("{sampler}.{}", renamed(rest, &RESAMPLER).or_else(|| renamed(rest, &RESNET))?)
    } else if part == "0" {
        format!("resnets.{layer}.{}", renamed(rest, &RESNET)?)
    } else if let Some(rest) = renamed(rest, &ATTENTION) {
        format!("attentions.{layer}.{rest}")
    } else {
        format!("{sampler}.{}", renamed(rest, &RESAMPLER).or_else(|| renamed(rest, &RESNET))?)
    };
    (at < levels).then(|| format!("{block}.{at}.{within}"))
}

/// Queries, keys and values, which each head has one after the other.
fn parts<'a>(tensor: StoredTensor<'a>, config: &UNetConfig) -> Result<[StoredTensor<'a>; 3], Error> {
    let channels = tensor.shape.first().map_or(0, |rows| rows / 3);
    let head = config.attention_head_dim.unwrap_or(channels);
    if head == 0 || !channels.is_multiple_of(head) || tensor.shape.first() != Some(&(3 * channels)) {
        let expected = vec![3 * channels.max(head), channels.max(head)];
        return Err(Error::TensorShape { tensor: tensor.name, found: tensor.shape, expected });
    }
    let by_rows = match tensor.strides {
        Some(_) => Bytes::Here(Cow::Owned(tensor.rows().into_owned())),
        None => tensor.bytes.clone(),
    };
    let count = head * tensor.shape[1..].iter().product::<usize>();
    let part = |index: usize| {
        let mut shape = tensor.shape.clone();
        shape[0] = channels;
        StoredTensor {
            name: tensor.name.clone(),
            shape,
            dtype: tensor.dtype,
            bytes: by_rows.part(index * count * tensor.dtype.size()..usize::MAX),
            strides: Some(vec![(channels / head, 3 * count), (count, 1)]),
        }
    };
    Ok([part(0), part(1), part(2)])
}

/// The same without the last dimension, which has one place.
fn flat(mut tensor: StoredTensor) -> StoredTensor {
    tensor.shape.pop();
    tensor
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_is_found_by_its_number() {
        for (name, present) in [
            ("input_blocks.0.0.bias", "conv_in.bias"),
            ("input_blocks.1.0.in_layers.0.weight", "down_blocks.0.resnets.0.norm1.weight"),
            ("input_blocks.3.0.op.weight", "down_blocks.0.downsamplers.0.conv.weight"),
            ("input_blocks.3.0.out_layers.3.bias", "down_blocks.0.downsamplers.0.conv2.bias"),
            ("input_blocks.5.1.norm.weight", "down_blocks.1.attentions.1.group_norm.weight"),
            ("middle_block.1.proj_out.bias", "mid_block.attentions.0.to_out.0.bias"),
            ("output_blocks.2.1.conv.weight", "up_blocks.0.upsamplers.0.conv.weight"),
            ("output_blocks.2.2.in_layers.2.weight", "up_blocks.0.upsamplers.0.conv1.weight"),
            ("output_blocks.5.0.skip_connection.bias", "up_blocks.1.resnets.2.conv_shortcut.bias"),
            ("out.2.weight", "conv_out.weight"),
        ] {
            assert_eq!(present_name(name, 2, 2).as_deref(), Some(present), "{name}");
        }
        for name in
            ["input_blocks.9.0.op.weight", "middle_block.3.norm.weight", "out.1.weight", "input_blocks.1.0.a.weight"]
        {
            assert_eq!(present_name(name, 2, 2), None, "{name}");
        }
    }
}
