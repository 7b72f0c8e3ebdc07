//! The option `start`: pictures that a run begins with.

use serde_json::{Map, Value};

use super::blend::{check_positions, positions};
use super::edit::{fit, floats};
use super::object::{Object, field};
use crate::checkpoint::value;
use crate::error::Error;
use crate::noise::{Position, Shape};

/// Pictures that a run begins with, noised to the level of [`PlanOptions::start`](super::PlanOptions::start).
#[derive(Debug, Clone, PartialEq)]
pub struct Start {
    /// The pictures, in the model's own scale: one for all images of the batch, or as many as it has; the corners where `between` is there.
    pub x: Vec<f32>,
    /// Images between two pictures or among four.
    pub between: Option<Between>,
}

/// Images between pictures: the noised pictures are mixed along straight lines (Ho et al. 2020, section 4.3 and figure 8). The noise of
/// the steps is the same for all images.
#[derive(Debug, Clone, PartialEq)]
pub struct Between {
    /// Pictures: two, or four.
    pub corners: usize,
    /// Where each image lies, 1 to 4096.
    pub at: Vec<Position>,
    /// Whether every picture is noised with noise of its own, as Ho et al. do, where what is mixed has less noise than its level; or all
    /// with the same. Default: the same.
    pub own_noise: bool,
}

const START: Object = Object {
    name: "start",
    fields: &["x", "t", "at", "noise"],
    allowed: "an object of `x`, `t` and perhaps `at` and `noise`",
};

/// Reads `start.t`.
pub(super) fn read_t(options: &Map<String, Value>, last: usize) -> Result<Option<usize>, Error> {
    let Some(fields) = START.read(options)? else { return Ok(None) };
    let t = value::integer("start.t", field(fields, "t"), 0..=last as u64)?;
    Ok(Some(t as usize))
}

/// Reads the pictures of `start`, and what is to be between them.
pub(super) fn read(options: &Map<String, Value>) -> Result<Option<Start>, Error> {
    const NOISES: [(&str, bool); 2] = [("shared", false), ("own", true)];
    let Some(fields) = START.read(options)? else { return Ok(None) };
    let between = match (fields.get("at"), fields.get("noise")) {
        (Some(at), noise) => {
            // Pairs lie among four pictures.
            let corners = if at.as_array().and_then(|at| at.first()).is_some_and(Value::is_array) { 4 } else { 2 };
            let own_noise = noise.map_or(Ok(false), |given| value::choice("start.noise", given, &NOISES))?;
            Some(Between { corners, at: positions("start.at", corners, at)?, own_noise })
        }
        (None, Some(noise)) => return Err(Error::misplaced("start.noise", &value::display(noise), "`start.at`")),
        (None, None) => None,
    };
    Ok(Some(Start { x: floats("start.x", field(fields, "x"))?, between }))
}

impl Start {
    /// Checks the numbers.
    ///
    /// # Errors
    /// `invalid-start`.
    pub(super) fn check(&self) -> Result<(), Error> {
        value::each("start.x", &self.x, f32::is_finite, "finite numbers")?;
        let Some(Between { corners, at, .. }) = &self.between else { return Ok(()) };
        if !matches!(corners, 2 | 4) {
            return Err(Error::invalid(
                "start.at",
                format!("among {corners} pictures"),
                "between 2 pictures, or among 4",
            ));
        }
        check_positions("start.at", *corners, at)
    }

    /// Checks that there are as many numbers as images of this shape take, and places for as many images.
    ///
    /// # Errors
    /// `invalid-start`.
    pub(super) fn fits(&self, shape: Shape) -> Result<(), Error> {
        let Some(Between { corners, at, .. }) = &self.between else {
            return fit("start.x", self.x.len(), shape.image_len(), shape.batch);
        };
        if at.len() != shape.batch {
            let found = format!("{} entries long", at.len());
            return Err(Error::invalid("start.at", found, format!("one entry per image, {}", shape.batch)));
        }
        if self.x.len() != corners * shape.image_len() {
            let allowed = format!("{} numbers, those of {corners} pictures", corners * shape.image_len());
            return Err(Error::invalid("start.x", format!("{} numbers", self.x.len()), allowed));
        }
        Ok(())
    }
}
