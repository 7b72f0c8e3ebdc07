//! The options that decide on a run's steps.

use serde_json::{Map, Value};

use super::clip::{self, Clip};
use super::edit::{self, Repaint};
use super::names::{PLAN_OPTIONS, known_options};
use super::sampler::{self, SamplerOptions};
use super::start;
use super::trajectory::{self, TrajectoryOption};
use crate::checkpoint::{Scheduler, value};
use crate::error::Error;

/// The options that decide on a run's steps. What a scheduler's configuration says stands in for what is `None`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PlanOptions {
    /// The sampler. Default: DDIM with `eta` 0.
    pub sampler: SamplerOptions,
    /// Steps, from 1 to the count of training timesteps; from 2 with an even or optimal trajectory; of VDM's own path up to
    /// 100,000. Default: 50, or as many as there are; of a trajectory that is given, its length.
    pub steps: Option<usize>,
    /// The training timesteps to visit. Default: the scheduler's `timestep_spacing`; for VDM levels that lie evenly in log SNR.
    pub trajectory: Option<TrajectoryOption>,
    /// Clipping. Default: `X0` where the scheduler says `clip_sample`, else `None`; `None` for VDM.
    pub clip: Option<Clip>,
    /// The timestep that the run begins at: its first step leads from there to the next listed level. [`Observed`](super::Observed) with
    /// the method "level" needs the first whose noise is at least as strong as the observation's. Default: the first listed one.
    pub start: Option<usize>,
    /// Whether DDPM and DDIM step as diffusers' own loops do: DDIM by a constant stride, which can miss the listed timesteps, and DDPM with
    /// noise in the last step where its timestep is not 0. Default: false.
    pub as_diffusers: bool,
    /// RePaint's way back to noise again and again. Default: none.
    pub repaint: Option<Repaint>,
}

/// Reads `compat`.
fn read_compat(options: &Map<String, Value>, sampler: SamplerOptions) -> Result<bool, Error> {
    let Some(given) = options.get("compat") else { return Ok(false) };
    let as_diffusers = value::choice("compat", given, &[("diffusers", true)])?;
    match sampler {
        SamplerOptions::Ddpm { .. } | SamplerOptions::Ddim { .. } => Ok(as_diffusers),
        _ => {
            Err(Error::misplaced("compat", &value::display(given), "sampler \"ddpm\" or \"ddim\", which diffusers has"))
        }
    }
}

impl PlanOptions {
    /// Reads the options of a plan. The scheduler says in which range numbers of steps are.
    ///
    /// # Errors
    /// `unknown-option`, or `invalid-` and the option's name.
    pub fn from_json(options: &Map<String, Value>, scheduler: &Scheduler) -> Result<Self, Error> {
        known_options(options, &PLAN_OPTIONS)?;
        Self::read(options, Self::default(), scheduler)
    }

    /// Reads the options of a plan that stand among others.
    pub(super) fn read(options: &Map<String, Value>, default: Self, scheduler: &Scheduler) -> Result<Self, Error> {
        let clip = clip::read(options)?.or(default.clip);
        let sampler = sampler::read(options, default.sampler)?;
        let trajectory = trajectory::read(options, scheduler)?.or(default.trajectory);
        let start = match (
            start::read_t(options, scheduler.schedule.num_train_timesteps() - 1)?,
            edit::read_level(options, &scheduler.schedule)?,
        ) {
            (Some(_), Some(_)) => return Err(value::beside("start", "observed")),
            (start, level) => start.or(level),
        };
        let repaint = edit::read_repaint(options)?;
        let as_diffusers = read_compat(options, sampler)?;
        let mut read = Self { sampler, steps: default.steps, trajectory, clip, start, as_diffusers, repaint };
        if let Some(given) = options.get("steps") {
            let steps = value::as_index(given).ok_or_else(|| read.invalid_steps(&value::display(given), scheduler))?;
            read.steps = Some(steps);
        }
        Ok(read)
    }

    /// The clipping of a run on this scheduler.
    pub fn clip(&self, scheduler: &Scheduler) -> Clip {
        match self.clip {
            Some(clip) => clip,
            None if scheduler.clip_sample && self.sampler != SamplerOptions::Vdm => Clip::X0,
            None => Clip::None,
        }
    }
}
