//! The device.

use wasm_bindgen::prelude::*;

use super::convert::json_from_js;
use super::loading::WasmLoading;
use crate::checkpoint::UNetConfig;
use crate::run::{Device, UNet, device, self_test};

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
