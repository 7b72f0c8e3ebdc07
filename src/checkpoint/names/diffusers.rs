//! diffusers' own names, and the older ones of its first versions.

use std::collections::btree_map::Entry;

use super::named::Named;
use crate::checkpoint::tensor::StoredTensor;
use crate::error::Error;

/// The tensors by today's names. Of one that an older file holds twice, today's name wins.
///
/// # Errors
/// `TensorUnknown` for one whose place another has.
pub fn present(tensors: Vec<(String, StoredTensor)>) -> Result<Named, Error> {
    let (present, older): (Vec<_>, Vec<_>) = tensors
        .into_iter()
        .map(|(name, tensor)| (present_name(&name) == name, name, tensor))
        .partition(|(is_present, ..)| *is_present);
    // One by one: to collect them would sort them first, which takes 10 KB of code.
    let mut tensors = Named::new();
    for (_, name, tensor) in present {
        tensors.insert(name, tensor);
    }
    for (_, name, tensor) in older {
        match tensors.entry(present_name(&name)) {
            Entry::Vacant(place) => {
                place.insert(tensor);
            }
            Entry::Occupied(_) if is_stored_twice(&name) => {}
            Entry::Occupied(_) => return Err(Error::TensorUnknown { tensor: tensor.name }),
        }
    }
    Ok(tensors)
}

/// Today's name of a tensor that diffusers may have written under an older one.
fn present_name(name: &str) -> String {
    let mut present = name.to_owned();
    let blocks = [("downsample_blocks.", "down_blocks."), ("upsample_blocks.", "up_blocks."), ("mid.", "mid_block.")];
    for (older, prefix) in blocks {
        if let Some(rest) = name.strip_prefix(older) {
            present = format!("{prefix}{rest}");
        }
    }
    if present.contains(".attentions.") {
        let parts = [(".query.", ".to_q."), (".key.", ".to_k."), (".value.", ".to_v."), (".proj_attn.", ".to_out.0.")];
        for (older, part) in parts {
            present = present.replace(older, part);
        }
    }
    if present.contains("samplers.0.") {
        present = present.replace(".op.", ".conv.").replace(".Conv2d_0.", ".conv.");
    }
    present
}

/// Whether a tensor of an older file is one that was stored under two names.
fn is_stored_twice(name: &str) -> bool {
    name.contains("samplers.0.op.") || name.contains("samplers.0.Conv2d_0.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn older_names_become_todays() {
        let pairs = [
            ("mid_block.attentions.0.query.weight", "mid_block.attentions.0.to_q.weight"),
            ("down_blocks.1.attentions.0.proj_attn.bias", "down_blocks.1.attentions.0.to_out.0.bias"),
            ("downsample_blocks.0.downsamplers.0.op.weight", "down_blocks.0.downsamplers.0.conv.weight"),
            ("mid.resnets.0.norm1.weight", "mid_block.resnets.0.norm1.weight"),
            ("conv_in.weight", "conv_in.weight"),
        ];
        for (older, present) in pairs {
            assert_eq!(present_name(older), present, "{older}");
        }
    }
}
