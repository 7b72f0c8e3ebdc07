//! A whole run ends where diffusers' loop ends, with the network of its own tests: x t / (t + 1).

use serde::Deserialize;
use serde_json::{Map, Value, json};
use unnoise::checkpoint::Scheduler;
use unnoise::noise::Shape;
use unnoise::options::SampleOptions;
use unnoise::run::{Plan, Run};

use crate::compare::largest_difference;
use crate::files::{Array, Arrays, json, now};

const SHAPE: Shape = Shape { batch: 4, channels: 3, height: 8, width: 8 };
/// diffusers' schedule in f32 moves the end of a short run by less than 3e-6, of a thousand steps by 2.8e-5.
const SHORT: f64 = 1e-5;
const LONG: f64 = 1e-4;
/// diffusers' own tolerance of the sums that its tests print.
const PRINTED: f64 = 1e-2;

#[derive(Deserialize)]
struct File {
    closed_form: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    kind: String,
    #[serde(rename = "K")]
    num_steps: usize,
    config: Value,
    eta: Option<f64>,
    seed: Option<u64>,
    compat: Option<String>,
    diffusers_test_prints: Option<f64>,
    x: Array,
}

/// Element (b, c, h, w) is element (c, h, w, b) of 0, 1/768, 2/768...
fn initial() -> Vec<f32> {
    let image = SHAPE.image_len();
    let count = SHAPE.len() as f32;
    (0..SHAPE.batch).flat_map(|b| (0..image).map(move |i| (i * SHAPE.batch + b) as f32 / count)).collect()
}

fn run(case: &Case) -> Run {
    let scheduler = Scheduler::from_json(&case.config).expect("a valid configuration");
    let mut options = json!({ "sampler": case.kind, "steps": case.num_steps, "rng": "torch" });
    let given: Map<String, Value> = [
        ("eta", case.eta.map(Value::from)),
        ("seed", case.seed.map(Value::from)),
        ("compat", case.compat.clone().map(Value::from)),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name.to_owned(), value?)))
    .collect();
    let options = options.as_object_mut().expect("an object");
    options.extend(given);
    let options = SampleOptions::from_json(options, &scheduler).expect("valid options");
    let plan = Plan::new(&options.plan, &scheduler, None).expect("a plan");
    Run::new(&options, plan, SHAPE, Some(initial())).expect("a run")
}

#[test]
fn loops_end_where_those_of_diffusers_end() {
    let arrays = Arrays::open("runs.bin");
    let network = |x: &[f32], t: f64| {
        let t = t as f32;
        x.iter().map(|x| x * t / (t + 1.0)).collect::<Vec<f32>>()
    };

    for case in json::<File>("runs.json").closed_form {
        let mut run = run(&case);
        for _ in 0..run.num_steps() {
            now(run.step(&network)).expect("a finite prediction");
        }

        let tolerance = if case.num_steps == 1000 { LONG } else { SHORT };
        let difference = largest_difference(run.x_t(), arrays.get(&case.x));
        assert!(difference < tolerance, "{}: {difference}", case.name);
        if let Some(printed) = case.diffusers_test_prints {
            let sum: f64 = run.x_t().iter().map(|x| f64::from(x.abs())).sum();
            assert!((sum - printed).abs() < PRINTED, "{}: {sum}", case.name);
        }
    }
}
