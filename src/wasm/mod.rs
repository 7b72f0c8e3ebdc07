//! The border to JavaScript: the only place that names wasm-bindgen, js-sys, web-sys or `JsValue`.
//!
//! Exports take and return plain values and opaque handles, and do no work of their own. What they throw are `Error`s
//! with a `code` and perhaps a `hint`; anything else that escapes is a panic, after which the instance must not be used.

#[cfg(feature = "bench")]
mod bench;
mod convert;
mod engine;
mod error;
mod hash;
mod js_file;
mod loading;
mod measurement;
mod network;
mod plain;
mod run;
#[cfg(feature = "burn")]
mod training;

use wasm_bindgen::prelude::*;

use crate::checkpoint::{UNetConfig, known_answer, memory};
use crate::noise::{NoiseSource, Rng};
use crate::options::{PlanOptions, rng_from_json, seed_from_json, seeds_fit, seeds_from_json, shape_from_json};
use crate::run::Plan;
use convert::{js_from_json, json_from_js, options_from_js, scheduler_from_js};

#[cfg(feature = "burn")]
unsafe extern "C" {
    /// What runs before `main` elsewhere; the linker makes it. CubeCL registers some hundred things there.
    fn __wasm_call_ctors();
}

/// Runs once when the module is instantiated: panics reach the console in words.
#[wasm_bindgen(start)]
fn start() {
    // Where nothing calls it by name, the linker has every export call it, each time.
    #[cfg(feature = "burn")]
    // SAFETY: it takes and gives nothing, and this is the only call, before any other.
    unsafe {
        __wasm_call_ctors();
    }
    std::panic::set_hook(Box::new(|info| web_sys::console::error_1(&info.to_string().into())));
}

/// Standard normal noise as a run with this seed, or with one seed per image, begins with: `batch * C * H * W` numbers.
#[wasm_bindgen]
pub fn noise(seed: &JsValue, shape: &JsValue, rng: &JsValue) -> Result<Vec<f32>, JsValue> {
    let seed = json_from_js("seed", seed)?;
    let rng = if rng.is_undefined() { Rng::Philox } else { rng_from_json(&json_from_js("rng", rng)?)? };
    let shape = shape_from_json(&json_from_js("shape", shape)?)?;
    memory::ensure("the noise", (size_of::<f32>() * shape.len()) as u64)?;
    if !seed.is_array() {
        return Ok(NoiseSource::new(rng, seed_from_json(&seed)?).initial(shape));
    }
    let seeds = seeds_from_json(&seed)?;
    seeds_fit(&seeds, shape.batch)?;
    Ok(NoiseSource::each(rng, &seeds).initial(shape))
}

/// Weights by a formula for the network of a config.json: a safetensors file, to hold devices to one another with.
#[wasm_bindgen(js_name = formulaWeights)]
pub fn formula_weights(config: &JsValue) -> Result<Vec<u8>, JsValue> {
    Ok(known_answer::formula_weights(&UNetConfig::from_json(&json_from_js("config", config)?)?))
}

/// The steps of a run with any denoiser.
#[wasm_bindgen]
pub fn plan(options: &JsValue, scheduler: &JsValue, mean_sq_eps: &JsValue) -> Result<JsValue, JsValue> {
    let (scheduler, table) = scheduler_from_js(scheduler, mean_sq_eps)?;
    let options = PlanOptions::from_json(&options_from_js(options)?.plain, &scheduler)?;
    js_from_json(&plain::plan(&Plan::new(&options, &scheduler, table.as_ref())?))
}
