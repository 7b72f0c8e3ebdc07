//! RePaint is diffusers': the order of its steps, and every state of a run.

use pollster::block_on;
use serde::Deserialize;
use serde_json::{Value, json};
use unnoise::checkpoint::Scheduler;
use unnoise::noise::Shape;
use unnoise::options::{PlanOptions, SampleOptions};
use unnoise::run::{Plan, Run};

use crate::compare::largest_difference;
use crate::files::json;

/// diffusers computes in f32, here in up to 57 steps one after the other.
const F32: f64 = 1e-5;

#[derive(Deserialize)]
struct File {
    orders: Vec<Order>,
    runs: Vec<Steps>,
}

#[derive(Deserialize)]
struct Order {
    steps: usize,
    jump: usize,
    resample: usize,
    timesteps: Vec<f64>,
}

#[derive(Deserialize)]
struct Steps {
    steps: usize,
    resample: usize,
    eta: f64,
    states: Vec<Vec<f32>>,
}

fn plan(options: &Value, scheduler: &Scheduler) -> Plan {
    let options =
        PlanOptions::from_json(options.as_object().expect("an object"), scheduler).expect("options of a plan");
    Plan::new(&options, scheduler, None).expect("a plan")
}

#[test]
fn the_steps_come_in_diffusers_order() {
    let file: File = json("repaint.json");
    let scheduler = Scheduler::from_json(&json!({})).expect("every key has a default");
    for Order { steps, jump, resample, timesteps } in file.orders {
        let known = json!({ "method": "repaint", "jump": jump, "resample": resample });
        let plan = plan(&json!({ "steps": steps, "known": known }), &scheduler);
        let ours: Vec<f64> = plan.steps.iter().map(|step| step.t).collect();
        assert_eq!(ours, timesteps, "{steps} steps, jumps of {jump}, {resample} times");
    }
}

#[test]
fn every_state_is_diffusers() {
    let file: File = json("repaint.json");
    let shape = Shape { batch: 1, channels: 1, height: 4, width: 6 };
    let indices = || (0..shape.len()).map(|i| i as f32);
    let (image, mask): (Vec<f32>, Vec<f32>) =
        (indices().map(f32::sin).collect(), indices().map(|i| i % 3.0 / 2.0).collect());
    for Steps { steps, resample, eta, states } in file.runs {
        let scheduler = Scheduler::from_json(&json!({ "num_train_timesteps": steps })).expect("a scheduler");
        let known = json!({ "x": image, "mask": mask, "method": "repaint", "jump": 1, "resample": resample });
        let options =
            json!({ "sampler": "ddim", "eta": eta, "steps": steps, "rng": "torch", "seed": 3, "known": known });
        let options = SampleOptions::from_json(options.as_object().expect("an object"), &scheduler).expect("options");
        let plan = Plan::new(&options.plan, &scheduler, None).expect("a plan");
        let mut run = Run::new(&options, plan, shape, None).expect("a run");
        assert_eq!(run.num_steps(), states.len());
        let network = |x: &[f32], t: f64| x.iter().map(|x| 0.3 * x + 0.1 * (t as f32).sin()).collect::<Vec<f32>>();
        for (index, expected) in states.iter().enumerate() {
            let step = block_on(run.step(&network)).expect("a step");
            let off = largest_difference(&step.x_s, expected);
            assert!(off < F32, "{steps} steps, eta {eta}, step {index}: {off}");
        }
    }
}
