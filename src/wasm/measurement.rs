//! Encoding, the bound and Analytic-DPM's table: one step per call, then the result.

use js_sys::Float32Array;
use wasm_bindgen::prelude::*;

use super::convert::{floats_from_js, js_from_json, options_from_js};
use super::network::WasmNetwork;
use super::plain;
use crate::measure::{Finding, Measurement};
use crate::options::{EncodeOptions, EstimateOptions, LikelihoodOptions};

/// A measurement between two of its steps.
#[wasm_bindgen(js_name = Measurement)]
pub struct WasmMeasurement {
    measurement: Measurement,
}

#[wasm_bindgen(js_class = Network)]
impl WasmNetwork {
    /// DDIM's encoding of images; its result is x_T.
    pub fn encode(&self, x: &Float32Array, options: &JsValue) -> Result<WasmMeasurement, JsValue> {
        let x = floats_from_js("x", x)?;
        let options = EncodeOptions::from_json(&options_from_js(options)?.plain, self.network.scheduler())?;
        Ok(WasmMeasurement { measurement: Measurement::encode(&self.network, x, &options)? })
    }

    /// The variational bound of images; its result is the report.
    pub fn likelihood(&self, x: &Float32Array, options: &JsValue) -> Result<WasmMeasurement, JsValue> {
        let x = floats_from_js("x", x)?;
        let options = LikelihoodOptions::from_json(&options_from_js(options)?.plain, self.network.scheduler())?;
        Ok(WasmMeasurement { measurement: Measurement::likelihood(&self.network, &x, &options)? })
    }

    /// Analytic-DPM's table from images; its result is the content of an analytic_dpm.json, which the network takes up.
    #[wasm_bindgen(js_name = estimateAnalytic)]
    pub fn estimate_analytic(&self, x: &Float32Array, options: &JsValue) -> Result<WasmMeasurement, JsValue> {
        let x = floats_from_js("x", x)?;
        let options = EstimateOptions::from_json(&options_from_js(options)?.plain)?;
        Ok(WasmMeasurement { measurement: Measurement::estimate(&self.network, &x, &options)? })
    }
}

#[wasm_bindgen(js_class = Measurement)]
impl WasmMeasurement {
    /// Steps in all.
    #[wasm_bindgen(getter)]
    pub fn steps(&self) -> usize {
        self.measurement.num_steps()
    }

    /// Takes one step.
    pub async fn step(&mut self, network: &WasmNetwork) -> Result<(), JsValue> {
        Ok(self.measurement.step(&network.network).await?)
    }

    /// The result, after the last step.
    pub fn finish(&self, network: &mut WasmNetwork) -> Result<JsValue, JsValue> {
        match self.measurement.finding()? {
            Finding::Encoded(x) => Ok(Float32Array::from(x.as_slice()).into()),
            Finding::Likelihood(report) => js_from_json(&plain::report(&report)),
            Finding::Table(table) => {
                let file = js_from_json(&table.to_json());
                network.network.set_mean_sq_eps(table);
                file
            }
        }
    }
}
