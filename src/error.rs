//! Everything that can go wrong, one variant a cause.
//!
//! Each error names the input, its value and what is allowed; [`Error::code`] is stable and part of the public API,
//! [`Error::hint`] says what to do about it.

use std::fmt;

/// What went wrong.
#[derive(Debug, Clone, PartialEq)]
pub enum Error {
    /// An option whose name does not exist.
    UnknownOption {
        /// The name as given.
        name: String,
        /// Every name there is.
        allowed: &'static [&'static str],
    },
    /// A value that an option, or an argument of a call, does not take. Its code is `invalid-` and the option's name.
    InvalidOption {
        /// The option's name in the public API; for a field of it, `option.field`.
        name: &'static str,
        /// The value as given, cut to a readable length.
        value: String,
        /// What is allowed, as a phrase: "an integer from 1 to 1000".
        allowed: String,
    },
    /// A field of `config.json` or `scheduler_config.json` that is absent, of the wrong type or out of range.
    ConfigInvalid {
        /// The file.
        file: &'static str,
        /// The field.
        field: String,
        /// Its value as it stands in the file, or "absent".
        value: String,
        /// What is allowed, as a phrase.
        allowed: String,
    },
    /// A field that is well formed, but asks for something this engine does not compute.
    ConfigUnsupported {
        /// The file.
        file: &'static str,
        /// The field.
        field: String,
        /// Its value.
        value: String,
        /// What is supported.
        supported: String,
    },
    /// The configuration describes another network than the weights hold.
    ConfigMismatch {
        /// How many tensors the configuration asks for.
        tensors: usize,
        /// How many of them are absent or of another shape.
        wrong: usize,
        /// The first of them, with both shapes.
        first: String,
    },
    /// The weights do not begin as a safetensors file does.
    WeightsMagic {
        /// What was found instead.
        found: String,
    },
    /// The header of the weights is JSON, but does not describe tensors.
    WeightsHeader {
        /// What is wrong with it, and where.
        cause: String,
    },
    /// The weights end before their header says they do.
    WeightsTruncated {
        /// Bytes that the header asks for.
        needed: u64,
        /// Bytes there are.
        found: u64,
    },
    /// The weights go on after the last tensor.
    WeightsOverlong {
        /// Bytes that the header accounts for.
        needed: u64,
        /// Bytes there are.
        found: u64,
    },
    /// A tensor's offsets are reversed, outside of the file, or do not fit its shape.
    WeightsOffsets {
        /// The tensor.
        tensor: String,
        /// First byte and end, as the header gives them.
        offsets: (u64, u64),
        /// What is allowed, as a phrase.
        allowed: String,
    },
    /// Two tensors share bytes, or bytes between two tensors belong to none.
    WeightsOverlap {
        /// The earlier tensor.
        first: String,
        /// The later one.
        second: String,
    },
    /// A tensor is stored in a number format that is not read.
    WeightsDtype {
        /// The tensor.
        tensor: String,
        /// Its format.
        dtype: String,
    },
    /// A weight is NaN or infinite.
    WeightsNotFinite {
        /// The tensor.
        tensor: String,
        /// Index of the first such element.
        index: usize,
        /// Its value.
        value: f32,
    },
    /// A tensor that the configuration asks for is not in the file.
    TensorMissing {
        /// The tensor.
        tensor: String,
    },
    /// The file holds a tensor that the configuration does not ask for.
    TensorUnknown {
        /// The tensor.
        tensor: String,
    },
    /// A tensor has another shape than the configuration asks for.
    TensorShape {
        /// The tensor.
        tensor: String,
        /// Its shape in the file.
        found: Vec<usize>,
        /// The shape the configuration asks for.
        expected: Vec<usize>,
    },
    /// The network's or the denoiser's output holds NaN or infinity.
    NotFinite {
        /// Training timestep of the step.
        timestep: f64,
        /// Index of the first such element.
        index: usize,
    },
    /// The denoiser returned another number of elements than it was given.
    DenoiserLength {
        /// Elements returned.
        found: usize,
        /// Elements given.
        expected: usize,
    },
    /// The run has no further step.
    RunComplete {
        /// How many steps it had.
        steps: usize,
    },
    /// A result was asked for before the last step.
    RunIncomplete {
        /// Steps that are done.
        done: usize,
        /// Steps in all.
        steps: usize,
    },
    /// The device could not be opened, or stopped answering.
    Device {
        /// The cause in the device's own words.
        cause: String,
    },
}

impl Error {
    /// The stable code, in kebab case.
    pub fn code(&self) -> String {
        match self {
            Self::InvalidOption { name, .. } => {
                let option = name.split_once('.').map_or(*name, |(option, _)| option);
                format!("invalid-{}", kebab_from_camel(option))
            }
            other => other.fixed_code().to_owned(),
        }
    }

    fn fixed_code(&self) -> &'static str {
        match self {
            Self::UnknownOption { .. } => "unknown-option",
            Self::InvalidOption { .. } => "invalid-option",
            Self::ConfigInvalid { .. } => "config-invalid",
            Self::ConfigUnsupported { .. } => "config-unsupported",
            Self::ConfigMismatch { .. } => "config-mismatch",
            Self::WeightsMagic { .. } => "weights-magic",
            Self::WeightsHeader { .. } => "weights-header",
            Self::WeightsTruncated { .. } => "weights-truncated",
            Self::WeightsOverlong { .. } => "weights-overlong",
            Self::WeightsOffsets { .. } => "weights-offsets",
            Self::WeightsOverlap { .. } => "weights-overlap",
            Self::WeightsDtype { .. } => "weights-dtype",
            Self::WeightsNotFinite { .. } => "weights-not-finite",
            Self::TensorMissing { .. } => "tensor-missing",
            Self::TensorUnknown { .. } => "tensor-unknown",
            Self::TensorShape { .. } => "tensor-shape",
            Self::NotFinite { .. } => "not-finite",
            Self::DenoiserLength { .. } => "denoiser-length",
            Self::RunComplete { .. } => "run-complete",
            Self::RunIncomplete { .. } => "run-incomplete",
            Self::Device { .. } => "device",
        }
    }

    /// What the reader can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::ConfigInvalid { .. } | Self::ConfigUnsupported { .. } => Some(
                "Take the file as diffusers' save_pretrained writes it for a UNet2DModel and a DDPM or DDIM scheduler.",
            ),
            Self::ConfigMismatch { .. } => Some("Take config.json and the weights from the same folder."),
            Self::WeightsMagic { .. } => {
                Some("Pickled .bin and .ckpt files are not read: save with safe_serialization=True.")
            }
            Self::WeightsTruncated { .. } => Some("The download may have broken off: load the file once more."),
            Self::WeightsHeader { .. }
            | Self::WeightsOverlong { .. }
            | Self::WeightsOffsets { .. }
            | Self::WeightsOverlap { .. } => {
                Some("The file is damaged or was not written by safetensors: save it again.")
            }
            Self::WeightsDtype { .. } => Some("Save the weights as float32, float16 or bfloat16."),
            Self::WeightsNotFinite { .. } => {
                Some("The training may have diverged, or f16 overflowed: save as float32.")
            }
            Self::TensorMissing { .. } | Self::TensorUnknown { .. } | Self::TensorShape { .. } => {
                Some("Save config.json and the weights together with diffusers' save_pretrained.")
            }
            Self::NotFinite { .. } => Some("Try another sampler, more steps, or clip \"x0\"."),
            Self::Device { .. } => Some("Choose the back end \"cpu\", which runs everywhere."),
            _ => None,
        }
    }

    /// A device that failed, in the first line of its own words: what follows there is a trace for its makers.
    pub fn device(cause: impl fmt::Debug) -> Self {
        let words = format!("{cause:?}");
        Self::Device { cause: words.lines().next().unwrap_or("no cause given").to_owned() }
    }

    /// An option whose value is not allowed; `value` is shown as JSON would show it.
    pub fn invalid(name: &'static str, value: impl fmt::Display, allowed: impl Into<String>) -> Self {
        let mut value = value.to_string();
        if value.chars().count() > LONGEST_VALUE {
            value = value.chars().take(LONGEST_VALUE).collect::<String>() + "…";
        }
        Self::InvalidOption { name, value, allowed: allowed.into() }
    }
}

/// Longest value that is repeated in a message, in characters.
const LONGEST_VALUE: usize = 60;

fn kebab_from_camel(name: &str) -> String {
    let mut kebab = String::with_capacity(name.len() + 2);
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            kebab.push('-');
        }
        kebab.push(c.to_ascii_lowercase());
    }
    kebab
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownOption { name, allowed } => {
                write!(f, "there is no option `{name}`; the options are {}", allowed.join(", "))
            }
            Self::InvalidOption { name, value, allowed } => write!(f, "`{name}` is {value}; allowed is {allowed}"),
            Self::ConfigInvalid { file, field, value, allowed } => {
                write!(f, "`{field}` in {file} is {value}; allowed is {allowed}")
            }
            Self::ConfigUnsupported { file, field, value, supported } => {
                write!(f, "`{field}` in {file} is {value}, which is not supported; supported is {supported}")
            }
            Self::ConfigMismatch { tensors, wrong, first } => write!(
                f,
                "config.json and the weights describe two networks: {wrong} of {tensors} tensors are absent or of another shape, the first is {first}"
            ),
            Self::WeightsMagic { found } => {
                write!(
                    f,
                    "the weights are not a safetensors file: {found}; allowed is an 8-byte length and a JSON header"
                )
            }
            Self::WeightsHeader { cause } => {
                write!(
                    f,
                    "the weights' header is damaged: {cause}; allowed is a dtype, a shape and two data_offsets for each tensor, named once"
                )
            }
            Self::WeightsTruncated { needed, found } => {
                write!(f, "the weights end early: the header asks for {needed} bytes, there are {found}")
            }
            Self::WeightsOverlong { needed, found } => {
                write!(f, "the weights are too long: the header accounts for {needed} bytes, there are {found}")
            }
            Self::WeightsOffsets { tensor, offsets: (first, end), allowed } => {
                write!(f, "tensor `{tensor}` has the offsets {first} to {end}; allowed is {allowed}")
            }
            Self::WeightsOverlap { first, second } => {
                write!(f, "tensors `{first}` and `{second}` overlap or leave a gap; allowed is one after the other")
            }
            Self::WeightsDtype { tensor, dtype } => {
                write!(f, "tensor `{tensor}` is stored as {dtype}; allowed is F32, F16 or BF16")
            }
            Self::WeightsNotFinite { tensor, index, value } => {
                write!(f, "tensor `{tensor}` holds {value} at element {index}; allowed is finite numbers")
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
            Self::NotFinite { timestep, index } => {
                write!(f, "the prediction at timestep {timestep} is not a finite number at element {index}")
            }
            Self::DenoiserLength { found, expected } => {
                write!(f, "the denoiser returned {found} numbers; it was given {expected} and must return as many")
            }
            Self::RunComplete { steps } => write!(f, "the run has no further step: all {steps} are done"),
            Self::RunIncomplete { done, steps } => {
                write!(f, "only {done} of {steps} steps are done: there is no result yet")
            }
            Self::Device { cause } => write!(f, "the device failed: {cause}"),
        }
    }
}

impl std::error::Error for Error {}
