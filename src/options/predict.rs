//! The timesteps that a network is asked at.

use serde_json::Value;

use crate::checkpoint::value;
use crate::error::{Error, shown};

/// Reads `t`: one timestep for all images, or one per image, each from 0 to `last`; fractional ones count.
///
/// # Errors
/// `invalid-t`.
pub fn timesteps_from_json(t: &Value, batch: usize, last: usize) -> Result<Vec<f64>, Error> {
    let timestep = |t: &Value| t.as_f64().filter(|t| (0.0..=last as f64).contains(t));
    let timesteps = match t.as_array() {
        Some(list) if list.len() == batch => list.iter().map(timestep).collect(),
        Some(_) => None,
        None => timestep(t).map(|t| vec![t; batch]),
    };
    timesteps.ok_or_else(|| {
        Error::invalid("t", value::display(t), format!("a number from 0 to {last}, or a list of {batch} of them"))
    })
}

/// Checks timesteps, one per image.
///
/// # Errors
/// `invalid-t`.
pub fn check_timesteps(t: &[f64], batch: usize, last: usize) -> Result<(), Error> {
    timesteps_from_json(&t.iter().copied().map(shown::as_json).collect(), batch, last).map(drop)
}
