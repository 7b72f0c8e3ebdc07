//! Plain JavaScript values to JSON values and back.

use js_sys::{Float32Array, Object, Reflect};
use serde::Serialize;
use serde_json::{Map, Value};
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::{JsCast, JsValue};

use crate::checkpoint::{MeanSqEps, Scheduler, memory};
use crate::error::Error;
use crate::error::shown::shown;
use crate::noise::MOST_ELEMENTS;

/// A run's options: what is plain, and the state that a run begins with.
pub struct Options {
    /// All options that are plain values.
    pub plain: Map<String, Value>,
    /// The option `noise`.
    pub noise: Option<Vec<f32>>,
}

/// Reads an options object. Properties that are `undefined` count as absent.
pub fn options_from_js(options: &JsValue) -> Result<Options, JsValue> {
    let mut read = Options { plain: Map::new(), noise: None };
    if options.is_undefined() {
        return Ok(read);
    }
    let invalid = || Error::invalid("options", "no object", "an object with the options by name");
    let object = options.dyn_ref::<Object>().ok_or_else(invalid)?;

    for key in Object::keys(object).iter() {
        let (name, value) = (key.as_string().unwrap_or_default(), Reflect::get(object, &key)?);
        match name.as_str() {
            _ if value.is_undefined() => {}
            "noise" => read.noise = Some(noise_from_js(&value)?),
            _ => {
                let value = json_from_js("options", &value)?;
                read.plain.insert(name, value);
            }
        }
    }
    Ok(read)
}

/// Any plain value as JSON. What has no JSON form comes as a text that says what it is, as [`shown`] reads it.
pub fn json_from_js(name: &'static str, value: &JsValue) -> Result<Value, Error> {
    if value.is_undefined() {
        return Ok(Value::from("\0absent"));
    }
    serde_wasm_bindgen::from_value(value.clone())
        .map_err(|error| Error::invalid(name, error, "plain values: numbers, strings, lists, objects"))
}

/// A scheduler's configuration, and what Analytic-DPM measured of a network, or `undefined`.
pub fn scheduler_from_js(config: &JsValue, mean_sq_eps: &JsValue) -> Result<(Scheduler, Option<MeanSqEps>), Error> {
    let scheduler = Scheduler::from_json(&json_from_js("scheduler", config)?)?;
    if mean_sq_eps.is_undefined() {
        return Ok((scheduler, None));
    }
    let list = json_from_js("meanSqEps", mean_sq_eps)?;
    let table = MeanSqEps::from_json(&list, scheduler.schedule.num_train_timesteps())?;
    Ok((scheduler, Some(table)))
}

/// JSON as a plain object.
pub fn js_from_json(value: &impl Serialize) -> Result<JsValue, JsValue> {
    value.serialize(&Serializer::json_compatible()).map_err(JsValue::from)
}

fn noise_from_js(value: &JsValue) -> Result<Vec<f32>, Error> {
    match value.dyn_ref::<Float32Array>() {
        Some(array) => floats_from_js("noise", array),
        None => {
            let allowed = "a Float32Array of batch * channels * height * width numbers";
            Err(Error::invalid("noise", shown(&json_from_js("noise", value)?), allowed))
        }
    }
}

/// A copy of floats, if they are not too many and there is memory for them.
pub fn floats_from_js(name: &'static str, array: &Float32Array) -> Result<Vec<f32>, Error> {
    let count = array.length() as usize;
    if count > MOST_ELEMENTS {
        return Err(Error::invalid(name, format!("{count} numbers long"), format!("at most {MOST_ELEMENTS} numbers")));
    }
    memory::ensure("a copy of the images", (size_of::<f32>() * count) as u64)?;
    Ok(array.to_vec())
}
