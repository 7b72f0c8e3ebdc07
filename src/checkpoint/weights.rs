//! The tensors of a weights file, checked against what the configuration asks for, then handed out by name.

use std::collections::BTreeMap;

use super::config::UNetConfig;
use super::layout::Slot;
use super::names::{self, Named};
use super::tensor::StoredTensor;
use super::weights_file::WeightsFile;
use super::written::{Tensor, safetensors_of};
use super::{class_channels, safetensors, torch_file};
use crate::error::Error;

/// More absent or misshapen tensors than this, and file and configuration do not belong together.
const MOST_DAMAGED: usize = 2;

/// The tensors of a file, under today's names.
#[derive(Debug)]
pub struct Weights<'a> {
    tensors: Named<'a>,
    /// How many elements a tensor has that is all zeros.
    blank: BTreeMap<String, usize>,
}

impl<'a> Weights<'a> {
    /// Open a file of safetensors or of PyTorch that must hold exactly `slots`.
    ///
    /// # Errors
    /// Those of the format; then `ConfigMismatch`, `TensorMissing`, `TensorShape` or `TensorUnknown`.
    pub fn open(file: impl Into<WeightsFile<'a>>, slots: &[Slot]) -> Result<Self, Error> {
        let file = file.into();
        Self::checked(names::as_they_are(read(file.clone())?)?, slots, &file)
    }

    /// The same of a network of this configuration, whichever program has named its tensors.
    ///
    /// # Errors
    /// Those of [`open`](Self::open), and `WeightsForeign`.
    pub fn of_network(file: impl Into<WeightsFile<'a>>, config: &UNetConfig, slots: &[Slot]) -> Result<Self, Error> {
        let file = file.into();
        Self::checked(names::present(read(file.clone())?, config)?, slots, &file)
    }

    #[inline(never)]
    fn checked(tensors: Named<'a>, slots: &[Slot], file: &WeightsFile) -> Result<Self, Error> {
        check(&tensors, slots)?;
        release_others(&tensors, file);
        Ok(Self { tensors, blank: BTreeMap::new() })
    }

    /// Zeros in place of a file.
    pub fn blank(slots: &[Slot]) -> Self {
        let mut blank = BTreeMap::new();
        for (name, shape) in slots {
            blank.insert(name.clone(), shape.iter().product());
        }
        Self { tensors: Named::new(), blank }
    }

    /// How many bytes of the file have to be there for the tensors that are still to be taken and whose names `are_meant`.
    pub fn needed(&self, are_meant: impl Fn(&str) -> bool) -> usize {
        let meant = self.tensors.iter().filter(|(name, _)| are_meant(name));
        meant.filter_map(|(_, tensor)| tensor.bytes.range()).map(|range| range.end).max().unwrap_or(0)
    }

    /// The elements of the tensor `name`.
    ///
    /// # Errors
    /// `WeightsNotFinite`; `TensorMissing` for a name that is not among the slots.
    pub fn take(&mut self, name: &str) -> Result<Vec<f32>, Error> {
        match self.tensors.remove(name) {
            Some(tensor) => {
                let elements = tensor.to_f32()?;
                tensor.release();
                Ok(elements)
            }
            None => match self.blank.get(name) {
                Some(elements) => Ok(vec![0.0; *elements]),
                None => Err(Error::TensorMissing { tensor: name.to_owned() }),
            },
        }
    }
}

/// Whether the tensors of a file can be told, of which the first `arrived` bytes are there: with the header of safetensors, and with the
/// end of a file of PyTorch. A table of class channels has to be there too, as it says how many channels the network takes.
pub fn can_be_told(file: &WeightsFile, arrived: usize) -> bool {
    if arrived >= file.length() {
        return true;
    }
    if arrived < safetensors::BEGINNING || torch_file::is_meant(&file.beginning(torch_file::BEGINNING).read()) {
        return false;
    }
    // A file that is none is told too, by the error.
    let Ok(header) = safetensors::header(file) else { return true };
    if arrived < header.end {
        return false;
    }
    let is_there = |tensor: StoredTensor| {
        !class_channels::is_table(&tensor.name) || tensor.bytes.range().is_none_or(|range| range.end <= arrived)
    };
    safetensors::read(file.clone()).map_or(true, |tensors| tensors.into_iter().all(is_there))
}

/// Every tensor of a file of weights, in whichever format it is.
///
/// # Errors
/// The `Weights…` variants of [`Error`].
pub fn read<'a>(file: impl Into<WeightsFile<'a>>) -> Result<Vec<StoredTensor<'a>>, Error> {
    read_file(file.into())
}

/// Called from two places: copied into both it would take 3 KB of code.
#[inline(never)]
fn read_file(file: WeightsFile) -> Result<Vec<StoredTensor>, Error> {
    if torch_file::is_meant(&file.beginning(torch_file::BEGINNING).read()) {
        torch_file::read(&file)
    } else {
        safetensors::read(file)
    }
}

/// The weights of a network of this configuration as a safetensors file of f32 with today's names.
///
/// # Errors
/// Those of [`Weights::of_network`] but for the slots', and `WeightsNotFinite`.
pub fn rewritten(file: &[u8], config: &UNetConfig) -> Result<Vec<u8>, Error> {
    let tensors = names::present(read(file)?, config)?.into_iter().map(|(name, tensor)| {
        let elements = tensor.to_f32()?;
        Ok(Tensor { name, shape: tensor.shape, elements })
    });
    Ok(safetensors_of(&tensors.collect::<Result<Vec<_>, Error>>()?))
}

/// Gives back what is no tensor's: a header for instance.
fn release_others(tensors: &Named, file: &WeightsFile) {
    let ranges = || tensors.values().filter_map(|tensor| tensor.bytes.range());
    let mut at = 0;
    while at < file.length() {
        if let Some(range) = ranges().find(|range| range.contains(&at)) {
            at = range.end;
            continue;
        }
        let next = ranges().map(|range| range.start).filter(|start| *start > at).min().unwrap_or(file.length());
        if let Some(others) = file.get(at..next) {
            others.release();
        }
        at = next;
    }
}

/// Every slot is filled, and nothing is left over.
fn check(tensors: &Named, slots: &[Slot]) -> Result<(), Error> {
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
    match tensors.iter().find(|(name, _)| slots.iter().all(|(slot, _)| slot != *name)) {
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
