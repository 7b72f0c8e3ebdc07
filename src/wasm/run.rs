//! Runs, one step per call.

use js_sys::{Float32Array, Object, Reflect};
use wasm_bindgen::prelude::*;

use super::convert::{floats_from_js, js_from_json, json_from_js, options_from_js, scheduler_from_js};
use super::engine::WasmNetwork;
use super::plain;
use crate::error::Error;
use crate::options::{SampleOptions, shape_from_json};
use crate::run::{Conditioning, Guided, Plan, Run, Step};

/// A run between two steps.
#[wasm_bindgen(js_name = Run)]
pub struct WasmRun {
    run: Run,
    /// `None` where the predictions come from elsewhere.
    conditioning: Option<Conditioning>,
}

#[wasm_bindgen(js_class = Network)]
impl WasmNetwork {
    /// A run; it takes its steps with [`WasmRun::step`].
    pub fn run(&self, options: &JsValue) -> Result<WasmRun, JsValue> {
        let given = options_from_js(options)?;
        let options = SampleOptions::from_json(&given.plain, self.network.scheduler())?;
        let (run, conditioning) = self.network.run(&options, given.noise)?;
        Ok(WasmRun { run, conditioning: Some(conditioning) })
    }
}

/// A run whose predictions come from elsewhere, through [`WasmRun::advance`].
#[wasm_bindgen(js_name = runWithDenoiser)]
pub fn run_with_denoiser(
    options: &JsValue,
    scheduler: &JsValue,
    shape: &JsValue,
    mean_sq_eps: &JsValue,
) -> Result<WasmRun, JsValue> {
    let (scheduler, table) = scheduler_from_js(scheduler, mean_sq_eps)?;
    let shape = shape_from_json(&json_from_js("shape", shape)?)?;
    let given = options_from_js(options)?;
    let options = SampleOptions::from_json(&given.plain, &scheduler)?;

    options.fit_denoiser(shape)?;
    let plan = Plan::new(&options.plan, &scheduler, table.as_ref())?;
    Ok(WasmRun { run: Run::new(&options, plan, shape, given.noise)?, conditioning: None })
}

#[wasm_bindgen(js_class = Run)]
impl WasmRun {
    /// The plan.
    pub fn plan(&self) -> Result<JsValue, JsValue> {
        js_from_json(&plain::plan(self.run.plan()))
    }

    /// The state that the run begins, or began, with.
    pub fn initial(&self) -> Result<Vec<f32>, JsValue> {
        Ok(self.run.initial()?)
    }

    /// Timestep of the pending step.
    pub fn timestep(&self) -> Result<f64, JsValue> {
        Ok(self.run.pending()?.t)
    }

    /// The state that the pending step starts from.
    pub fn input(&self) -> Vec<f32> {
        self.run.x_t().to_vec()
    }

    /// Goes on at a step, counted from 0, with the state that a run of the same options had there.
    pub fn resume(&mut self, index: usize, x_t: &Float32Array) -> Result<(), JsValue> {
        Ok(self.run.resume(index, floats_from_js("resume", x_t)?)?)
    }

    /// Asks the network and takes one step. Where nothing has to be seen of it, and the state is on a GPU, it is left there,
    /// and there is no answer; the last step always has one.
    pub async fn step(&mut self, network: &WasmNetwork, unseen: bool) -> Result<Option<Object>, JsValue> {
        // An error without a code is a fault of the program, and ends the engine as a panic does.
        let conditioning = self
            .conditioning
            .clone()
            .ok_or_else(|| js_sys::Error::new("a run without a network has no step of its own"))?;
        let denoiser = Guided { network: &network.network, conditioning: &conditioning };
        #[cfg(feature = "webgpu")]
        if let Some(gpu) = denoiser.gpu(self.run.batch()) {
            let step = self.run.step_on_gpu(gpu, &denoiser, !unseen).await?;
            return step.as_ref().map(object_from_step).transpose();
        }
        #[cfg(not(feature = "webgpu"))]
        let _ = unseen;
        object_from_step(&self.run.step(&denoiser).await?).map(Some)
    }

    /// Takes one step with a prediction made elsewhere.
    pub fn advance(&mut self, prediction: &Float32Array) -> Result<Object, JsValue> {
        // Before a copy of them is made here.
        let (found, expected) = (prediction.length() as usize, self.run.x_t().len());
        if found != expected {
            return Err(Error::DenoiserLength { found, expected }.into());
        }
        object_from_step(&self.run.advance(&floats_from_js("x", prediction)?)?)
    }
}

fn object_from_step(step: &Step) -> Result<Object, JsValue> {
    let object = Object::new();
    let next = step.planned.s.map_or(JsValue::NULL, JsValue::from);
    let entries: [(&str, JsValue); 6] = [
        ("index", step.index.into()),
        ("steps", step.num_steps.into()),
        ("timestep", step.planned.t.into()),
        ("next", next),
        ("x0", Float32Array::from(step.x0_hat.as_slice()).into()),
        ("xt", Float32Array::from(step.x_s.as_slice()).into()),
    ];
    for (name, value) in entries {
        Reflect::set(&object, &name.into(), &value)?;
    }
    Ok(object)
}
