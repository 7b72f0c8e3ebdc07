//! The names of the options.

use serde_json::{Map, Value};

use crate::error::Error;

/// Every option of a plan.
pub const PLAN_OPTIONS: [&str; 7] = ["sampler", "variance", "eta", "steps", "trajectory", "clip", "sigmaClip"];
/// Every option of a run, but `noise` and `signal`, which are no plain values.
pub const SAMPLE_OPTIONS: [&str; 16] = [
    "sampler",
    "variance",
    "eta",
    "steps",
    "trajectory",
    "clip",
    "sigmaClip",
    "seed",
    "seeds",
    "first",
    "rng",
    "batch",
    "labels",
    "guidance",
    "blend",
    "branch",
];
/// Checks that every option has one of these names.
pub fn known_options(options: &Map<String, Value>, allowed: &'static [&'static str]) -> Result<(), Error> {
    match options.keys().find(|name| !allowed.contains(&name.as_str())) {
        Some(name) => Err(Error::UnknownOption { name: name.clone(), allowed }),
        None => Ok(()),
    }
}

/// The samplers by their public names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    Ddpm,
    Ddim,
    AnalyticDdpm,
    AnalyticDdim,
    Vdm,
}

/// Every sampler.
pub(super) const NAMES: [(&str, Name); 5] = [
    ("ddpm", Name::Ddpm),
    ("ddim", Name::Ddim),
    ("analytic-ddpm", Name::AnalyticDdpm),
    ("analytic-ddim", Name::AnalyticDdim),
    ("vdm", Name::Vdm),
];
