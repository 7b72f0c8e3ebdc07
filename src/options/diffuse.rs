//! The options of `diffuse`: which noise images are mixed with.

use serde_json::{Map, Value};

use super::names::known_options;
use super::noise::{rng_from_json, seed_from_json};
use crate::checkpoint::value;
use crate::error::Error;
use crate::noise::Rng;

/// Every option of `diffuse`, but `noise` and `signal`, which are no plain values.
const DIFFUSE_OPTIONS: [&str; 2] = ["seed", "rng"];

/// The noise of `diffuse`.
#[derive(Debug, Clone, PartialEq)]
pub enum DiffuseNoise {
    /// One number for every element of the images.
    Given(Vec<f32>),
    /// What a run with this seed begins with.
    Drawn {
        /// The generator. Default: Philox.
        rng: Rng,
        /// The seed. Default: 0.
        seed: u64,
    },
}

impl DiffuseNoise {
    /// Reads the options; `given` is the option `noise`.
    ///
    /// # Errors
    /// `unknown-option`; `invalid-seed` and `invalid-rng`, also beside a noise that is given.
    pub fn from_json(options: &Map<String, Value>, given: Option<Vec<f32>>) -> Result<Self, Error> {
        known_options(options, &DIFFUSE_OPTIONS)?;
        if let Some(noise) = given {
            let other = DIFFUSE_OPTIONS.into_iter().find(|name| options.contains_key(*name));
            return other.map_or(Ok(Self::Given(noise)), |other| Err(value::beside(other, "noise")));
        }
        Ok(Self::Drawn {
            rng: options.get("rng").map_or(Ok(Rng::Philox), rng_from_json)?,
            seed: options.get("seed").map_or(Ok(0), seed_from_json)?,
        })
    }
}
