//! The levels that a run visits: `steps` and `trajectory` on a scheduler.

use std::ops::RangeInclusive;

use super::plan::PlanOptions;
use super::sampler::SamplerOptions;
use super::trajectory::{TrajectoryOption, check_given};
use crate::checkpoint::{MeanSqEps, Scheduler};
use crate::error::Error;
use crate::math::optimal;
use crate::math::schedule::LONGEST;
use crate::math::time::Timestep;
use crate::math::trajectory::Trajectory;

/// Steps of a run where nothing else is said.
const DEFAULT_STEPS: usize = 50;

/// The levels that a run visits.
#[derive(Debug, Clone, PartialEq)]
pub enum Path {
    /// Training timesteps, descending, at least one.
    Timesteps(Vec<Timestep>),
    /// This many levels, at least one, evenly in log SNR from the schedule's noisiest: VDM's own path.
    LogSnr(usize),
}

/// A trajectory, given or the scheduler's own.
#[derive(Clone, Copy)]
enum Chosen<'a> {
    Fixed(&'a Trajectory),
    Optimal,
}

impl PlanOptions {
    /// The levels that a run on this scheduler visits, with the table of Analytic-DPM where that is known.
    ///
    /// # Errors
    /// `invalid-steps`, `invalid-trajectory`; `invalid-mean-sq-eps` where an optimal trajectory has no table.
    pub fn path(&self, scheduler: &Scheduler, table: Option<&MeanSqEps>) -> Result<Path, Error> {
        let num_train_timesteps = scheduler.schedule.num_train_timesteps();
        let Some(trajectory) = self.trajectory_on(scheduler) else {
            return Ok(Path::LogSnr(self.num_steps(scheduler)?));
        };
        if let Chosen::Fixed(Trajectory::Given(given)) = trajectory {
            check_given(given, num_train_timesteps)?;
        }
        let num_steps = self.num_steps(scheduler)?;
        let timesteps = match trajectory {
            Chosen::Fixed(trajectory) => trajectory.timesteps(num_steps, num_train_timesteps, scheduler.steps_offset),
            Chosen::Optimal => optimal_timesteps(scheduler, required(table)?, num_steps)?,
        };
        begins_inside(&timesteps, scheduler)?;
        Ok(Path::Timesteps(timesteps))
    }

    /// The error for a number of steps that does not fit the other options.
    pub(super) fn invalid_steps(&self, given: &str, scheduler: &Scheduler) -> Error {
        let range = self.allowed_steps(scheduler);
        let allowed = match self.trajectory {
            Some(TrajectoryOption::Fixed(Trajectory::Given(_))) => {
                format!("absent, or {}, the length of the trajectory", range.end())
            }
            _ => format!("an integer from {} to {}", range.start(), range.end()),
        };
        Error::invalid("steps", given, allowed)
    }

    fn num_steps(&self, scheduler: &Scheduler) -> Result<usize, Error> {
        let range = self.allowed_steps(scheduler);
        match self.steps {
            None => Ok(DEFAULT_STEPS.clamp(*range.start(), *range.end())),
            Some(steps) if range.contains(&steps) => Ok(steps),
            Some(steps) => Err(self.invalid_steps(&steps.to_string(), scheduler)),
        }
    }

    fn allowed_steps(&self, scheduler: &Scheduler) -> RangeInclusive<usize> {
        let all = scheduler.schedule.num_train_timesteps();
        match self.trajectory_on(scheduler) {
            None => 1..=LONGEST,
            Some(Chosen::Fixed(Trajectory::Given(given))) => given.len()..=given.len(),
            Some(Chosen::Fixed(Trajectory::Even) | Chosen::Optimal) => 2.min(all)..=all,
            Some(Chosen::Fixed(_)) => 1..=all,
        }
    }

    /// None where levels are visited that are no timesteps.
    fn trajectory_on<'a>(&'a self, scheduler: &'a Scheduler) -> Option<Chosen<'a>> {
        match &self.trajectory {
            None if self.sampler == SamplerOptions::Vdm => None,
            None => Some(Chosen::Fixed(&scheduler.timestep_spacing)),
            Some(TrajectoryOption::Fixed(given)) => Some(Chosen::Fixed(given)),
            Some(TrajectoryOption::Optimal) => Some(Chosen::Optimal),
        }
    }
}

/// The table that Analytic-DPM's variance and its optimal trajectory are computed from.
///
/// # Errors
/// `invalid-mean-sq-eps` where there is none.
pub fn required(table: Option<&MeanSqEps>) -> Result<&MeanSqEps, Error> {
    let allowed = "the model's analytic_dpm.json, or what estimateAnalytic measures";
    table.ok_or_else(|| Error::invalid("meanSqEps", "absent", allowed))
}

fn optimal_timesteps(scheduler: &Scheduler, table: &MeanSqEps, num_steps: usize) -> Result<Vec<Timestep>, Error> {
    let timesteps = optimal::timesteps(&scheduler.schedule, table.entries(), num_steps);
    let mut timesteps =
        timesteps.map_err(|work| too_long(work, num_steps, scheduler.schedule.num_train_timesteps()))?;
    timesteps.reverse();
    Ok(timesteps)
}

/// The error for an optimal trajectory that would take minutes, or hours.
fn too_long(work: u64, num_steps: usize, num_train_timesteps: usize) -> Error {
    let most = optimal::MOST_WORK as f64;
    let long = if work == u64::MAX { String::new() } else { format!(", {:.1e} comparisons", work as f64) };
    let found = format!("\"optimal\" for {num_steps} of {num_train_timesteps} timesteps{long}");
    Error::invalid("trajectory", found, format!("another one, or have fewer steps: at most {most:.1e} comparisons"))
}

fn begins_inside(timesteps: &[Timestep], scheduler: &Scheduler) -> Result<(), Error> {
    let last = scheduler.schedule.num_train_timesteps() - 1;
    match timesteps.first() {
        Some(first) if first.0 <= last => Ok(()),
        _ => {
            let allowed = format!(
                "smaller: with steps_offset {} the first timestep would be above {last}",
                scheduler.steps_offset
            );
            Err(Error::invalid("steps", timesteps.len(), allowed))
        }
    }
}
