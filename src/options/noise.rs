//! What noise is drawn from and for: `seed`, `rng` and `shape`.

use serde_json::{Map, Value};

use crate::checkpoint::value;
use crate::error::Error;
use crate::noise::{MOST_ELEMENTS, Rng, Shape};

/// Reads the option `rng`.
///
/// # Errors
/// `invalid-rng` for anything but "philox" and "torch".
pub fn rng_from_json(rng: &Value) -> Result<Rng, Error> {
    value::choice("rng", rng, &[("philox", Rng::Philox), ("torch", Rng::Torch)])
}

/// Reads a seed: an integer from 0 to 2^53 - 1, which every JavaScript number holds exactly.
///
/// # Errors
/// `invalid-seed` for anything else.
pub fn seed_from_json(seed: &Value) -> Result<u64, Error> {
    value::integer("seed", seed, 0..=value::MAX_SAFE_INTEGER)
}

/// Reads `seed`. Default: 0.
pub(super) fn read_seed(options: &Map<String, Value>) -> Result<u64, Error> {
    options.get("seed").map_or(Ok(0), seed_from_json)
}

/// Reads `[batch, channels, height, width]`, all at least 1.
///
/// # Errors
/// `invalid-shape` where it is not four such integers or their product is above [`MOST_ELEMENTS`].
pub fn shape_from_json(shape: &Value) -> Result<Shape, Error> {
    let allowed = "[batch, channels, height, width], each an integer of 1 or more, together at most 67108864 elements";
    let invalid = || Error::invalid("shape", value::display(shape), allowed);

    let sizes = shape.as_array().ok_or_else(invalid)?;
    let sizes: Option<Vec<usize>> = sizes.iter().map(value::as_index).collect();
    let [batch, channels, height, width] =
        sizes.as_deref().and_then(|s| <[usize; 4]>::try_from(s).ok()).ok_or_else(invalid)?;

    let shape = Shape { batch, channels, height, width };
    shape.checked_len().filter(|len| (1..=MOST_ELEMENTS).contains(len)).ok_or_else(invalid)?;
    Ok(shape)
}
