//! The names of the options.

use serde_json::{Map, Value};

use crate::error::Error;

/// Every option of a plan.
pub const PLAN_OPTIONS: [&str; 11] =
    ["sampler", "variance", "eta", "steps", "trajectory", "clip", "sigmaClip", "compat", "start", "known", "observed"];
/// Every option of a run, but `noise` and `signal`, which are no plain values.
pub const SAMPLE_OPTIONS: [&str; 21] = [
    "sampler",
    "variance",
    "eta",
    "steps",
    "trajectory",
    "clip",
    "sigmaClip",
    "compat",
    "seed",
    "seeds",
    "first",
    "rng",
    "batch",
    "labels",
    "guidance",
    "blend",
    "branch",
    "start",
    "known",
    "observed",
    "potential",
];
/// Every option of an encoding, but `signal` and `onProgress`.
pub const ENCODE_OPTIONS: [&str; 3] = ["steps", "trajectory", "labels"];
/// Every option of a likelihood, but `signal` and `onProgress`.
pub const LIKELIHOOD_OPTIONS: [&str; 7] =
    ["sampler", "variance", "steps", "trajectory", "continuous", "seed", "labels"];
/// Every option of an estimate, but `signal` and `onProgress`.
pub const ESTIMATE_OPTIONS: [&str; 2] = ["seed", "labels"];

/// Checks that every option has one of these names.
pub(super) fn known_options(options: &Map<String, Value>, allowed: &'static [&'static str]) -> Result<(), Error> {
    match options.keys().find(|name| !allowed.contains(&name.as_str())) {
        Some(name) => Err(Error::UnknownOption { name: name.clone(), allowed }),
        None => Ok(()),
    }
}
