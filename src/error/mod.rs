//! Everything that can go wrong, one variant per cause.
//!
//! Each error names the input, its value and what is allowed; [`Error::code`] is stable and part of the public API,
//! [`Error::hint`] says what to do about it.

mod code;
mod display;
mod hint;
pub mod shown;

use std::fmt;

/// What a file of weights is called that is a Git LFS pointer: its remedy is another than that of other files.
pub const LFS_POINTER: &str = "a Git LFS pointer instead of the file";

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
    /// An option that stands beside others with which it has no meaning. Its code is that of [`InvalidOption`](Self::InvalidOption).
    MisplacedOption {
        /// The option's name in the public API.
        name: &'static str,
        /// The value as given, cut to a readable length.
        value: String,
        /// What it works only with, as a phrase: "sampler \"ddim\"".
        works_with: String,
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
    /// The content of `analytic_dpm.json` is no table for this model. Its code is that of the option with the same content.
    AnalyticTable {
        /// What stands there, cut to a readable length.
        value: String,
        /// What is allowed, as a phrase.
        allowed: String,
    },
    /// The network needs more memory than a module has.
    TooLarge {
        /// Bytes in all.
        bytes: u64,
        /// Those of the weights, as they are held.
        weights: u64,
        /// Those of one image on its way through the network.
        activations: u64,
        /// The most there may be in all.
        most: u64,
    },
    /// There is not as much memory now.
    OutOfMemory {
        /// What needs it.
        what: &'static str,
        /// How much it needs, in bytes.
        bytes: u64,
    },
    /// The weights do not begin as a safetensors file does, nor as one of PyTorch.
    WeightsMagic {
        /// What was found instead.
        found: String,
    },
    /// The weights are a pickle that does more than describe tensors.
    WeightsPickle {
        /// What it does.
        what: String,
    },
    /// The weights are those of a network that is known not to be a `UNet2DModel`.
    WeightsForeign {
        /// Whose it is.
        whose: &'static str,
        /// What is different.
        difference: &'static str,
    },
    /// A fault of one of several files that have the weights together.
    WeightsShard {
        /// The file's name.
        file: String,
        /// What is wrong with it.
        cause: Box<Error>,
    },
    /// A file of PyTorch is not as torch.save writes it.
    WeightsDamaged {
        /// What is wrong with it.
        cause: String,
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
    /// The network's or the denoiser's output, or the state that came of it, holds NaN or infinity.
    NotFinite {
        /// What holds it: "prediction", or "state after the step".
        what: &'static str,
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
    /// The loss of a training, or its gradient, is no number any more.
    TrainingDiverged {
        /// The step that was not taken, counted from 1.
        step: u64,
    },
    /// The device could not be opened, or stopped answering.
    Device {
        /// The cause in the device's own words.
        cause: String,
    },
}

impl Error {
    /// A device that failed, in the first line of its own words: what follows there is a trace for its makers.
    pub fn device(cause: impl fmt::Display) -> Self {
        let words = cause.to_string();
        Self::Device { cause: words.lines().next().unwrap_or("no cause given").to_owned() }
    }

    /// An option whose value is not allowed; `value` is shown as JSON would show it.
    pub fn invalid(name: &'static str, value: impl fmt::Display, allowed: impl Into<String>) -> Self {
        Self::of_option(name, &value.to_string(), allowed.into())
    }

    /// Called from everywhere, so that it is there once.
    #[cold]
    #[inline(never)]
    fn of_option(name: &'static str, value: &str, allowed: String) -> Self {
        Self::InvalidOption { name, value: shown::shortened(value), allowed }
    }

    /// An option that works only with others than those beside it.
    #[cold]
    #[inline(never)]
    pub fn misplaced(name: &'static str, value: &str, works_with: &str) -> Self {
        Self::MisplacedOption { name, value: shown::shortened(value), works_with: works_with.to_owned() }
    }
}
