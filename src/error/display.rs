//! The sentences: the input, its value, and what is allowed.

use std::fmt;

use super::Error;
use super::shown::{self, in_bytes};

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownOption { name, allowed } => {
                write!(f, "there is no option `{}`; the options are {}", shown::shortened(name), allowed.join(", "))
            }
            Self::InvalidOption { name, value, allowed } => write!(f, "`{name}` is {value}; it must be {allowed}"),
            Self::MisplacedOption { name, value, works_with } => {
                write!(f, "`{name}` is {value}; it works only with {works_with}")
            }
            Self::ConfigInvalid { file, field, value, allowed } => {
                write!(f, "`{field}` in {file} is {value}; it must be {allowed}")
            }
            Self::ConfigUnsupported { file, field, value, supported } => {
                write!(f, "`{field}` in {file} is {value}, which is not supported; supported: {supported}")
            }
            Self::ConfigMismatch { tensors, wrong, first } => write!(
                f,
                "config.json and the weights do not fit together: {wrong} of {tensors} tensors are absent or have another shape, first {first}"
            ),
            Self::AnalyticTable { value, allowed } => {
                write!(f, "`mean_sq_eps` in analytic_dpm.json is {value}; it must be {allowed}")
            }
            Self::TooLarge { bytes, weights, activations, most } => write!(
                f,
                "the network of config.json needs {} of memory, {} for its weights and {} for an image on its way; at most {} are allowed",
                in_bytes(*bytes),
                in_bytes(*weights),
                in_bytes(*activations),
                in_bytes(*most)
            ),
            Self::OutOfMemory { what, bytes } => {
                write!(f, "{what} needs {} of memory, and less than that is left", in_bytes(*bytes))
            }
            Self::WeightsMagic { found } => {
                write!(
                    f,
                    "the weights are neither a safetensors file nor one of PyTorch: {found}; the first begins with an 8-byte length and a JSON header"
                )
            }
            Self::WeightsPickle { what } => {
                write!(
                    f,
                    "the weights are not read: {what}; of a pickle only tensors with names are read, and nothing of it runs"
                )
            }
            Self::WeightsForeign { whose, difference } => {
                write!(f, "the weights are those of {whose}: {difference}")
            }
            Self::WeightsShard { file, cause } => write!(f, "“{file}” of the weights: {cause}"),
            Self::WeightsDamaged { cause } => {
                write!(f, "the weights are a damaged file of PyTorch: {cause}")
            }
            Self::WeightsHeader { cause } => {
                write!(
                    f,
                    "the weights' header is damaged: {cause}; it must have a dtype, a shape and two data_offsets per tensor, each tensor once"
                )
            }
            Self::WeightsTruncated { needed, found } => {
                write!(f, "the weights end early: the header asks for {needed} bytes, there are {found}")
            }
            Self::WeightsOverlong { needed, found } => {
                write!(f, "the weights are too long: the header accounts for {needed} bytes, there are {found}")
            }
            Self::WeightsOffsets { tensor, offsets: (first, end), allowed } => {
                write!(f, "tensor `{tensor}` has the offsets {first} to {end}; they must be {allowed}")
            }
            Self::WeightsOverlap { first, second } => {
                write!(
                    f,
                    "tensors `{first}` and `{second}` overlap or leave a gap; each must begin where the one before ends"
                )
            }
            Self::WeightsDtype { tensor, dtype } => {
                write!(f, "tensor `{tensor}` is stored as {dtype}; it must be F32, F16, BF16 or F64")
            }
            Self::WeightsNotFinite { tensor, index, value } => {
                let found = shown::number(*value);
                write!(f, "element {index} of tensor `{tensor}` is {found}; it must be a finite number")
            }
            Self::TensorMissing { tensor } => {
                write!(f, "tensor `{tensor}` is not in the weights, but config.json asks for it")
            }
            Self::TensorUnknown { tensor } => {
                write!(f, "tensor `{tensor}` is in the weights, but config.json has no place for it")
            }
            Self::TensorShape { tensor, found, expected } => {
                write!(f, "tensor `{tensor}` has the shape {found:?}; config.json asks for {expected:?}")
            }
            Self::NotFinite { what, timestep, index } => {
                write!(f, "the {what} at timestep {timestep} is not a finite number at element {index}")
            }
            Self::DenoiserLength { found, expected } => {
                write!(f, "the denoiser returned {found} numbers; it was given {expected} and must return as many")
            }
            Self::RunComplete { steps } => write!(f, "the run is complete: all {steps} steps are done"),
            Self::RunIncomplete { done, steps } => {
                write!(f, "only {done} of {steps} steps are done: there is no result yet")
            }
            Self::TrainingDiverged { step } => {
                write!(f, "the training has diverged: the loss or the gradient of step {step} is not a finite number")
            }
            Self::Device { cause } => write!(f, "the device failed: {cause}"),
        }
    }
}

impl std::error::Error for Error {}
