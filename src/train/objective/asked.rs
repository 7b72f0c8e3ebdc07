//! The place in time at which an example is looked at, and the factor of its error there.

use crate::math::level::NoiseLevel;
use crate::math::schedule::Schedule;
use crate::train::target::Place;

/// Where an example is looked at, and what its error counts.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// The training timestep that the network is told.
    pub timestep: f64,
    /// The state.
    pub place: Place,
    /// The factor of the squared error.
    pub weight: Weight,
}

/// A factor of the squared error, per element.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Weight {
    /// Of the network's own target.
    OfTarget(f64),
    /// Of the noise, whatever the network predicts: nats of a bound.
    OfNoise(f64),
}

/// The place of a training timestep; between two, of the part of a step that leads there from one timestep less.
pub fn place(schedule: &Schedule, timestep: f64) -> Place {
    let s = if timestep < 1.0 { NoiseLevel::DATA } else { schedule.level_at(timestep - 1.0) };
    Place { t: schedule.level_at(timestep), s }
}

/// One of all timesteps, by a time from 0 to 1.
pub fn at_timestep(schedule: &Schedule, u: f64, weight: impl FnOnce(Place) -> Weight) -> Asked {
    let last = schedule.num_train_timesteps() - 1;
    let timestep = ((u * (last + 1) as f64) as usize).min(last) as f64;
    let place = place(schedule, timestep);
    Asked { timestep, place, weight: weight(place) }
}

/// One of all timesteps, for a term of a sum over them.
pub fn at_term(schedule: &Schedule, u: f64, term: impl FnOnce(Place) -> f64) -> Asked {
    let steps = schedule.num_train_timesteps() as f64;
    at_timestep(schedule, u, |place| Weight::OfNoise(steps * term(place)))
}

/// At a level of VDM's schedule.
pub fn at_level(schedule: &Schedule, level: NoiseLevel, weight: f64) -> Asked {
    let timestep = schedule.timestep_of(level);
    Asked { timestep, place: place(schedule, timestep), weight: Weight::OfNoise(weight) }
}
