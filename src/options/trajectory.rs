//! The options `steps` and `trajectory`.

use serde_json::{Map, Value};

use super::names::Name;
use super::sampler::table;
use crate::checkpoint::{Scheduler, value};
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

/// What the option `trajectory` says.
enum Choice {
    Listed(Trajectory),
    Optimal,
}

/// Reads both options. Default: 50 steps by the scheduler's own spacing; for VDM evenly in log SNR.
pub(super) fn read(options: &Map<String, Value>, scheduler: &Scheduler, sampler: Name) -> Result<Path, Error> {
    let num_train_timesteps = scheduler.schedule.num_train_timesteps();
    let choice = match options.get("trajectory") {
        Some(given) => choice(given, num_train_timesteps)?,
        None if sampler == Name::Vdm => return Ok(Path::LogSnr(num_steps(options, 1..=LONGEST, DEFAULT_STEPS)?)),
        None => Choice::Listed(scheduler.timestep_spacing.clone()),
    };

    let default = DEFAULT_STEPS.min(num_train_timesteps);
    let needs_two_ends = 2.min(num_train_timesteps);
    let timesteps = match choice {
        Choice::Listed(Trajectory::Given(timesteps)) => {
            fits_list(options, timesteps.len())?;
            timesteps
        }
        Choice::Listed(trajectory) => {
            let fewest = if trajectory == Trajectory::Even { needs_two_ends } else { 1 };
            let num_steps = num_steps(options, fewest..=num_train_timesteps, default)?;
            trajectory.timesteps(num_steps, num_train_timesteps, scheduler.steps_offset)
        }
        Choice::Optimal => {
            let num_steps = num_steps(options, needs_two_ends..=num_train_timesteps, default)?;
            let timesteps = optimal::timesteps(&scheduler.schedule, table(scheduler)?.entries(), num_steps);
            let mut timesteps = timesteps.map_err(|work| too_long(work, num_steps, num_train_timesteps))?;
            timesteps.reverse();
            timesteps
        }
    };
    begins_inside(&timesteps, scheduler)?;
    Ok(Path::Timesteps(timesteps))
}

fn choice(given: &Value, num_train_timesteps: usize) -> Result<Choice, Error> {
    let named = match given.as_str() {
        Some("leading") => Some(Choice::Listed(Trajectory::Leading)),
        Some("trailing") => Some(Choice::Listed(Trajectory::Trailing)),
        Some("linspace") => Some(Choice::Listed(Trajectory::Linspace)),
        Some("even") => Some(Choice::Listed(Trajectory::Even)),
        Some("quadratic") => Some(Choice::Listed(Trajectory::Quadratic)),
        Some("optimal") => Some(Choice::Optimal),
        _ => None,
    };
    let listed = || {
        let timesteps: Option<Vec<usize>> = given.as_array()?.iter().map(value::as_index).collect();
        let timesteps = timesteps?;
        let descends = timesteps.windows(2).all(|pair| pair[0] > pair[1]);
        let begins_inside = timesteps.first().is_some_and(|first| *first < num_train_timesteps);
        let list = || timesteps.iter().copied().map(Timestep).collect();
        (descends && begins_inside).then(|| Choice::Listed(Trajectory::Given(list())))
    };

    named.or_else(listed).ok_or_else(|| {
        let last = num_train_timesteps - 1;
        let names = "\"leading\", \"trailing\", \"linspace\", \"even\", \"quadratic\", \"optimal\"";
        let allowed = format!("{names}, or a list of timesteps from {last} to 0, each below the one before");
        Error::invalid("trajectory", value::display(given), allowed)
    })
}

fn num_steps(
    options: &Map<String, Value>,
    range: std::ops::RangeInclusive<usize>,
    default: usize,
) -> Result<usize, Error> {
    let Some(given) = options.get("steps") else { return Ok(default) };
    value::as_index(given).filter(|steps| range.contains(steps)).ok_or_else(|| {
        Error::invalid("steps", value::display(given), format!("an integer from {} to {}", range.start(), range.end()))
    })
}

fn fits_list(options: &Map<String, Value>, length: usize) -> Result<(), Error> {
    match options.get("steps") {
        Some(steps) if value::as_index(steps) != Some(length) => {
            let allowed = format!("nothing, or {length}, the length of the trajectory");
            Err(Error::invalid("steps", value::display(steps), allowed))
        }
        _ => Ok(()),
    }
}

/// The error for an optimal trajectory that would take minutes, or hours.
fn too_long(work: u64, num_steps: usize, num_train_timesteps: usize) -> Error {
    let most = optimal::MOST_WORK as f64;
    let long = if work == u64::MAX { String::new() } else { format!(", {:.1e} comparisons", work as f64) };
    let found = format!("\"optimal\" for {num_steps} of {num_train_timesteps} timesteps{long}");
    Error::invalid("trajectory", found, format!("another one, or fewer steps: at most {most:.1e} comparisons"))
}

fn begins_inside(timesteps: &[Timestep], scheduler: &Scheduler) -> Result<(), Error> {
    let last = scheduler.schedule.num_train_timesteps() - 1;
    match timesteps.first() {
        Some(first) if first.0 <= last => Ok(()),
        _ => {
            let allowed =
                format!("fewer: with steps_offset {} the first timestep would lie past {last}", scheduler.steps_offset);
            Err(Error::invalid("steps", timesteps.len(), allowed))
        }
    }
}
