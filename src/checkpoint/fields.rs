//! Typed access to the fields of a JSON object, with errors that name the field, its value and what is allowed.
//!
//! One rule for null: it counts as absent where diffusers' default is `None` and for names to choose from. A number or a flag that is
//! null is an error, for Python would compute with it: a null `clip_sample` does not clip.

use serde_json::{Map, Value};

use crate::error::{Error, shown};

/// The fields of a JSON object.
#[derive(Clone, Copy)]
pub struct Fields<'a> {
    /// The file the fields come from, as errors name it.
    file: &'static str,
    map: &'a Map<String, Value>,
}

impl<'a> Fields<'a> {
    /// The fields of a file.
    pub fn new(file: &'static str, map: &'a Map<String, Value>) -> Self {
        Self { file, map }
    }

    /// The object that a file must be.
    pub fn object(file: &'static str, value: &'a Value) -> Result<&'a Map<String, Value>, Error> {
        value.as_object().ok_or_else(|| Error::ConfigInvalid {
            file,
            field: "(whole file)".to_owned(),
            value: shown(Some(value)),
            allowed: "a JSON object".to_owned(),
        })
    }

    /// The value under the first of `names` that is there: the present name, then the older ones.
    pub fn get(&self, names: &[&str]) -> Option<&'a Value> {
        names.iter().find_map(|name| self.map.get(*name))
    }

    /// [`get`](Self::get), where null counts as absent.
    pub fn get_some(&self, names: &[&str]) -> Option<&'a Value> {
        self.get(names).filter(|value| !value.is_null())
    }

    /// An integer in `range`; absent: `default`, or an error where there is none.
    pub fn integer(&self, names: &[&str], default: Option<usize>, range: [usize; 2]) -> Result<usize, Error> {
        match (self.get(names), default) {
            (None, Some(default)) => Ok(default),
            (value, _) => self.check_integer(names, value, range),
        }
    }

    /// An integer in `range`, or `None` where the field is null or absent.
    pub fn optional_integer(&self, names: &[&str], range: [usize; 2]) -> Result<Option<usize>, Error> {
        self.get_some(names).map(|value| self.check_integer(names, Some(value), range)).transpose()
    }

    fn check_integer(&self, names: &[&str], value: Option<&Value>, range: [usize; 2]) -> Result<usize, Error> {
        value.and_then(|v| integer_from(v, range)).ok_or_else(|| self.invalid(names, &integer_phrase(range)))
    }

    /// One integer for each of several things, each in `range`.
    pub fn integers(
        &self,
        names: &[&str],
        default: &[usize],
        range: [usize; 2],
        count: [usize; 2],
    ) -> Result<Vec<usize>, Error> {
        let Some(value) = self.get(names) else { return Ok(default.to_vec()) };
        let phrase = format!("a list of {} to {} elements, each {}", count[0], count[1], integer_phrase(range));
        let list: Option<Vec<usize>> =
            value.as_array().and_then(|items| items.iter().map(|item| integer_from(item, range)).collect());
        list.filter(|items| (count[0]..=count[1]).contains(&items.len())).ok_or_else(|| self.invalid(names, &phrase))
    }

    /// A number that passes `test`; `allowed` says which do.
    pub fn number(&self, names: &[&str], default: f64, allowed: &str, test: fn(f64) -> bool) -> Result<f64, Error> {
        let Some(value) = self.get(names) else { return Ok(default) };
        value.as_f64().filter(|number| test(*number)).ok_or_else(|| self.invalid(names, allowed))
    }

    /// A flag.
    pub fn flag(&self, names: &[&str], default: bool) -> Result<bool, Error> {
        let Some(value) = self.get(names) else { return Ok(default) };
        value.as_bool().ok_or_else(|| self.invalid(names, "true or false"))
    }

    /// A list of texts.
    pub fn texts(&self, names: &[&str], default: &[&'a str]) -> Result<Vec<&'a str>, Error> {
        let Some(value) = self.get(names) else { return Ok(default.to_vec()) };
        let list: Option<Vec<&str>> = value.as_array().and_then(|items| items.iter().map(Value::as_str).collect());
        list.ok_or_else(|| self.invalid(names, "a list of names"))
    }

    /// One of `choices`, by its name; a name that is not among them is well formed, but not supported.
    pub fn choice<T: Clone>(&self, names: &[&str], default: T, choices: &[(&str, T)]) -> Result<T, Error> {
        self.chosen(names, default, choices, str::to_owned)
    }

    /// The same, of a name whose capital letters diffusers lowers.
    pub fn choice_lowered<T: Clone>(&self, names: &[&str], default: T, choices: &[(&str, T)]) -> Result<T, Error> {
        self.chosen(names, default, choices, str::to_lowercase)
    }

    fn chosen<T: Clone>(
        &self,
        names: &[&str],
        default: T,
        choices: &[(&str, T)],
        read: fn(&str) -> String,
    ) -> Result<T, Error> {
        let Some(value) = self.get_some(names) else { return Ok(default) };
        let known = choices.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        let Some(text) = value.as_str().map(read) else { return Err(self.invalid(names, &known)) };
        let found = choices.iter().find(|(name, _)| *name == text);
        found.map(|(_, choice)| choice.clone()).ok_or_else(|| self.unsupported(names[0], value, &known))
    }

    /// The error of a field that is out of range or of the wrong type.
    pub fn invalid(&self, names: &[&str], allowed: &str) -> Error {
        let field = names.first().copied().unwrap_or_default().to_owned();
        Error::ConfigInvalid { file: self.file, field, value: shown(self.get(names)), allowed: allowed.to_owned() }
    }

    /// The error of a field that asks for something that is not computed here.
    pub fn unsupported(&self, field: &str, value: &Value, supported: &str) -> Error {
        Error::ConfigUnsupported {
            file: self.file,
            field: field.to_owned(),
            value: shown(Some(value)),
            supported: supported.to_owned(),
        }
    }
}

/// An integer in `range`; JavaScript may hand it over as a whole f64.
fn integer_from(value: &Value, [least, most]: [usize; 2]) -> Option<usize> {
    let number = value.as_f64().filter(|number| number.fract() == 0.0)?;
    // Exact: the ranges of this crate end far below 2^53.
    (number >= least as f64 && number <= most as f64).then_some(number as usize)
}

fn integer_phrase([least, most]: [usize; 2]) -> String {
    format!("an integer from {least} to {most}")
}

fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "absent".to_owned(), shown::shown)
}
