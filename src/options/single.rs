//! Single options of an object, each with its range.

use serde_json::{Map, Value};

use super::range::Range;
use crate::checkpoint::value;
use crate::error::Error;

/// Reads them; each error is `invalid-` and the option's name.
pub struct Single<'a>(pub &'a Map<String, Value>);

impl Single<'_> {
    /// A number, or its default.
    pub fn number(&self, range: &Range, default: f64) -> Result<f64, Error> {
        self.0.get(range.name).map_or(Ok(default), |given| range.read(given))
    }

    /// An integer from `least` to `most`.
    pub fn integer(&self, name: &'static str, least: u64, most: u64) -> Result<Option<u64>, Error> {
        self.0.get(name).map(|given| value::integer(name, given, least..=most)).transpose()
    }

    /// One of these names.
    pub fn choice<T: Copy>(&self, name: &'static str, choices: &[(&str, T)]) -> Result<Option<T>, Error> {
        self.0.get(name).map(|given| value::choice(name, given, choices)).transpose()
    }

    /// An object.
    pub fn object(&self, name: &'static str) -> Result<Option<Map<String, Value>>, Error> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Value::Object(object)) => Ok(Some(object.clone())),
            Some(other) => Err(Error::invalid(name, value::display(other), "an object")),
        }
    }

    /// True or false.
    pub fn flag(&self, name: &'static str, default: bool) -> Result<bool, Error> {
        match self.0.get(name) {
            None => Ok(default),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(other) => Err(Error::invalid(name, value::display(other), "true or false")),
        }
    }
}
