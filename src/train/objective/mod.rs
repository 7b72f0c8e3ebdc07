//! What each example of a batch is asked: its time, and the weight of its error. A file for each objective, by its paper's name and equation.

mod asked;
mod j_sigma;
mod k_2015;
mod l_hybrid;
mod l_simple;
mod l_vlb;
mod step;
mod vdm_continuous;
mod vdm_discrete;
mod vdm_weighted;

pub use asked::{Asked, Weight, place};
pub use k_2015::{entropies, term as k_2015};
pub use l_hybrid::SHARE_OF_BOUND;

use super::gamma::Gamma;
use crate::math::schedule::Schedule;
use crate::options::Objective;

/// What an example is asked whose time is `u`, from 0 (near the data) up to 1. `gamma` is VDM's time.
pub fn asked(objective: &Objective, schedule: &Schedule, gamma: &Gamma, u: f64) -> Asked {
    match objective {
        Objective::LSimple => l_simple::asked(schedule, u),
        Objective::LHybrid => l_hybrid::asked(schedule, u),
        Objective::LVlb { variance } => l_vlb::asked(schedule, *variance, u),
        Objective::K2015 { .. } => k_2015::asked(schedule, u),
        Objective::JSigma { eta } => j_sigma::asked(schedule, *eta, u),
        Objective::VdmDiscrete { times } => vdm_discrete::asked(schedule, gamma, *times, u),
        Objective::VdmContinuous { weighting, .. } => vdm_continuous::asked(schedule, gamma, weighting, u),
    }
}

#[cfg(test)]
mod tests;
