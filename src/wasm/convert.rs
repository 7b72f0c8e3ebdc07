//! Plain JavaScript values to JSON values and back.

use js_sys::{Float32Array, Object, Reflect};
use serde::Serialize;
use serde_json::{Map, Value};
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::{JsCast, JsValue};

use crate::engine::mean_sq_eps::MeanSqEps;
use crate::engine::scheduler::Scheduler;
use crate::error::Error;

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

/// Any plain value as JSON; NaN and infinities become null.
pub fn json_from_js(name: &'static str, value: &JsValue) -> Result<Value, Error> {
    serde_wasm_bindgen::from_value(value.clone())
        .map_err(|error| Error::invalid(name, error, "plain values: numbers, strings, lists, objects"))
}

/// A scheduler's configuration, and the list that Analytic-DPM measured or `undefined`.
pub fn scheduler_from_js(config: &JsValue, mean_sq_eps: &JsValue) -> Result<Scheduler, Error> {
    let scheduler = Scheduler::from_json(&json_from_js("scheduler", config)?)?;
    if mean_sq_eps.is_undefined() {
        return Ok(scheduler);
    }
    let list = json_from_js("meanSqEps", mean_sq_eps)?;
    let table = MeanSqEps::from_json(&list, scheduler.schedule.num_train_timesteps())?;
    Ok(scheduler.with_mean_sq_eps(table))
}

/// JSON as a plain object.
pub fn js_from_json(value: &Value) -> Result<JsValue, JsValue> {
    value.serialize(&Serializer::json_compatible()).map_err(JsValue::from)
}

fn noise_from_js(value: &JsValue) -> Result<Vec<f32>, Error> {
    let array = value.dyn_ref::<Float32Array>().map(Float32Array::to_vec);
    array.ok_or_else(|| {
        Error::invalid("noise", "no Float32Array", "a Float32Array of batch * channels * height * width numbers")
    })
}
