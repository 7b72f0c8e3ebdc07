//! Runs, one step per call.

use js_sys::{Float32Array, Object, Reflect, Uint8ClampedArray};
use wasm_bindgen::prelude::*;

use super::convert::{floats_from_js, js_from_json, json_from_js, options_from_js, scheduler_from_js};
use super::network::WasmNetwork;
use super::plain;
use crate::error::Error;
use crate::options::{SampleOptions, shape_from_json};
use crate::run::{Asked, Conditioning, Guided, Images, Plan, Run, Shown, Step};

/// A run between two steps.
#[wasm_bindgen(js_name = Run)]
pub struct WasmRun {
    run: Run,
    /// `None` where the predictions come from elsewhere.
    conditioning: Option<Conditioning>,
    /// The prediction of the last step and the state after it, unless they are on a GPU. The run itself may have gone back from there.
    last: Option<Images<f32>>,
}

impl WasmRun {
    fn new(run: Run, conditioning: Option<Conditioning>) -> Self {
        Self { run, conditioning, last: None }
    }

    /// A copy of a prediction.
    fn prediction(&self, prediction: &Float32Array) -> Result<Vec<f32>, Error> {
        // Before a copy of them is made here.
        let (found, expected) = (prediction.length() as usize, self.run.prediction_len());
        if found != expected {
            return Err(Error::DenoiserLength { found, expected });
        }
        floats_from_js("x", prediction)
    }

    /// What is to be said of a step: nothing where it is not seen, unless it is the last.
    fn taken(&mut self, step: Step, seen: bool) -> Result<Option<Object>, JsValue> {
        let shown = (seen || step.is_last()).then(|| step.shown());
        self.last = Some(Images { x0_hat: step.x0_hat, x_s: step.x_s });
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
        self.last = None;
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
        if let Some(gpu) = denoiser.gpu(self.run.batch()).filter(|_| self.run.plan().threshold.is_none()) {
            let shown = self.run.step_on_gpu(gpu, &denoiser, seen).await?;
            return shown.as_ref().map(object_from).transpose();
        }
        let step = self.run.step(&denoiser).await?;
        self.taken(step, seen)
    }

    /// Takes one step with a prediction made elsewhere, and the gradient of a potential where the run has one of the caller's own; answers
    /// as [`step`](Self::step).
    pub fn advance(
        &mut self,
        prediction: &Float32Array,
        gradient: Option<Float32Array>,
        seen: bool,
    ) -> Result<Option<Object>, JsValue> {
        let prediction = self.prediction(prediction)?;
        let gradient = gradient.map(|gradient| floats_from_js("potential.gradient", &gradient)).transpose()?;
        let step = self.run.advance_by(&prediction, gradient.as_deref())?;
        self.taken(step, seen)
    }

    /// What a potential of the caller's own is asked for the pending step with this prediction: `{ x0, xt, timestep, variance, index }`.
    pub fn asked(&self, prediction: &Float32Array) -> Result<Object, JsValue> {
        let Asked { x0_hat, t, variance } = self.run.asked(&self.prediction(prediction)?)?;
        object_of(&[
            ("x0", floats(&x0_hat)),
            ("xt", floats(self.run.x_t())),
            ("timestep", t.into()),
            ("variance", variance.into()),
            ("index", self.run.step_index().into()),
        ])
    }

    /// The numbers of the last step: `{ x0, xt }`.
    pub async fn floats(&self) -> Result<Object, JsValue> {
        #[cfg(feature = "webgpu")]
        if let Some(images) = self.run.images_on_gpu().await? {
            return pair(floats(&images.x0_hat), floats(&images.x_s));
        }
        let none = || js_sys::Error::new("a run that has taken no step has no numbers of one");
        let Images { x0_hat, x_s } = self.last.as_ref().ok_or_else(none)?;
        pair(floats(x0_hat), floats(x_s))
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
