//! The options `blend` and `branch`: which noise the images of a batch have in common.

use serde_json::{Map, Value};

use super::labels::labels_from_json;
use super::noise::seed_from_json;
use super::object::{Object, field};
use crate::checkpoint::value;
use crate::error::{Error, shown};
use crate::noise::{MOST_IMAGES, Position};

const BLEND: Object = Object {
    name: "blend",
    fields: &["seeds", "at", "labels"],
    allowed: "an object of `seeds`, `at` and perhaps `labels`",
};

/// Images between two or four seeds, the corners: the noise goes along the arcs between the corners' noises, the class
/// embedding along straight lines.
#[derive(Debug, Clone, PartialEq)]
pub struct Blend {
    /// The seeds of the corners after the first, which is the run's own: one, or three.
    pub seeds: Vec<u64>,
    /// Where each image lies, 1 to 4096.
    pub at: Vec<Position>,
    /// The class of every corner, where the corners have classes of their own.
    pub labels: Option<Vec<u64>>,
}

impl Blend {
    /// Checks the blend by itself.
    ///
    /// # Errors
    /// `invalid-blend`.
    pub fn check(&self) -> Result<(), Error> {
        let num_corners = self.num_corners();
        if !matches!(num_corners, 2 | 4) {
            return Err(invalid_seeds(shown::list(&self.seeds)));
        }
        check_positions("blend.at", num_corners, &self.at)?;
        match &self.labels {
            Some(labels) if labels.len() != num_corners => Err(self.invalid_labels(shown::list(labels))),
            _ => Ok(()),
        }
    }

    /// Checks that it makes as many images as there are to be.
    ///
    /// # Errors
    /// `invalid-blend` where it does not.
    pub fn fits(&self, batch: usize) -> Result<(), Error> {
        if self.at.len() == batch {
            return Ok(());
        }
        let found = format!("{} entries long", self.at.len());
        Err(Error::invalid("blend.at", found, format!("one entry per image, {batch}")))
    }

    /// The error for a blend beside a start x_T that is given.
    pub fn beside_noise() -> Error {
        value::beside("blend", "noise")
    }

    /// Corners, the run's own seed included.
    fn num_corners(&self) -> usize {
        self.seeds.len() + 1
    }

    fn invalid_labels(&self, given: String) -> Error {
        Error::invalid("blend.labels", given, format!("{} class numbers, one per corner", self.num_corners()))
    }
}

/// Reads `blend`.
pub(super) fn read(options: &Map<String, Value>) -> Result<Option<Blend>, Error> {
    let Some(fields) = BLEND.read(options)? else { return Ok(None) };
    let mut blend = Blend { seeds: read_seeds(field(fields, "seeds"))?, at: Vec::new(), labels: None };
    blend.at = positions("blend.at", blend.num_corners(), field(fields, "at"))?;
    let labels = fields.get("labels").map(|given| labels_from_json(given).map_err(|_| value::display(given)));
    blend.labels = labels.transpose().map_err(|given| blend.invalid_labels(given))?;
    blend.check()?;
    Ok(Some(blend))
}

/// Reads `branch`. Whether the run has as many steps is checked where they are known.
pub(super) fn read_branch(options: &Map<String, Value>) -> Result<Option<usize>, Error> {
    let Some(given) = options.get("branch") else { return Ok(None) };
    let read = value::as_index(given);
    read.map(Some).ok_or_else(|| Error::invalid("branch", value::display(given), "an integer from 0 to the steps"))
}

/// Reads where images lie: as numbers, or in pairs where there are four corners.
pub(super) fn positions(name: &'static str, corners: usize, given: &Value) -> Result<Vec<Position>, Error> {
    let position = |given: &Value| match (corners, given.as_array().map(Vec::as_slice)) {
        (2, None) => Some(Position { u: given.as_f64()?, v: 0.0 }),
        (4, Some([u, v])) => Some(Position { u: u.as_f64()?, v: v.as_f64()? }),
        _ => None,
    };
    let read: Option<Vec<Position>> = given.as_array().and_then(|at| at.iter().map(position).collect());
    read.ok_or_else(|| invalid_positions(name, corners, given))
}

/// Checks where images lie.
///
/// # Errors
/// `invalid-` and the option's name.
pub(super) fn check_positions(name: &'static str, corners: usize, at: &[Position]) -> Result<(), Error> {
    let is_fraction = |x: f64| (0.0..=1.0).contains(&x);
    let is_place = |p: &Position| is_fraction(p.u) && is_fraction(p.v) && (corners == 4 || p.v == 0.0);
    if (1..=MOST_IMAGES).contains(&at.len()) && at.iter().all(is_place) {
        return Ok(());
    }
    let place = |p: &Position| match corners {
        2 if p.v == 0.0 => shown::as_json(p.u),
        _ => Value::from(vec![shown::as_json(p.u), shown::as_json(p.v)]),
    };
    Err(invalid_positions(name, corners, &at.iter().map(place).collect()))
}

fn invalid_positions(name: &'static str, corners: usize, given: &Value) -> Error {
    let entry = if corners == 2 { "a number from 0 to 1" } else { "[u, v], two numbers from 0 to 1" };
    let allowed = format!("a list of 1 to {MOST_IMAGES} entries, one per image, each {entry}");
    Error::invalid(name, value::display(given), allowed)
}

fn read_seeds(given: &Value) -> Result<Vec<u64>, Error> {
    let read: Option<Vec<u64>> =
        given.as_array().and_then(|seeds| seeds.iter().map(|seed| seed_from_json(seed).ok()).collect());
    read.filter(|seeds| matches!(seeds.len(), 1 | 3)).ok_or_else(|| invalid_seeds(value::display(given)))
}

fn invalid_seeds(given: String) -> Error {
    let allowed = "one seed or three beside the run's own, each an integer from 0 to 9007199254740991";
    Error::invalid("blend.seeds", given, allowed)
}
