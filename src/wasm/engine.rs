//! The device and the networks on it.

use js_sys::Float32Array;
use wasm_bindgen::prelude::*;

use super::convert::{floats_from_js, js_from_json, json_from_js, options_from_js};
use super::loading::WasmLoading;
use super::plain;
use crate::checkpoint::UNetConfig;
use crate::error::Error;
use crate::options::{DiffuseNoise, PlanOptions, SampleOptions, labels_from_json, timesteps_from_json};
use crate::run::{Conditioning, Denoiser, Device, Guided, Network, UNet, device, self_test};

/// The device that networks are loaded on; one per worker.
#[wasm_bindgen(js_name = Engine)]
pub struct WasmEngine {
    device: Device,
}

#[wasm_bindgen(js_class = Engine)]
impl WasmEngine {
    /// Opens the device: with burn "cpu" or "webgpu", in the other modules their own.
    pub async fn open(device: String) -> Result<WasmEngine, JsValue> {
        Ok(Self { device: device::open(&device).await? })
    }

    /// The device in words.
    #[wasm_bindgen(getter)]
    pub fn adapter(&self) -> String {
        device::description(&self.device).to_owned()
    }

    /// Relative L2 error of the known-answer forward pass.
    #[wasm_bindgen(js_name = selfTest)]
    pub async fn self_test(&self) -> Result<f64, JsValue> {
        Ok(self_test(&self.device).await?)
    }

    /// Checks the network of a config.json and the memory that it takes, and has a GPU compile it, while its weights, halves or not, are
    /// still on their way.
    pub fn rehearse(&self, config: &JsValue, halves: bool) -> Result<(), JsValue> {
        let config = UNetConfig::from_json(&json_from_js("config", config)?)?;
        config.check_size(!device::is_gpu(&self.device))?;
        Ok(UNet::rehearse(&config, halves, &self.device)?)
    }

    /// Begins to read a model of `{ config, weights, scheduler?, labels?, analytic?, vdm? }`, whose weights may still be arriving.
    pub fn load(&self, files: &JsValue) -> Result<WasmLoading, JsValue> {
        WasmLoading::begin(files, self.device.clone())
    }
}

#[cfg(feature = "burn")]
impl WasmEngine {
    /// The device.
    pub(super) fn device(&self) -> &Device {
        &self.device
    }
}

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
