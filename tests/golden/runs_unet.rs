//! A seed of a notebook gives the notebook's picture: the bundled network through diffusers' loops.

use serde::Deserialize;
use serde_json::{Value, json};
use unnoise::checkpoint::Files;
use unnoise::options::SampleOptions;
use unnoise::run::{Guided, Network};

use crate::compare::largest_difference;
use crate::files::{Array, Arrays, device, json, model_json, model_weights, now};

/// f32 sums in another order, carried through 10 or 20 steps.
const TOLERANCE: f64 = 1e-4;

#[derive(Deserialize)]
struct File {
    unet: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    kind: String,
    #[serde(rename = "K")]
    num_steps: usize,
    config: Value,
    eta: Option<f64>,
    guidance: f64,
    labels: Vec<u64>,
    seed: u64,
    timesteps: Vec<usize>,
    images: Array,
}

/// The bundled model, its scheduler changed as the case says.
fn network(case: &Case) -> Network {
    let mut scheduler = model_json("scheduler/scheduler_config.json");
    for (field, value) in case.config.as_object().expect("an object") {
        scheduler[field] = value.clone();
    }
    let (config, labels, weights) = (model_json("unet/config.json"), model_json("labels.json"), model_weights());
    let files = Files {
        config: &config,
        weights: (&weights).into(),
        scheduler: Some(&scheduler),
        labels: Some(&labels),
        analytic: None,
        vdm: None,
    };
    Network::load(files, &device()).expect("the bundled model")
}

fn options(case: &Case) -> Value {
    let mut options = json!({
        "sampler": case.kind,
        "steps": case.num_steps,
        "batch": case.labels.len(),
        "labels": case.labels,
        "guidance": case.guidance,
        "seed": case.seed,
        "rng": "torch",
    });
    if let Some(eta) = case.eta {
        options["eta"] = json!(eta);
    }
    options
}

#[test]
fn a_seed_gives_the_picture_that_diffusers_gives() {
    let arrays = Arrays::open("runs.bin");
    for case in json::<File>("runs.json").unet {
        let network = network(&case);
        let options = options(&case);
        let options = SampleOptions::from_json(options.as_object().expect("an object"), network.scheduler());
        let (mut run, conditioning) = network.run(&options.expect("valid options"), None).expect("a run");

        let guided = Guided { network: &network, conditioning: &conditioning };
        for t in &case.timesteps {
            assert_eq!(run.pending().expect("a step is left").t, *t as f64, "{}", case.name);
            now(run.step(&guided)).expect("a finite prediction");
        }
        let difference = largest_difference(run.x_t(), arrays.get(&case.images));
        assert!(difference < TOLERANCE, "{}: {difference}", case.name);
    }
}
