//! Options that are objects.

use std::sync::LazyLock;

use serde_json::{Map, Value};

use crate::checkpoint::value;
use crate::error::Error;

/// An option that is an object.
pub(super) struct Object {
    /// Its name.
    pub name: &'static str,
    /// The names of its fields.
    pub fields: &'static [&'static str],
    /// What it is to be, for the error.
    pub allowed: &'static str,
}

impl Object {
    /// The fields of the option, where it is there.
    pub fn read<'a>(&self, options: &'a Map<String, Value>) -> Result<Option<&'a Map<String, Value>>, Error> {
        let Some(given) = options.get(self.name) else { return Ok(None) };
        let fields = given.as_object().ok_or_else(|| Error::invalid(self.name, value::display(given), self.allowed))?;
        match fields.keys().find(|name| !self.fields.contains(&name.as_str())) {
            Some(name) => Err(Error::invalid(self.name, format!("an object with `{name}`"), self.allowed)),
            None => Ok(Some(fields)),
        }
    }
}

/// A field, or what stands for one that is not there and is shown so.
pub(super) fn field<'a>(fields: &'a Map<String, Value>, name: &str) -> &'a Value {
    static ABSENT: LazyLock<Value> = LazyLock::new(|| Value::from("\0absent"));
    fields.get(name).unwrap_or(&ABSENT)
}
