//! Reading plain JSON values with errors that show them.

use serde_json::Value;

pub use crate::error::shown::shown as display;
use crate::error::{Error, shown};

/// The largest integer that a JavaScript number holds exactly, 2^53 - 1.
pub const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// A non-negative integer of at most 2^53 - 1; `3.0` counts as one.
pub fn as_integer(value: &Value) -> Option<u64> {
    let number = value.as_number()?;
    let integer = number.as_u64().or_else(|| {
        let float = number.as_f64()?;
        (float >= 0.0 && float <= MAX_SAFE_INTEGER as f64 && float.fract() == 0.0).then_some(float as u64)
    })?;
    (integer <= MAX_SAFE_INTEGER).then_some(integer)
}

/// The same as an index.
pub fn as_index(value: &Value) -> Option<usize> {
    usize::try_from(as_integer(value)?).ok()
}

/// An integer within a range, or the option's error.
pub fn integer(name: &'static str, value: &Value, range: std::ops::RangeInclusive<u64>) -> Result<u64, Error> {
    as_integer(value).filter(|n| range.contains(n)).ok_or_else(|| {
        Error::invalid(name, display(value), format!("an integer from {} to {}", range.start(), range.end()))
    })
}

/// A number within a range, or the option's error.
pub fn number(name: &'static str, value: &Value, range: std::ops::RangeInclusive<f64>) -> Result<f64, Error> {
    value.as_f64().filter(|x| range.contains(x)).ok_or_else(|| {
        Error::invalid(name, display(value), format!("a number from {} to {}", range.start(), range.end()))
    })
}

/// Checks every one of an argument's floats: the error names the first that is not allowed.
pub fn each(name: &'static str, floats: &[f32], is_allowed: impl Fn(f32) -> bool, allowed: &str) -> Result<(), Error> {
    match floats.iter().position(|float| !is_allowed(*float)) {
        Some(index) => {
            Err(Error::invalid(name, format!("{} at element {index}", shown::number(floats[index])), allowed))
        }
        None => Ok(()),
    }
}

/// One of a few names, or the option's error.
pub fn choice<T: Copy>(name: &'static str, value: &Value, choices: &[(&str, T)]) -> Result<T, Error> {
    let chosen = value.as_str().and_then(|text| choices.iter().find(|(choice, _)| *choice == text));
    chosen.map(|(_, choice)| *choice).ok_or_else(|| {
        let names: Vec<String> = choices.iter().map(|(choice, _)| format!("\"{choice}\"")).collect();
        Error::invalid(name, display(value), format!("one of {}", names.join(", ")))
    })
}

/// The error for an option that excludes another one.
pub fn beside(name: &'static str, other: &str) -> Error {
    Error::invalid(name, format!("given beside `{other}`"), "given alone")
}
