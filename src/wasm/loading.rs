//! A model that is read while its weights arrive.

use std::rc::Rc;

use js_sys::Reflect;
use serde_json::Value;
use wasm_bindgen::prelude::*;

use super::convert::json_from_js;
use super::js_file::JsFile;
use super::network::WasmNetwork;
use crate::checkpoint::memory::Promise;
use crate::checkpoint::weights::can_be_told;
use crate::checkpoint::weights_file::WeightsFile;
use crate::checkpoint::{Files, UNetConfig};
use crate::error::Error;
use crate::run::{Arriving, Device, device};

/// A model on its way.
#[wasm_bindgen(js_name = Loading)]
pub struct WasmLoading {
    device: Device,
    config: Value,
    scheduler: Option<Value>,
    labels: Option<Value>,
    analytic: Option<Value>,
    vdm: Option<Value>,
    weights: WeightsFile<'static>,
    /// Once its tensors can be told.
    begun: Option<Arriving<'static>>,
    /// The memory that it will take: another one that begins meanwhile has to do without it.
    _promise: Promise,
}

impl WasmLoading {
    /// Takes the files; of the weights only the length counts.
    pub(super) fn begin(files: &JsValue, device: Device) -> Result<Self, JsValue> {
        let part = |name: &str| Reflect::get(files, &name.into());
        let optional = |name: &'static str| -> Result<Option<Value>, JsValue> {
            let value = part(name)?;
            Ok(if value.is_undefined() { None } else { Some(json_from_js(name, &value)?) })
        };

        let config = json_from_js("config", &part("config")?)?;
        let bytes = UNetConfig::from_json(&config)?.check_size(!device::is_gpu(&device))?;
        Ok(Self {
            device,
            config,
            scheduler: optional("scheduler")?,
            labels: optional("labels")?,
            analytic: optional("analytic")?,
            vdm: optional("vdm")?,
            weights: WeightsFile::InParts(Rc::new(part("weights")?.unchecked_into::<JsFile>())),
            begun: None,
            _promise: Promise::of(bytes),
        })
    }

    #[inline(never)]
    fn begun(&mut self) -> Result<Arriving<'static>, Error> {
        if let Some(begun) = self.begun.take() {
            return Ok(begun);
        }
        let files = Files {
            config: &self.config,
            weights: self.weights.clone(),
            scheduler: self.scheduler.as_ref(),
            labels: self.labels.as_ref(),
            analytic: self.analytic.as_ref(),
            vdm: self.vdm.as_ref(),
        };
        Arriving::begin(files.describe()?, self.weights.clone(), &self.device)
    }
}

#[wasm_bindgen(js_class = Loading)]
impl WasmLoading {
    /// Makes the layers whose weights are among the first `arrived` bytes of the file.
    #[wasm_bindgen(js_name = goOn)]
    pub fn go_on(&mut self, arrived: usize) -> Result<(), JsValue> {
        if self.begun.is_some() || can_be_told(&self.weights, arrived) {
            let mut begun = self.begun()?;
            begun.go_on(arrived)?;
            self.begun = Some(begun);
        }
        Ok(())
    }

    /// The model; the whole file has come.
    pub fn finish(mut self) -> Result<WasmNetwork, JsValue> {
        Ok(WasmNetwork { network: self.begun()?.finish()? })
    }
}
