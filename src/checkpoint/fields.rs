//! Typed access to the fields of a JSON object, with errors that name the field, its value and what is allowed.

use serde_json::{Map, Value};

use crate::error::{Error, shown};

/// The file the fields come from, as errors name it.
const FILE: &str = "config.json";

/// The fields of a JSON object.
#[derive(Clone, Copy)]
pub struct Fields<'a> {
    map: &'a Map<String, Value>,
}

impl<'a> Fields<'a> {
    /// The fields of `value`, which must be an object.
    pub fn new(value: &'a Value) -> Result<Self, Error> {
        let map = value.as_object().ok_or_else(|| Error::ConfigInvalid {
            file: FILE,
            field: "(whole file)".to_owned(),
            value: shown(Some(value)),
            allowed: "a JSON object".to_owned(),
        })?;
        Ok(Self { map })
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
        match self.get(names) {
            None => default.ok_or_else(|| invalid(names, None, &integer_phrase(range))),
            value => self.check_integer(names, value, range),
        }
    }

    /// An integer in `range`, or `None` where the field is null or absent.
    pub fn optional_integer(&self, names: &[&str], range: [usize; 2]) -> Result<Option<usize>, Error> {
        match self.get_some(names) {
            None => Ok(None),
            value => self.check_integer(names, value, range).map(Some),
        }
    }

    fn check_integer(&self, names: &[&str], value: Option<&Value>, range: [usize; 2]) -> Result<usize, Error> {
        value.and_then(|v| integer_from(v, range)).ok_or_else(|| invalid(names, value, &integer_phrase(range)))
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
        list.filter(|items| (count[0]..=count[1]).contains(&items.len()))
            .ok_or_else(|| invalid(names, Some(value), &phrase))
    }

    /// A finite number above `above` (exclusive) up to `most`.
    pub fn number(&self, names: &[&str], default: f64, [above, most]: [f64; 2]) -> Result<f64, Error> {
        let Some(value) = self.get(names) else { return Ok(default) };
        let number = value.as_f64().filter(|number| *number > above && *number <= most);
        number.ok_or_else(|| invalid(names, Some(value), &format!("a number above {above}, at most {most}")))
    }

    /// A flag.
    pub fn flag(&self, names: &[&str], default: bool) -> Result<bool, Error> {
        let Some(value) = self.get(names) else { return Ok(default) };
        value.as_bool().ok_or_else(|| invalid(names, Some(value), "true or false"))
    }

    /// A list of texts.
    pub fn texts(&self, names: &[&str], default: &[&'a str]) -> Result<Vec<&'a str>, Error> {
        let Some(value) = self.get(names) else { return Ok(default.to_vec()) };
        let list: Option<Vec<&str>> = value.as_array().and_then(|items| items.iter().map(Value::as_str).collect());
        list.ok_or_else(|| invalid(names, Some(value), "a list of names"))
    }

    /// One of `choices`, by its name; a name that is not among them is well formed, but not supported.
    pub fn choice<T: Copy>(&self, names: &[&str], default: T, choices: &[(&str, T)]) -> Result<T, Error> {
        let Some(value) = self.get_some(names) else { return Ok(default) };
        choice_from(names[0], value, choices)
    }

    /// The error of a field that is out of range or of the wrong type.
    pub fn invalid(&self, names: &[&str], allowed: &str) -> Error {
        invalid(names, self.get(names), allowed)
    }
}

/// The one of `choices` that `value` names.
pub fn choice_from<T: Copy>(field: &str, value: &Value, choices: &[(&str, T)]) -> Result<T, Error> {
    let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
    Ok(choices[chosen(field, value, &names)?].1)
}

/// Which of the names it is.
fn chosen(field: &str, value: &Value, names: &[&str]) -> Result<usize, Error> {
    let Some(text) = value.as_str() else { return Err(invalid(&[field], Some(value), &names.join(", "))) };
    let found = names.iter().position(|name| *name == text);
    found.ok_or_else(|| unsupported(field, Some(value), &names.join(", ")))
}

/// A field that asks for something that is not computed here.
pub fn unsupported(field: &str, value: Option<&Value>, supported: &str) -> Error {
    Error::ConfigUnsupported {
        file: FILE,
        field: field.to_owned(),
        value: shown(value),
        supported: supported.to_owned(),
    }
}

fn invalid(names: &[&str], value: Option<&Value>, allowed: &str) -> Error {
    let field = names.first().copied().unwrap_or_default().to_owned();
    Error::ConfigInvalid { file: FILE, field, value: shown(value), allowed: allowed.to_owned() }
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
