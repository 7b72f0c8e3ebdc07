//! The tensors of a weights file, handed out to the network's layers by name and shape.
//!
//! A layer asks for what the configuration makes it need. What is absent or misshapen is noted, not returned at once, so that [`Weights::finish`] can
//! tell one damaged tensor from a file that belongs to another configuration.

use std::collections::BTreeMap;

use burn::tensor::{Device, Tensor, TensorData};

use super::safetensors::{self, StoredTensor};
use crate::error::Error;

/// More absent or misshapen tensors than this, and file and configuration do not belong together.
const MOST_DAMAGED: usize = 2;

/// The tensors that are still to be handed out.
pub struct Weights<'a> {
    tensors: BTreeMap<String, StoredTensor<'a>>,
    asked: Vec<(String, Vec<usize>)>,
    faults: Vec<Error>,
    not_finite: Option<Error>,
    device: Device,
}

/// The elements of a tensor that a layer asked for; nothing where the file has no such tensor, which [`Weights::finish`] reports.
pub struct Parameter {
    elements: Option<Vec<f32>>,
}

impl<'a> Weights<'a> {
    /// Open a safetensors file, for a network on `device`.
    pub fn open(file: &'a [u8], device: &Device) -> Result<Self, Error> {
        let mut weights = Self::none(device);
        let (present, older): (Vec<_>, Vec<_>) = safetensors::read(file)?
            .into_iter()
            .map(|tensor| (present_name(&tensor.name), tensor))
            .partition(|(name, t)| *name == t.name);
        weights.tensors = present.into_iter().collect();
        for (name, tensor) in older {
            let is_copy = is_stored_twice(&tensor.name);
            if !weights.tensors.contains_key(&name) {
                weights.tensors.insert(name, tensor);
            } else if !is_copy {
                return Err(Error::TensorUnknown { tensor: tensor.name });
            }
        }
        Ok(weights)
    }

    /// No tensors at all: a network asks, and [`asked`](Self::asked) tells what for.
    pub fn none(device: &Device) -> Self {
        Self {
            tensors: BTreeMap::new(),
            asked: Vec::new(),
            faults: Vec::new(),
            not_finite: None,
            device: device.clone(),
        }
    }

    /// The names and shapes asked for so far.
    pub fn asked(&self) -> &[(String, Vec<usize>)] {
        &self.asked
    }

    /// The device that the network is built on.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The elements of the tensor `name`, which must have `shape`; a matrix may also be stored as a 1x1 convolution.
    pub fn take(&mut self, name: &str, shape: &[usize]) -> Parameter {
        self.asked.push((name.to_owned(), shape.to_vec()));
        let Some(tensor) = self.tensors.remove(name) else {
            self.faults.push(Error::TensorMissing { tensor: name.to_owned() });
            return Parameter { elements: None };
        };
        let is_pointwise = shape.len() == 2
            && tensor.shape.len() == 4
            && tensor.shape.ends_with(&[1, 1])
            && tensor.shape.starts_with(shape);
        if tensor.shape != shape && !is_pointwise {
            self.faults.push(Error::TensorShape { tensor: tensor.name, found: tensor.shape, expected: shape.to_vec() });
            return Parameter { elements: None };
        }
        match tensor.to_f32() {
            Ok(elements) => Parameter { elements: Some(elements) },
            Err(error) => {
                self.not_finite.get_or_insert(error);
                Parameter { elements: None }
            }
        }
    }

    /// [`take`](Self::take), as a tensor on the device.
    pub fn tensor<const D: usize>(&mut self, name: &str, shape: [usize; D]) -> Tensor<D> {
        self.take(name, &shape).upload(shape, &self.device)
    }

    /// Everything has been asked for: the number of parameters, or what was wrong.
    ///
    /// # Errors
    /// `ConfigMismatch`, `TensorMissing`, `TensorShape`, `TensorUnknown` or `WeightsNotFinite`.
    pub fn finish(mut self) -> Result<usize, Error> {
        if self.faults.len() > MOST_DAMAGED {
            let first = self.faults[0].to_string();
            return Err(Error::ConfigMismatch { tensors: self.asked.len(), wrong: self.faults.len(), first });
        }
        if !self.faults.is_empty() {
            return Err(self.faults.remove(0));
        }
        if let Some((_, tensor)) = self.tensors.pop_first() {
            return Err(Error::TensorUnknown { tensor: tensor.name });
        }
        match self.not_finite {
            Some(error) => Err(error),
            None => Ok(self.asked.iter().map(|(_, shape)| shape.iter().product::<usize>()).sum()),
        }
    }
}

impl Parameter {
    /// The same parameter, its elements laid out anew.
    pub fn map(self, lay_out: impl FnOnce(Vec<f32>) -> Vec<f32>) -> Self {
        Self { elements: self.elements.map(lay_out) }
    }

    /// The parameter as a tensor of `shape`; without elements, a small stand-in of the same rank that no one computes with.
    pub fn upload<const D: usize>(self, shape: [usize; D], device: &Device) -> Tensor<D> {
        match self.elements {
            Some(elements) => Tensor::from_data(TensorData::new(elements, shape), device),
            None => Tensor::zeros([1; D], device),
        }
    }

    /// The elements; empty where the file has no such tensor.
    pub fn into_elements(self) -> Vec<f32> {
        self.elements.unwrap_or_default()
    }
}

/// Today's name of a tensor that diffusers may have written under an older one.
fn present_name(name: &str) -> String {
    let mut present = name.to_owned();
    for (older, prefix) in
        [("downsample_blocks.", "down_blocks."), ("upsample_blocks.", "up_blocks."), ("mid.", "mid_block.")]
    {
        if let Some(rest) = name.strip_prefix(older) {
            present = format!("{prefix}{rest}");
        }
    }
    if present.contains(".attentions.") {
        for (older, part) in
            [(".query.", ".to_q."), (".key.", ".to_k."), (".value.", ".to_v."), (".proj_attn.", ".to_out.0.")]
        {
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
