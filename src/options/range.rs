//! A range of numbers, which options are held to however they come.

use serde_json::Value;

use crate::checkpoint::value;
use crate::error::{Error, shown};

/// The numbers that an option takes, both ends included.
pub struct Range {
    /// The option.
    pub name: &'static str,
    /// Its least value.
    pub least: f64,
    /// Its largest value.
    pub most: f64,
}

impl Range {
    /// Reads a number of this range.
    pub fn read(&self, given: &Value) -> Result<f64, Error> {
        value::number(self.name, given, self.least..=self.most)
    }

    /// Checks that a number is in it.
    pub fn check(&self, number: f64) -> Result<(), Error> {
        let inside = (self.least..=self.most).contains(&number);
        // As JSON only where it is shown.
        if inside { Ok(()) } else { self.read(&shown::as_json(number)).map(drop) }
    }
}
