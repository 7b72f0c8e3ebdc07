//! The options of a run.

use serde_json::{Map, Value};

use super::blend::{self, Blend};
use super::images::{self, seeds_fit};
use super::labels::labels_from_json;
use super::names::{SAMPLE_OPTIONS, known_options};
use super::noise::{rng_from_json, seed_from_json};
use super::plan::PlanOptions;
use crate::checkpoint::{Scheduler, value};
use crate::error::Error;
use crate::noise::{First, Rng, Shape};

/// Largest guidance weight.
const MAX_GUIDANCE: f64 = 100.0;

/// The options of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct SampleOptions {
    /// The steps.
    pub plan: PlanOptions,
    /// The seed; the first of `seeds`, where these are given.
    pub seed: u64,
    /// One seed per image: each image is then that of a run of its own.
    pub seeds: Option<Vec<u64>>,
    /// Which images of the batch that the seed makes. Default: all of them, from the first on.
    pub first: Option<First>,
    /// The generator. Default: Philox.
    pub rng: Rng,
    /// Images, where the options say so, `blend` and `seeds` included.
    pub batch: Option<usize>,
    /// Class labels as given: one per image, or one for all.
    pub labels: Option<Vec<u64>>,
    /// Weight of classifier-free guidance, from 0 to 100. Default: 1, which is off.
    pub guidance: f64,
    /// Images between seeds.
    pub blend: Option<Blend>,
    /// Steps whose noise, beside x_T, the images have in common.
    pub branch: Option<usize>,
}

impl SampleOptions {
    /// Reads the options of a run.
    ///
    /// # Errors
    /// `unknown-option`, or `invalid-` and the option's name.
    pub fn from_json(options: &Map<String, Value>, scheduler: &Scheduler) -> Result<Self, Error> {
        known_options(options, &SAMPLE_OPTIONS)?;
        let blend = blend::blend(options)?;
        let seeds = images::seeds(options)?;
        let batch = images::batch(options)?;
        let counted = blend.as_ref().map(|blend| blend.at.len()).or(seeds.as_ref().map(Vec::len));
        let seed = options.get("seed").map(seed_from_json).transpose()?;
        let rng = options.get("rng").map_or(Ok(Rng::Philox), rng_from_json)?;
        Ok(Self {
            plan: PlanOptions::read(options, scheduler)?,
            seed: seed.or_else(|| seeds.as_ref()?.first().copied()).unwrap_or(0),
            seeds,
            first: images::first(options, rng)?,
            rng,
            batch: counted.or(batch),
            labels: options.get("labels").map(labels_from_json).transpose()?,
            guidance: options.get("guidance").map_or(Ok(1.0), |w| value::number("guidance", w, 0.0..=MAX_GUIDANCE))?,
            blend,
            branch: blend::branch(options)?,
        })
    }

    /// Checks the options against a denoiser that is a plain function of a batch of this shape and has no classes.
    ///
    /// # Errors
    /// `invalid-blend`, `invalid-seeds`, `invalid-batch`, `invalid-labels` or `invalid-guidance`.
    pub fn fit_denoiser(&self, shape: Shape) -> Result<(), Error> {
        const NO_CLASSES: &str = "nothing: a denoiser of your own knows its classes itself";
        if let Some(blend) = &self.blend {
            blend.fits(shape.batch)?;
            if let Some(labels) = &blend.labels {
                return Err(Error::invalid("blend.labels", format!("a list of {}", labels.len()), NO_CLASSES));
            }
        }
        if let Some(seeds) = &self.seeds {
            seeds_fit(seeds, shape.batch)?;
        }
        if let Some(batch) = self.batch.filter(|batch| *batch != shape.batch) {
            return Err(Error::invalid("batch", batch, format!("nothing, or {} as the shape says", shape.batch)));
        }
        if let Some(labels) = &self.labels {
            let given = format!("a list of {}", labels.len());
            return Err(Error::invalid("labels", given, NO_CLASSES));
        }
        if self.guidance != 1.0 {
            return Err(Error::invalid("guidance", self.guidance, "1: a denoiser of your own guides itself"));
        }
        Ok(())
    }
}
