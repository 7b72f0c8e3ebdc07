//! The names that a pickle of tensors needs. Whatever else a pickle names is refused, and no name ever runs anything: each stands for
//! a case of the reader's own.

use crate::checkpoint::tensor::Dtype;
use crate::error::{Error, shown::shortened};

/// A name of a Python module that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Global {
    /// `collections.OrderedDict`
    OrderedDict,
    /// `torch._utils._rebuild_tensor_v2`, and `_rebuild_tensor` before it.
    Tensor,
    /// `torch._utils._rebuild_parameter`
    Parameter,
    /// `torch.Size`
    Size,
    /// `torch.device`
    Device,
    /// A class of storages.
    Storage(&'static Kind),
    /// A number format as such, which describes no tensor here.
    Format,
}

/// What a storage holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// As PyTorch calls it: "Float" of `torch.FloatStorage`.
    pub name: &'static str,
    /// Bytes of one number.
    pub size: usize,
    /// None: it is no format of weights.
    pub dtype: Option<Dtype>,
}

static KINDS: [Kind; 13] = [
    weights("Float", Dtype::F32),
    weights("Half", Dtype::F16),
    weights("BFloat16", Dtype::Bf16),
    weights("Double", Dtype::F64),
    other("Long", 8),
    other("Int", 4),
    other("Short", 2),
    other("Char", 1),
    other("Byte", 1),
    other("Bool", 1),
    other("ComplexFloat", 8),
    other("ComplexDouble", 16),
    other("Untyped", 1),
];

const FORMATS: [&str; 14] = [
    "float32", "float64", "float16", "bfloat16", "float", "double", "half", "int64", "int32", "int16", "int8", "uint8",
    "bool", "long",
];

const fn weights(name: &'static str, dtype: Dtype) -> Kind {
    Kind { name, size: dtype.size(), dtype: Some(dtype) }
}

const fn other(name: &'static str, size: usize) -> Kind {
    Kind { name, size, dtype: None }
}

impl Global {
    /// The known name of a module.
    ///
    /// # Errors
    /// `WeightsPickle` for any other.
    pub fn of(module: &str, name: &str) -> Result<Self, Error> {
        let found = match (module, name) {
            ("collections", "OrderedDict") => Some(Self::OrderedDict),
            ("torch._utils", "_rebuild_tensor_v2" | "_rebuild_tensor") => Some(Self::Tensor),
            ("torch._utils", "_rebuild_parameter") => Some(Self::Parameter),
            ("torch", "Size") => Some(Self::Size),
            ("torch", "device") => Some(Self::Device),
            ("torch" | "torch.cuda" | "torch.storage", storage) if storage.ends_with("Storage") => kind(storage),
            ("torch", format) if FORMATS.contains(&format) => Some(Self::Format),
            _ => None,
        };
        found.ok_or_else(|| refused(format!("the pickle calls `{}.{}`", shortened(module), shortened(name))))
    }
}

fn kind(storage: &str) -> Option<Global> {
    let name = storage.strip_suffix("Storage")?;
    KINDS.iter().find(|kind| kind.name == name).map(Global::Storage)
}

/// The error of a pickle that is more than tensors.
pub fn refused(what: String) -> Error {
    Error::WeightsPickle { what }
}
