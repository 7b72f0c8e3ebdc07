//! The timesteps that a network is asked at.

use serde_json::Value;

use crate::checkpoint::value;
use crate::error::{Error, shown};

/// Reads `t`: one timestep for all images, or one per image, each from 0 to `last`; fractional ones count.
///
/// # Errors
/// `invalid-t`.
pub fn timesteps_from_json(t: &Value, batch: usize, last: usize) -> Result<Vec<f64>, Error> {
    let timesteps: Option<Vec<f64>> = match t.as_array() {
        Some(list) => list.iter().map(Value::as_f64).collect(),
        None => t.as_f64().map(|t| vec![t; batch]),
    };
    timesteps.filter(|timesteps| fit(timesteps, batch, last)).ok_or_else(|| invalid(t, batch, last))
}

/// Checks timesteps, one per image.
///
/// # Errors
/// `invalid-t`.
pub fn check_timesteps(t: &[f64], batch: usize, last: usize) -> Result<(), Error> {
    if fit(t, batch, last) {
        return Ok(());
    }
    Err(invalid(&t.iter().copied().map(shown::as_json).collect(), batch, last))
}

fn fit(timesteps: &[f64], batch: usize, last: usize) -> bool {
    timesteps.len() == batch && timesteps.iter().all(|t| (0.0..=last as f64).contains(t))
}

fn invalid(given: &Value, batch: usize, last: usize) -> Error {
    let allowed = format!("a number from 0 to {last}, or a list of {batch} of them");
    Error::invalid("t", value::display(given), allowed)
}
