//! A single reverse step is diffusers', for both samplers, every prediction and every way of clipping.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use unnoise::checkpoint::Scheduler;
use unnoise::noise::Shape;
use unnoise::options::SampleOptions;
use unnoise::run::{Plan, Run, Step};

use crate::compare::largest_difference;
use crate::files::{Array, Arrays, json};

/// One rounding to f32 of numbers up to about 5.
const F64_SCHEDULE: f64 = 1e-6;
/// diffusers' own arithmetic in f32: 1e-4 from f64 at t = 999.
const F32: f64 = 3e-4;
/// The seed of the golden noise, which the run draws for itself.
const NOISE_SEED: u64 = 5;
const SHAPE: Shape = Shape { batch: 1, channels: 1, height: 3, width: 4 };

#[derive(Deserialize)]
struct File {
    inputs: Vec<Input>,
    /// By `variance_type`: the second half of a network's output.
    variance_outputs: HashMap<String, Array>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Input {
    t: usize,
    s: Option<usize>,
    prediction: String,
    sample: Array,
    model_output: Array,
}

#[derive(Deserialize)]
struct Case {
    kind: String,
    config: Value,
    options: Map<String, Value>,
    t: usize,
    s: Option<usize>,
    prev_sample: Array,
    x0: Array,
    prev_sample_f32: Array,
    x0_f32: Array,
}

impl Case {
    fn input<'a>(&self, inputs: &'a [Input]) -> &'a Input {
        let fits = |input: &&Input| {
            (input.t, input.s) == (self.t, self.s) && self.config["prediction_type"] == input.prediction
        };
        inputs.iter().find(fits).expect("every case has its input")
    }

    /// diffusers' configuration and arguments as options of a run.
    fn run_options(&self) -> Value {
        let timesteps: Vec<usize> = [Some(self.t), self.s].into_iter().flatten().collect();
        let mut options = json!({ "sampler": self.kind, "trajectory": timesteps, "seed": NOISE_SEED, "rng": "torch" });
        if let Some(eta) = self.options.get("eta") {
            options["eta"] = eta.clone();
        }
        if self.options.get("use_clipped_model_output") == Some(&Value::Bool(true)) {
            options["clip"] = json!("x0-eps");
        }
        options
    }

    fn step(&self, sample: &[f32], model_output: &[f32]) -> Step {
        let scheduler = Scheduler::from_json(&self.config).expect("a valid configuration");
        let options = self.run_options();
        let options =
            SampleOptions::from_json(options.as_object().expect("an object"), &scheduler).expect("valid options");
        let plan = Plan::new(&options.plan, &scheduler, None).expect("a plan");
        let mut run = Run::new(&options, plan, SHAPE, Some(sample.to_vec())).expect("a run");
        run.advance(model_output).expect("a finite prediction")
    }
}

#[test]
fn every_step_is_that_of_diffusers() {
    let File { inputs, variance_outputs, cases } = json("steps.json");
    let arrays = Arrays::open("steps.bin");
    for case in cases {
        let input = case.input(&inputs);
        let mut output = arrays.get(&input.model_output).to_vec();
        let variance = case.config["variance_type"].as_str().and_then(|kind| variance_outputs.get(kind));
        output.extend(variance.into_iter().flat_map(|variance| arrays.get(variance)));
        let step = case.step(arrays.get(&input.sample), &output);

        for (found, exact, stock) in
            [(&step.x0_hat, &case.x0, &case.x0_f32), (&step.x_s, &case.prev_sample, &case.prev_sample_f32)]
        {
            let name = || format!("{} {} {:?} from {} to {:?}", case.kind, case.config, case.options, case.t, case.s);
            let (exact, stock) = (arrays.get(exact), arrays.get(stock));
            assert!(largest_difference(found, exact) < F64_SCHEDULE, "{}: {found:?} {exact:?}", name());
            assert!(largest_difference(found, stock) < F32, "{}: {found:?} {stock:?}", name());
        }
    }
}
