//! The options of a plan and of a run, read strictly: an unknown name, a value out of range, or an option that the
//! chosen sampler does not have, is an error.

mod blend;
mod images;
mod sampler;
mod trajectory;

use serde_json::{Map, Value};

pub use blend::Blend;
pub use images::{seeds_fit, seeds_from_json};
pub use sampler::Analytic;
pub use trajectory::Path;

use super::noise::{First, Rng, seed_from_json};
use super::scheduler::Scheduler;
use super::shape::Shape;
use super::value;
use crate::error::Error;
use crate::sampler::Kind;

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
/// Largest guidance weight.
const MAX_GUIDANCE: f64 = 100.0;

/// What happens to a predicted image that leaves the range of the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clip {
    /// Nothing (ermongroup/ddim; VDM).
    None,
    /// `x0_hat` is clamped, the network's noise kept (diffusers' default; Analytic-DPM).
    X0,
    /// `x0_hat` is clamped and the noise derived from it anew (improved-diffusion; `use_clipped_model_output`).
    X0Eps,
}

/// The options that decide on a run's steps.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanOptions {
    /// The sampler, or the one whose mean Analytic-DPM takes. Default: DDIM with `eta` 0.
    pub sampler: Kind,
    /// Analytic-DPM's variance, where it is asked for.
    pub analytic: Option<Analytic>,
    /// The levels to visit.
    pub path: Path,
    /// Clipping. Default: `X0` where the scheduler says `clip_sample`, else `None`; `None` for VDM.
    pub clip: Clip,
}

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

impl PlanOptions {
    /// Reads the options of a plan.
    ///
    /// # Errors
    /// `unknown-option`, or `invalid-` and the option's name.
    pub fn from_json(options: &Map<String, Value>, scheduler: &Scheduler) -> Result<Self, Error> {
        known_options(options, &PLAN_OPTIONS)?;
        Self::read(options, scheduler)
    }

    /// Reads the options of a plan that stand among others.
    ///
    /// # Errors
    /// `invalid-` and the option's name.
    pub(super) fn read(options: &Map<String, Value>, scheduler: &Scheduler) -> Result<Self, Error> {
        let name = sampler::name(options)?;
        let clip = clip(options, scheduler, name)?;
        let (sampler, analytic) = sampler::read(options, scheduler, name, clip)?;
        Ok(Self { sampler, analytic, path: trajectory::read(options, scheduler, name)?, clip })
    }
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
        let rng = options.get("rng").map_or(Ok(Rng::Philox), Rng::from_json)?;
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

/// Reads class labels: a list of non-negative integers. Which of them exist is the network's affair.
///
/// # Errors
/// `invalid-labels` for anything else.
pub fn labels_from_json(labels: &Value) -> Result<Vec<u64>, Error> {
    let read: Option<Vec<u64>> = labels.as_array().and_then(|labels| labels.iter().map(value::as_integer).collect());
    read.ok_or_else(|| {
        Error::invalid("labels", value::display(labels), "a list of class numbers, one per image or one for all")
    })
}

/// Checks that every option has one of these names.
pub(super) fn known_options(options: &Map<String, Value>, allowed: &'static [&'static str]) -> Result<(), Error> {
    match options.keys().find(|name| !allowed.contains(&name.as_str())) {
        Some(name) => Err(Error::UnknownOption { name: name.clone(), allowed }),
        None => Ok(()),
    }
}

fn clip(options: &Map<String, Value>, scheduler: &Scheduler, name: sampler::Name) -> Result<Clip, Error> {
    match options.get("clip") {
        Some(clip) => value::choice("clip", clip, &[("none", Clip::None), ("x0", Clip::X0), ("x0-eps", Clip::X0Eps)]),
        None if scheduler.clip_sample && name != sampler::Name::Vdm => Ok(Clip::X0),
        None => Ok(Clip::None),
    }
}
