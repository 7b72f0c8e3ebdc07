//! Pictures interpolated as in DDPM's figure 8 are diffusers'. The other entries of edits.json are read where what they are about lies: src/run/edit.rs.

use pollster::block_on;
use serde::Deserialize;
use serde_json::json;
use unnoise::checkpoint::Scheduler;
use unnoise::noise::Shape;
use unnoise::options::SampleOptions;
use unnoise::run::{Plan, Run};

use crate::compare::largest_difference;
use crate::files::json;

/// diffusers computes the schedule and the steps in f32, here 10 steps one after the other on numbers of up to 4.
const F32: f64 = 3e-5;

#[derive(Deserialize)]
struct File {
    figure8: Figure8,
}

#[derive(Deserialize)]
struct Figure8 {
    timesteps: usize,
    t: usize,
    at: Vec<f64>,
    ends: Vec<Vec<f32>>,
}

#[test]
fn pictures_are_interpolated_as_in_ddpms_figure_8() {
    let Figure8 { timesteps, t, at, ends } = json::<File>("edits.json").figure8;
    let shape = Shape { batch: at.len(), channels: 1, height: 4, width: 6 };
    let scheduler = Scheduler::from_json(&json!({ "num_train_timesteps": timesteps })).expect("a scheduler");
    let pictures: Vec<f32> = (0..24).map(|i| (i as f32).sin()).chain((0..24).map(|i| (i as f32).cos())).collect();
    let start = json!({ "x": pictures, "t": t, "at": at, "noise": "own" });
    let options = json!({ "sampler": "ddpm", "steps": timesteps, "rng": "torch", "seed": 3, "start": start });
    let options = SampleOptions::from_json(options.as_object().expect("an object"), &scheduler).expect("options");
    let plan = Plan::new(&options.plan, &scheduler, None).expect("a plan");
    let mut run = Run::new(&options, plan, shape, None).expect("a run");

    let network = |x: &[f32], t: f64| -> Vec<f32> { x.iter().map(|x| 0.3 * x + 0.1 * (t as f32).sin()).collect() };
    for _ in 0..run.num_steps() {
        block_on(run.step(&network)).expect("a step");
    }
    for (ours, theirs) in run.x_t().chunks_exact(shape.image_len()).zip(&ends) {
        let off = largest_difference(ours, theirs);
        assert!(off < F32, "{off}");
    }
}
