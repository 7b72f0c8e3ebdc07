//! The tensors of a weights file, checked against what the configuration asks for, then handed out by name.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::layout::Slot;
use super::safetensors::{self, StoredTensor};
use crate::error::Error;

/// More absent or misshapen tensors than this, and file and configuration do not belong together.
const MOST_DAMAGED: usize = 2;

/// The tensors of a file, under today's names.
#[derive(Debug)]
pub struct Weights<'a> {
    tensors: BTreeMap<String, StoredTensor<'a>>,
    /// How many elements a tensor has that is all zeros.
    blank: BTreeMap<String, usize>,
}

impl<'a> Weights<'a> {
    /// Open a safetensors file that must hold exactly `slots`.
    ///
    /// # Errors
    /// Those of the format; then `ConfigMismatch`, `TensorMissing`, `TensorShape` or `TensorUnknown`.
    pub fn open(file: &'a [u8], slots: &[Slot]) -> Result<Self, Error> {
        let tensors = under_present_names(safetensors::read(file)?)?;
        check(&tensors, slots)?;
        Ok(Self { tensors, blank: BTreeMap::new() })
    }

    /// Zeros in place of a file.
    pub fn blank(slots: &[Slot]) -> Self {
        let blank = slots.iter().map(|(name, shape)| (name.clone(), shape.iter().product())).collect();
        Self { tensors: BTreeMap::new(), blank }
    }

    /// The elements of the tensor `name`.
    ///
    /// # Errors
    /// `WeightsNotFinite`; `TensorMissing` for a name that is not among the slots.
    pub fn take(&mut self, name: &str) -> Result<Vec<f32>, Error> {
        match self.tensors.remove(name) {
            Some(tensor) => tensor.to_f32(),
            None => match self.blank.get(name) {
                Some(elements) => Ok(vec![0.0; *elements]),
                None => Err(Error::TensorMissing { tensor: name.to_owned() }),
            },
        }
    }
}

/// Every slot is filled, and nothing is left over.
fn check(tensors: &BTreeMap<String, StoredTensor>, slots: &[Slot]) -> Result<(), Error> {
    let mut faults = slots.iter().filter_map(|(name, shape)| fault(tensors.get(name), name, shape));
    if let Some(first) = faults.next() {
        let wrong = 1 + faults.count();
        return Err(if wrong > MOST_DAMAGED {
            Error::ConfigMismatch { tensors: slots.len(), wrong, first: first.to_string() }
        } else {
            first
        });
    }
    if tensors.len() == slots.len() {
        return Ok(());
    }
    let asked: std::collections::BTreeSet<&str> = slots.iter().map(|(name, _)| name.as_str()).collect();
    match tensors.iter().find(|(name, _)| !asked.contains(name.as_str())) {
        Some((_, tensor)) => Err(Error::TensorUnknown { tensor: tensor.name.clone() }),
        None => Ok(()),
    }
}

/// What is wrong with the tensor of a slot. A matrix may also be stored as a 1x1 convolution.
fn fault(tensor: Option<&StoredTensor>, name: &str, shape: &[usize]) -> Option<Error> {
    let Some(tensor) = tensor else { return Some(Error::TensorMissing { tensor: name.to_owned() }) };
    let is_pointwise = shape.len() == 2 && tensor.shape == [shape[0], shape[1], 1, 1];
    (tensor.shape != shape && !is_pointwise).then(|| Error::TensorShape {
        tensor: tensor.name.clone(),
        found: tensor.shape.clone(),
        expected: shape.to_vec(),
    })
}

/// The tensors by today's names. Of one that an older file holds twice, today's name wins.
fn under_present_names(tensors: Vec<StoredTensor>) -> Result<BTreeMap<String, StoredTensor>, Error> {
    let (present, older): (Vec<_>, Vec<_>) = tensors
        .into_iter()
        .map(|tensor| (present_name(&tensor.name), tensor))
        .partition(|(name, tensor)| *name == tensor.name);
    let mut tensors: BTreeMap<_, _> = present.into_iter().collect();
    for (name, tensor) in older {
        match tensors.entry(name) {
            Entry::Vacant(place) => {
                place.insert(tensor);
            }
            Entry::Occupied(_) if is_stored_twice(&tensor.name) => {}
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
