//! Options that do not go with each other, or with the data.

use super::data::Data;
use crate::checkpoint::Labels;
use crate::error::Error;
use crate::math::schedule::Schedule;
use crate::options::{Objective, TrainOptions};

/// Refuses what would do nothing, and what has no meaning.
///
/// # Errors
/// `invalid-` and the option's name.
pub fn check(options: &TrainOptions, data: &Data, labels: &Labels, schedule: &Schedule) -> Result<(), Error> {
    does_something(options, data, labels)?;
    has_signal(options, schedule)?;
    // The first beta stays as it is, so there must be a second.
    if options.objective.learns_betas() && schedule.num_train_timesteps() < 2 {
        return Err(Error::misplaced("betas", "\"learned\"", "a scheduler with two timesteps or more"));
    }
    Ok(())
}

/// Refuses options that would do nothing.
fn does_something(options: &TrainOptions, data: &Data, labels: &Labels) -> Result<(), Error> {
    if options.flip && data.is_points() {
        return Err(Error::misplaced("flip", "true", "images"));
    }
    if options.objective.learns_ends() && data.is_points() {
        return Err(Error::misplaced("gammaEnds", "\"learned\"", "images, whose grey values are reconstructed"));
    }
    match options.class_dropout.filter(|_| !labels.takes_any()) {
        Some(share) => Err(Error::misplaced("classDropout", &share.to_string(), "a network with classes")),
        None => Ok(()),
    }
}

/// The bounds weigh by the signal-to-noise ratio, of which something must be left.
fn has_signal(options: &TrainOptions, schedule: &Schedule) -> Result<(), Error> {
    let last = (schedule.num_train_timesteps() - 1) as f64;
    if options.objective == Objective::LSimple || !schedule.level_at(last).is_noise() {
        return Ok(());
    }
    let allowed = "one without `rescale_betas_zero_snr`, for this objective weighs by the signal-to-noise ratio";
    Err(Error::invalid("scheduler", "a schedule that ends in pure noise", allowed))
}
