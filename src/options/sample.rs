//! The options of a run.

use serde_json::{Map, Value};

use super::blend::{self, Blend};
use super::edit::{self, Known, Method, Observed};
use super::images::{self, seeds_fit};
use super::labels::read_labels;
use super::names::{SAMPLE_OPTIONS, known_options};
use super::noise::{read_seed, rng_from_json};
use super::plan::PlanOptions;
use super::potential::{self, Potential};
use super::range::Range;
use super::start::{self, Start};
use crate::checkpoint::{Scheduler, value};
use crate::error::Error;
use crate::noise::{First, Rng, Shape};

const GUIDANCE: Range = Range { name: "guidance", least: 0.0, most: 100.0 };

/// The options of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct SampleOptions {
    /// The steps.
    pub plan: PlanOptions,
    /// The seed. Default: 0.
    pub seed: u64,
    /// One seed per image, in place of `seed`: each image is then that of a run of its own.
    pub seeds: Option<Vec<u64>>,
    /// Which images of the batch that the seed makes. Default: all of them, from the first on.
    pub first: Option<First>,
    /// The generator. Default: Philox.
    pub rng: Rng,
    /// Images, from 1 to 4096. Default: as many as `blend` or `seeds` say, else 1.
    pub batch: Option<usize>,
    /// Class labels: one per image, or one for all. Default: "no class", where the network has that.
    pub labels: Option<Vec<u64>>,
    /// Weight of classifier-free guidance, from 0 to 100. Default: 1, which is off.
    pub guidance: f64,
    /// Images between seeds.
    pub blend: Option<Blend>,
    /// Steps whose noise, beside x_T, the images have in common. Philox's alone.
    pub branch: Option<usize>,
    /// The pictures that the run begins with, noised to the level of `plan.start`.
    pub start: Option<Start>,
    /// Pixels that are given.
    pub known: Option<Known>,
    /// Images that were observed with noise.
    pub observed: Option<Observed>,
    /// A function of the image that every step follows.
    pub potential: Option<Potential>,
}

impl Default for SampleOptions {
    fn default() -> Self {
        Self {
            plan: PlanOptions::default(),
            seed: 0,
            seeds: None,
            first: None,
            rng: Rng::Philox,
            batch: None,
            labels: None,
            guidance: 1.0,
            blend: None,
            branch: None,
            start: None,
            known: None,
            observed: None,
            potential: None,
        }
    }
}

impl SampleOptions {
    /// Reads the options of a run. The scheduler says in which range numbers of steps are.
    ///
    /// # Errors
    /// `unknown-option`, or `invalid-` and the option's name.
    pub fn from_json(options: &Map<String, Value>, scheduler: &Scheduler) -> Result<Self, Error> {
        known_options(options, &SAMPLE_OPTIONS)?;
        if options.contains_key("seeds") && options.contains_key("seed") {
            return Err(value::beside("seeds", "seed"));
        }
        let default = Self::default();
        let read = Self {
            blend: blend::read(options)?,
            seeds: options.get("seeds").map(images::seeds_from_json).transpose()?,
            batch: images::read_batch(options)?,
            plan: PlanOptions::read(options, default.plan, scheduler)?,
            seed: read_seed(options)?,
            rng: options.get("rng").map_or(Ok(default.rng), rng_from_json)?,
            first: images::read_first(options)?,
            labels: read_labels(options)?,
            guidance: options.get("guidance").map_or(Ok(default.guidance), |given| GUIDANCE.read(given))?,
            branch: blend::read_branch(options)?,
            start: start::read(options)?,
            known: edit::read_known(options)?,
            observed: edit::read_observed(options)?,
            potential: potential::read(options)?,
        };
        read.check()?;
        Ok(read)
    }

    /// Images of the batch.
    pub fn images(&self) -> usize {
        let between = self.start.as_ref().and_then(|start| start.between.as_ref());
        let places = self.blend.as_ref().map(|blend| blend.at.len()).or(between.map(|between| between.at.len()));
        places.or(self.seeds.as_ref().map(Vec::len)).or(self.batch).unwrap_or(1)
    }

    /// Checks what can be told without a scheduler and a shape.
    ///
    /// # Errors
    /// `invalid-` and the option's name.
    pub fn check(&self) -> Result<(), Error> {
        self.plan.sampler.check()?;
        GUIDANCE.check(self.guidance)?;
        self.batch.map_or(Ok(()), images::check_batch)?;
        self.first.map_or(Ok(()), |first| first.check(self.rng))?;
        if let Some(seeds) = &self.seeds {
            images::check_seeds(seeds)?;
            let blend = self.blend.is_some();
            alone("seeds", &[("first", self.first.is_some()), ("blend", blend), ("branch", self.branch.is_some())])?;
            self.batch.map_or(Ok(()), |batch| seeds_fit(seeds, batch))?;
        }
        if let Some(blend) = &self.blend {
            blend.check()?;
            let labels = blend.labels.is_some() && self.labels.is_some();
            alone("blend", &[("branch", self.branch.is_some()), ("labels", labels)])?;
            self.batch.map_or(Ok(()), |batch| blend.fits(batch))?;
        }
        if self.first.is_some() && self.blend.is_some() {
            return Err(value::beside("first", "blend"));
        }
        self.check_edit()?;
        match self.branch.filter(|_| self.rng != Rng::Philox) {
            Some(branch) => {
                let philox = "rng \"philox\": with \"torch\" the images share one stream";
                Err(Error::misplaced("branch", &branch.to_string(), philox))
            }
            None => Ok(()),
        }
    }

    /// Checks what is wanted of the images beside the model's own distribution.
    fn check_edit(&self) -> Result<(), Error> {
        match (&self.start, self.plan.start) {
            (Some(start), Some(_)) => self.check_start(start)?,
            (Some(_), None) => return Err(Error::invalid("start.t", "absent", "a timestep")),
            (None, Some(_)) if self.begins_as_observed() => {}
            (None, Some(_)) => return Err(Error::invalid("start.x", "absent", "a picture")),
            (None, None) if self.begins_as_observed() => {
                return Err(Error::invalid(
                    "observed",
                    "without a timestep to begin at",
                    "with one in the options of the plan",
                ));
            }
            (None, None) => {}
        }
        self.known.as_ref().map_or(Ok(()), Known::check)?;
        self.observed.as_ref().map_or(Ok(()), Observed::check)?;
        self.potential.as_ref().map_or(Ok(()), Potential::check)?;
        if self.known.is_some() && self.observed.is_some() {
            return Err(value::beside("known", "observed"));
        }
        if self.plan.repaint.is_some() && self.known.as_ref().is_none_or(|known| !known.noised) {
            return Err(Error::invalid("known", "absent", "noised pixels, where RePaint's way is taken"));
        }
        Ok(())
    }

    /// Whether the run begins with what was observed.
    pub fn begins_as_observed(&self) -> bool {
        self.observed.as_ref().is_some_and(|observed| observed.method == Method::Level)
    }

    fn check_start(&self, start: &Start) -> Result<(), Error> {
        start.check()?;
        let Some(between) = &start.between else { return Ok(()) };
        let [blend, seeds] = [self.blend.is_some(), self.seeds.is_some()];
        let others =
            [("blend", blend), ("seeds", seeds), ("first", self.first.is_some()), ("branch", self.branch.is_some())];
        alone("start.at", &others)?;
        match self.batch.filter(|batch| *batch != between.at.len()) {
            Some(batch) => {
                let found = format!("{} entries long", between.at.len());
                Err(Error::invalid("start.at", found, format!("one entry per image, {batch}")))
            }
            None => Ok(()),
        }
    }

    /// Checks that they make a batch of this shape.
    ///
    /// # Errors
    /// `invalid-blend`, `invalid-seeds`, `invalid-first`, `invalid-start`, `invalid-known`, `invalid-observed` or `invalid-potential`.
    pub fn fit(&self, shape: Shape) -> Result<(), Error> {
        self.start.as_ref().map_or(Ok(()), |start| start.fits(shape))?;
        self.known.as_ref().map_or(Ok(()), |known| known.fits(shape))?;
        self.observed.as_ref().map_or(Ok(()), |observed| observed.fits(shape))?;
        self.potential.as_ref().map_or(Ok(()), |potential| potential.fits(shape))?;
        self.blend.as_ref().map_or(Ok(()), |blend| blend.fits(shape.batch))?;
        self.seeds.as_ref().map_or(Ok(()), |seeds| seeds_fit(seeds, shape.batch))?;
        self.first.map_or(Ok(()), |first| first.fits(self.rng, shape))
    }

    /// Checks the options against a denoiser that is a plain function of a batch of this shape and has no classes.
    ///
    /// # Errors
    /// Those of [`fit`](Self::fit), `invalid-batch`, `invalid-labels` or `invalid-guidance`.
    pub fn fit_denoiser(&self, shape: Shape) -> Result<(), Error> {
        const NO_CLASSES: &str = "absent, because a denoiser of your own has no labels";
        self.fit(shape)?;
        let list = |labels: &[u64]| format!("a list of {}", labels.len());
        if let Some(labels) = self.blend.as_ref().and_then(|blend| blend.labels.as_ref()) {
            return Err(Error::invalid("blend.labels", list(labels), NO_CLASSES));
        }
        if let Some(batch) = self.batch.filter(|batch| *batch != shape.batch) {
            return Err(Error::invalid("batch", batch, format!("absent, or {} as in the shape", shape.batch)));
        }
        if let Some(labels) = &self.labels {
            return Err(Error::invalid("labels", list(labels), NO_CLASSES));
        }
        if self.guidance != 1.0 {
            return Err(Error::invalid(
                "guidance",
                self.guidance,
                "1, because a denoiser of your own applies its own guidance",
            ));
        }
        Ok(())
    }
}

/// Checks that none of the options that exclude one is there.
fn alone(name: &'static str, others: &[(&str, bool)]) -> Result<(), Error> {
    match others.iter().find(|(_, is_there)| *is_there) {
        Some((other, _)) => Err(value::beside(name, other)),
        None => Ok(()),
    }
}
