//! The options `blend` and `branch`: which noise the images of a batch have in common.

use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::labels::labels_from_json;
use super::noise::seed_from_json;
use crate::checkpoint::value;
use crate::error::Error;
use crate::noise::{MOST_IMAGES, Position};

/// Stands for a field that is not there, and is shown so.
static ABSENT: LazyLock<Value> = LazyLock::new(|| Value::from("\0absent"));

const FIELDS: [&str; 3] = ["seeds", "at", "labels"];

/// Images between two or four seeds, the corners: the noise goes along the arcs between the corners' noises, the class
/// embedding along straight lines.
#[derive(Debug, Clone, PartialEq)]
pub struct Blend {
    /// The seeds of the corners after the first, which is the run's own: one, or three.
    pub seeds: Vec<u64>,
    /// Where each image lies, at least one.
    pub at: Vec<Position>,
    /// The class of every corner, where the corners have classes of their own.
    pub labels: Option<Vec<u64>>,
}

impl Blend {
    /// Corners, the run's own seed included: 2 or 4.
    pub fn num_corners(&self) -> usize {
        self.seeds.len() + 1
    }

    /// Checks that it makes as many images as there are to be.
    pub fn fits(&self, batch: usize) -> Result<(), Error> {
        if self.at.len() == batch {
            return Ok(());
        }
        let found = format!("{} entries long", self.at.len());
        Err(Error::invalid("blend.at", found, format!("as many entries as there are images, {batch}")))
    }

    /// The error for a blend beside a start x_T that is given.
    pub fn beside_noise() -> Error {
        value::beside("blend", "noise")
    }
}

/// Reads `blend`, and what must not stand beside it.
pub(super) fn blend(options: &Map<String, Value>) -> Result<Option<Blend>, Error> {
    let Some(given) = options.get("blend") else { return Ok(None) };
    let allowed = "an object of `seeds`, `at` and perhaps `labels`";
    let fields = given.as_object().ok_or_else(|| Error::invalid("blend", value::display(given), allowed))?;
    if let Some(name) = fields.keys().find(|name| !FIELDS.contains(&name.as_str())) {
        return Err(Error::invalid("blend", format!("an object with `{name}`"), allowed));
    }

    let seeds = seeds(field(fields, "seeds"))?;
    let at = positions(field(fields, "at"), seeds.len() + 1)?;
    let labels = fields.get("labels").map(|labels| corner_labels(labels, seeds.len() + 1)).transpose()?;
    let blend = Blend { seeds, at, labels };
    stands_alone(&blend, options)?;
    Ok(Some(blend))
}

/// Reads `branch`. Whether the run has as many steps is checked where they are known.
pub(super) fn branch(options: &Map<String, Value>) -> Result<Option<usize>, Error> {
    let Some(given) = options.get("branch") else { return Ok(None) };
    let read = value::as_index(given);
    let read = read.ok_or_else(|| Error::invalid("branch", value::display(given), "an integer from 0 to the steps"))?;
    if options.get("rng").is_some_and(|rng| rng.as_str() != Some("philox")) {
        return Err(Error::misplaced("branch", given, "rng \"philox\": with \"torch\" the images share one stream"));
    }
    Ok(Some(read))
}

fn field<'a>(fields: &'a Map<String, Value>, name: &str) -> &'a Value {
    fields.get(name).unwrap_or(&ABSENT)
}

fn seeds(given: &Value) -> Result<Vec<u64>, Error> {
    let read: Option<Vec<u64>> =
        given.as_array().and_then(|seeds| seeds.iter().map(|seed| seed_from_json(seed).ok()).collect());
    read.filter(|seeds| matches!(seeds.len(), 1 | 3)).ok_or_else(|| {
        let allowed = "one seed or three beside the run's own, each an integer from 0 to 9007199254740991";
        Error::invalid("blend.seeds", value::display(given), allowed)
    })
}

fn positions(given: &Value, num_corners: usize) -> Result<Vec<Position>, Error> {
    let position = |given: &Value| match (num_corners, given.as_array().map(Vec::as_slice)) {
        (2, None) => Some(Position { u: fraction(given)?, v: 0.0 }),
        (4, Some([u, v])) => Some(Position { u: fraction(u)?, v: fraction(v)? }),
        _ => None,
    };
    let read: Option<Vec<Position>> = given.as_array().and_then(|at| at.iter().map(position).collect());
    read.filter(|at| (1..=MOST_IMAGES).contains(&at.len())).ok_or_else(|| {
        let entry = if num_corners == 2 { "a number from 0 to 1" } else { "[u, v], two numbers from 0 to 1" };
        let allowed = format!("a list of 1 to {MOST_IMAGES} entries, one per image, each {entry}");
        Error::invalid("blend.at", value::display(given), allowed)
    })
}

fn fraction(given: &Value) -> Option<f64> {
    given.as_f64().filter(|fraction| (0.0..=1.0).contains(fraction))
}

fn corner_labels(given: &Value, num_corners: usize) -> Result<Vec<u64>, Error> {
    labels_from_json(given).ok().filter(|labels| labels.len() == num_corners).ok_or_else(|| {
        Error::invalid("blend.labels", value::display(given), format!("{num_corners} class numbers, one per corner"))
    })
}

/// The blend says how many images there are, where they start, and, with `labels`, what they show.
fn stands_alone(blend: &Blend, options: &Map<String, Value>) -> Result<(), Error> {
    if options.contains_key("branch") {
        return Err(value::beside("blend", "branch"));
    }
    if blend.labels.is_some() && options.contains_key("labels") {
        return Err(value::beside("blend", "labels"));
    }
    match options.get("batch").and_then(value::as_index) {
        Some(batch) => blend.fits(batch),
        None => Ok(()),
    }
}
