//! Runs, one step per call.

use js_sys::{Float32Array, Object, Reflect, Uint8ClampedArray};
use wasm_bindgen::prelude::*;

use super::convert::{floats_from_js, js_from_json, json_from_js, options_from_js, scheduler_from_js};
use super::engine::WasmNetwork;
use super::plain;
use crate::error::Error;
use crate::options::{SampleOptions, shape_from_json};
use crate::run::{Conditioning, Guided, Plan, Run, Shown, Step};

/// A run between two steps.
#[wasm_bindgen(js_name = Run)]
pub struct WasmRun {
    run: Run,
    /// `None` where the predictions come from elsewhere.
    conditioning: Option<Conditioning>,
    /// The prediction of the last step, unless that is on a GPU.
    x0_hat: Vec<f32>,
}

impl WasmRun {
    fn new(run: Run, conditioning: Option<Conditioning>) -> Self {
        Self { run, conditioning, x0_hat: Vec::new() }
    }

    /// What is to be said of a step: nothing where it is not seen, unless it is the last.
    fn taken(&mut self, step: Step, seen: bool) -> Result<Option<Object>, JsValue> {
        let shown = (seen || step.is_last()).then(|| step.shown());
        self.x0_hat = step.x0_hat;
        shown.as_ref().map(object_from).transpose()
    }
}

#[wasm_bindgen(js_class = Network)]
impl WasmNetwork {
    /// A run; it takes its steps with [`WasmRun::step`].
    pub fn run(&self, options: &JsValue) -> Result<WasmRun, JsValue> {
        let given = options_from_js(options)?;
        let options = SampleOptions::from_json(&given.plain, self.network.scheduler())?;
        let (run, conditioning) = self.network.run(&options, given.noise)?;
        Ok(WasmRun::new(run, Some(conditioning)))
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
    Ok(WasmRun::new(Run::new(&options, plan, shape, given.noise)?, None))
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

    /// Steps of the whole run.
    #[wasm_bindgen(getter)]
    pub fn steps(&self) -> usize {
        self.run.num_steps()
    }

    /// Steps that are taken.
    #[wasm_bindgen(getter)]
    pub fn index(&self) -> usize {
        self.run.step_index()
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
        self.x0_hat.clear();
        Ok(self.run.resume(index, floats_from_js("resume", x_t)?)?)
    }

    /// Asks the network and takes one step. One that is not seen has no answer; the last step always has one.
    pub async fn step(&mut self, network: &WasmNetwork, seen: bool) -> Result<Option<Object>, JsValue> {
        // An error without a code is a fault of the program, and ends the engine as a panic does.
        let conditioning = self
            .conditioning
            .clone()
            .ok_or_else(|| js_sys::Error::new("a run without a network has no step of its own"))?;
        let denoiser = Guided { network: &network.network, conditioning: &conditioning };
        #[cfg(feature = "webgpu")]
        if let Some(gpu) = denoiser.gpu(self.run.batch()) {
            let shown = self.run.step_on_gpu(gpu, &denoiser, seen).await?;
            return shown.as_ref().map(object_from).transpose();
        }
        let step = self.run.step(&denoiser).await?;
        self.taken(step, seen)
    }

    /// Takes one step with a prediction made elsewhere; answers as [`step`](Self::step).
    pub fn advance(&mut self, prediction: &Float32Array, seen: bool) -> Result<Option<Object>, JsValue> {
        // Before a copy of them is made here.
        let (found, expected) = (prediction.length() as usize, self.run.x_t().len());
        if found != expected {
            return Err(Error::DenoiserLength { found, expected }.into());
        }
        let step = self.run.advance(&floats_from_js("x", prediction)?)?;
        self.taken(step, seen)
    }

    /// The numbers of the last step: `{ x0, xt }`.
    pub async fn floats(&self) -> Result<Object, JsValue> {
        #[cfg(feature = "webgpu")]
        if let Some(images) = self.run.images_on_gpu().await? {
            return pair(floats(&images.x0_hat), floats(&images.x_s));
        }
        if self.x0_hat.is_empty() {
            return Err(js_sys::Error::new("a run that has taken no step has no numbers of one").into());
        }
        pair(floats(&self.x0_hat), floats(self.run.x_t()))
    }
}

fn object_from(step: &Shown) -> Result<Object, JsValue> {
    let bytes = |pixels: &[u8]| Uint8ClampedArray::from(pixels).into();
    let object = object_of(&[
        ("index", step.index.into()),
        ("steps", step.num_steps.into()),
        ("timestep", step.planned.t.into()),
        ("next", step.planned.s.map_or(JsValue::NULL, JsValue::from)),
        ("pixels", pair(bytes(&step.pixels.x0_hat), bytes(&step.pixels.x_s))?.into()),
    ])?;
    if let Some(images) = &step.floats {
        Reflect::set(&object, &"floats".into(), &pair(floats(&images.x0_hat), floats(&images.x_s))?.into())?;
    }
    Ok(object)
}

fn floats(images: &[f32]) -> JsValue {
    Float32Array::from(images).into()
}

fn pair(x0: JsValue, xt: JsValue) -> Result<Object, JsValue> {
    object_of(&[("x0", x0), ("xt", xt)])
}

fn object_of(entries: &[(&str, JsValue)]) -> Result<Object, JsValue> {
    let object = Object::new();
    for (name, value) in entries {
        Reflect::set(&object, &(*name).into(), value)?;
    }
    Ok(object)
}
