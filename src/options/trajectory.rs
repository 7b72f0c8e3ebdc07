//! The option `trajectory`.

use serde_json::{Map, Value};

use crate::checkpoint::{Scheduler, value};
use crate::error::{Error, shown};
use crate::math::time::Timestep;
use crate::math::trajectory::Trajectory;

/// How a run chooses the training timesteps that it visits.
#[derive(Debug, Clone, PartialEq)]
pub enum TrajectoryOption {
    /// By a rule, or one by one: timesteps of the schedule, descending, at least one.
    Fixed(Trajectory),
    /// Analytic-DPM's optimal trajectory, computed from its table (Bao et al. 2022, section 4).
    Optimal,
}

impl From<Trajectory> for TrajectoryOption {
    fn from(trajectory: Trajectory) -> Self {
        Self::Fixed(trajectory)
    }
}

/// Reads `trajectory`.
pub(super) fn read(options: &Map<String, Value>, scheduler: &Scheduler) -> Result<Option<TrajectoryOption>, Error> {
    let Some(given) = options.get("trajectory") else { return Ok(None) };
    let named = match given.as_str() {
        Some("leading") => Some(Trajectory::Leading.into()),
        Some("trailing") => Some(Trajectory::Trailing.into()),
        Some("linspace") => Some(Trajectory::Linspace.into()),
        Some("even") => Some(Trajectory::Even.into()),
        Some("quadratic") => Some(Trajectory::Quadratic.into()),
        Some("optimal") => Some(TrajectoryOption::Optimal),
        _ => None,
    };
    let listed = || {
        let timesteps: Option<Vec<usize>> = given.as_array()?.iter().map(value::as_index).collect();
        Some(Trajectory::Given(timesteps?.into_iter().map(Timestep).collect()).into())
    };
    let all = scheduler.schedule.num_train_timesteps();
    named.or_else(listed).map(Some).ok_or_else(|| invalid(value::display(given), all))
}

/// Checks a list of timesteps.
pub(super) fn check_given(timesteps: &[Timestep], num_train_timesteps: usize) -> Result<(), Error> {
    let descends = timesteps.windows(2).all(|pair| pair[0] > pair[1]);
    if descends && timesteps.first().is_some_and(|first| first.0 < num_train_timesteps) {
        return Ok(());
    }
    let given: Vec<u64> = timesteps.iter().map(|t| t.0 as u64).collect();
    Err(invalid(shown::list(&given), num_train_timesteps))
}

fn invalid(given: String, num_train_timesteps: usize) -> Error {
    let last = num_train_timesteps - 1;
    let names = "\"leading\", \"trailing\", \"linspace\", \"even\", \"quadratic\", \"optimal\"";
    let allowed = format!("{names}, or a list of timesteps from {last} to 0, each below the one before");
    Error::invalid("trajectory", given, allowed)
}
