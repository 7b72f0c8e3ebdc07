//! The networks on the device.

use js_sys::Float32Array;
use wasm_bindgen::prelude::*;

use super::convert::{floats_from_js, js_from_json, json_from_js, options_from_js};
use super::plain;
use crate::error::Error;
use crate::options::{DiffuseNoise, PlanOptions, SampleOptions, labels_from_json, timesteps_from_json};
use crate::run::{Conditioning, Denoiser, Guided, Network};

/// A loaded model.
#[wasm_bindgen(js_name = Network)]
pub struct WasmNetwork {
    pub(super) network: Network,
}

#[wasm_bindgen(js_class = Network)]
impl WasmNetwork {
    /// The public description.
    pub fn info(&self) -> Result<JsValue, JsValue> {
        js_from_json(&plain::info(&self.network))
    }

    /// The memory in bytes that a copy of it takes on the CPU.
    #[wasm_bindgen(getter)]
    pub fn bytes(&self) -> f64 {
        self.network.bytes_on_cpu() as f64
    }

    /// The network's raw output.
    pub async fn predict(&self, x: Float32Array, t: JsValue, labels: JsValue) -> Result<Vec<f32>, JsValue> {
        let x = floats_from_js("x", &x)?;
        let t = self.timesteps(&x, &t)?;
        let labels =
            if labels.is_undefined() { None } else { Some(labels_from_json(&json_from_js("labels", &labels)?)?) };
        Ok(self.network.predict(&x, &t, labels.as_deref()).await?)
    }

    /// Samples of `q(x_t | x_0)`.
    pub fn diffuse(&self, x: &Float32Array, t: &JsValue, options: &JsValue) -> Result<Vec<f32>, JsValue> {
        let x = floats_from_js("x", x)?;
        let options = options_from_js(options)?;
        let noise = DiffuseNoise::from_json(&options.plain, options.noise)?;
        Ok(self.network.diffuse(&x, &self.timesteps(&x, t)?, noise)?)
    }

    /// What a run with these options is told of its images; only those that say so much count.
    pub fn conditioning(&self, options: &JsValue) -> Result<WasmConditioning, JsValue> {
        let options = SampleOptions::from_json(&options_from_js(options)?.plain, self.network.scheduler())?;
        Ok(WasmConditioning { conditioning: self.network.conditioning(&options)? })
    }

    /// Predictions with guidance, at `t`, for the images of a run from `first` on, as many as `x` holds.
    #[wasm_bindgen(js_name = predictImages)]
    pub async fn predict_images(
        &self,
        x: Float32Array,
        t: f64,
        run: &WasmConditioning,
        first: usize,
    ) -> Result<Vec<f32>, JsValue> {
        let x = floats_from_js("x", &x)?;
        let count = self.network.shape_of_images(&x)?.batch;
        let conditioning = run.conditioning.of_images(first, count)?;
        Ok(Guided { network: &self.network, conditioning: &conditioning }.predict(&x, t).await?)
    }

    /// The steps of a run, without running it.
    pub fn plan(&self, options: &JsValue) -> Result<JsValue, JsValue> {
        let options = PlanOptions::from_json(&options_from_js(options)?.plain, self.network.scheduler())?;
        js_from_json(&plain::plan(&self.network.plan(&options)?))
    }
}

impl WasmNetwork {
    /// One timestep for each of the images.
    fn timesteps(&self, x: &[f32], t: &JsValue) -> Result<Vec<f64>, Error> {
        let batch = self.network.shape_of_images(x)?.batch;
        timesteps_from_json(&json_from_js("t", t)?, batch, self.network.last_timestep())
    }
}

/// What a run tells a network of its images: their classes, and guidance.
#[wasm_bindgen(js_name = Conditioning)]
pub struct WasmConditioning {
    conditioning: Conditioning,
}
