//! Trainings, one step of the optimiser per call.

use js_sys::{Array, Float32Array, Object, Reflect, Uint8Array};
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;

use super::convert::{floats_from_js, js_from_json, json_from_js, options_from_js};
use super::engine::WasmEngine;
use crate::checkpoint::value;
use crate::error::Error;
use crate::options::{TrainOptions, labels_from_json, timesteps_from_json};
use crate::train::{Base, Data, Report, Trainer};

/// A training between two steps.
#[wasm_bindgen(js_name = Trainer)]
pub struct WasmTrainer {
    trainer: Trainer,
}

#[wasm_bindgen(js_class = Trainer)]
impl WasmTrainer {
    /// Begins a training: of `{ points }` or `{ images, shape, labels? }`, with a new network or, with `base`, that of
    /// `{ config, weights, scheduler?, labels?, vdm? }`; where there is a state, from its step on.
    pub fn start(
        engine: &WasmEngine,
        data: &JsValue,
        options: &JsValue,
        base: &JsValue,
        state: Option<Uint8Array>,
    ) -> Result<WasmTrainer, JsValue> {
        let data = data_from_js(data)?;
        let options = TrainOptions::from_json(&options_from_js(options)?.plain)?;
        let state = state.map(|state| state.to_vec());
        let begin = |base| Trainer::start(engine.device(), data, options, base, state.as_deref());
        if base.is_undefined() {
            return Ok(Self { trainer: begin(None)? });
        }
        let part = |name: &'static str| -> Result<Option<Value>, JsValue> {
            let value = Reflect::get(base, &name.into())?;
            Ok(if value.is_undefined() { None } else { Some(json_from_js(name, &value)?) })
        };
        let weights = Reflect::get(base, &"weights".into())?.dyn_into::<Uint8Array>()?.to_vec();
        let (config, scheduler) = (part("config")?.unwrap_or_default(), part("scheduler")?);
        let (labels, vdm) = (part("labels")?, part("vdm")?);
        let base = Base {
            config: &config,
            weights: &weights,
            scheduler: scheduler.as_ref(),
            labels: labels.as_ref(),
            vdm: vdm.as_ref(),
        };
        Ok(Self { trainer: begin(Some(base))? })
    }

    /// `{ parameters, shape, scheduler, step }`.
    pub fn info(&self) -> Result<JsValue, JsValue> {
        js_from_json(&json!({
            "parameters": self.trainer.num_params(),
            "shape": self.trainer.shape(),
            "scheduler": self.trainer.scheduler_config(),
            "step": self.trainer.steps(),
        }))
    }

    /// Takes one step: `{ step, loss, learningRate, terms }`.
    pub async fn step(&mut self) -> Result<JsValue, JsValue> {
        let Report { step, loss, learning_rate, mse, variance, gradient_norm, bits_per_dim, k_bits_per_dim } =
            self.trainer.step().await?;
        let mut terms = json!({ "mse": mse, "variance": variance, "gradientNorm": gradient_norm });
        if let Some(bits) = bits_per_dim {
            terms["bitsPerDim"] = bits.into();
        }
        if let Some(bits) = k_bits_per_dim {
            terms["kBitsPerDim"] = bits.into();
        }
        js_from_json(&json!({ "step": step, "loss": loss, "learningRate": learning_rate, "terms": terms }))
    }

    /// gamma at 33 times from 0 to 1, of a schedule that is learned.
    pub fn gamma(&self) -> Option<Vec<f32>> {
        Some(self.trainer.gamma(33)?.into_iter().map(|gamma| gamma as f32).collect())
    }

    /// The betas as they are now, where they are learned.
    pub fn betas(&self) -> Option<Vec<f64>> {
        self.trainer.betas()
    }

    /// What the averaged network predicts.
    pub async fn predict(&mut self, x: Float32Array, t: JsValue, labels: JsValue) -> Result<Vec<f32>, JsValue> {
        let x = floats_from_js("x", &x)?;
        let last = self.trainer.scheduler().schedule.num_train_timesteps() - 1;
        let t = timesteps_from_json(&json_from_js("t", &t)?, self.trainer.count_of(&x)?, last)?;
        let labels =
            if labels.is_undefined() { None } else { Some(labels_from_json(&json_from_js("labels", &labels)?)?) };
        Ok(self.trainer.predict(&x, &t, labels.as_deref()).await?)
    }

    /// The averaged network: `{ config, weights, scheduler, labels?, vdm? }`.
    pub async fn files(&self) -> Result<Object, JsValue> {
        let folder = self.trainer.folder().await?;
        let files = Object::new();
        let put = |name: &str, value: &JsValue| Reflect::set(&files, &name.into(), value);
        put("config", &js_from_json(&folder.config)?)?;
        put("weights", &Uint8Array::from(folder.weights.as_slice()))?;
        put("scheduler", &js_from_json(&folder.scheduler)?)?;
        if let Some(vdm) = &folder.vdm {
            put("vdm", &js_from_json(vdm)?)?;
        }
        if let Some(labels) = folder.labels {
            put("labels", &labels.into_iter().map(JsValue::from).collect::<Array>())?;
        }
        Ok(files)
    }

    /// The training in a file.
    pub async fn state(&self) -> Result<Vec<u8>, JsValue> {
        Ok(self.trainer.state().await?)
    }
}

fn data_from_js(data: &JsValue) -> Result<Data, JsValue> {
    let part = |name: &str| Reflect::get(data, &name.into());
    let floats = |name: &str, shown: &'static str, of: &JsValue| -> Result<Vec<f32>, Error> {
        let array = of.dyn_ref::<Float32Array>();
        let array = array.ok_or_else(|| Error::invalid(shown, format!("{name} of another kind"), "a Float32Array"))?;
        floats_from_js(shown, array)
    };
    let points = part("points")?;
    if !points.is_undefined() {
        return Ok(Data::points(floats("points", "data.points", &points)?)?);
    }
    let images = floats("images", "data.images", &part("images")?)?;
    let shape = json_from_js("data.shape", &part("shape")?)?;
    let sides: Option<Vec<usize>> = shape.as_array().and_then(|sides| sides.iter().map(value::as_index).collect());
    let Some(&[channels, height, width]) = sides.as_deref() else {
        let allowed = "[channels, height, width], each an integer";
        return Err(Error::invalid("data.shape", value::display(&shape), allowed).into());
    };
    let labels = part("labels")?;
    let labels =
        if labels.is_undefined() { None } else { Some(labels_from_json(&json_from_js("data.labels", &labels)?)?) };
    Ok(Data::images(images, [channels, height, width], labels)?)
}
