//! Options as Rust's own types: the same defaults as in JSON, and the same refusals, word for word.

use serde_json::{Map, Value, json};
use unnoise::checkpoint::{Folder, Scheduler};
use unnoise::error::Error;
use unnoise::kernels::Device;
use unnoise::math::time::Timestep;
use unnoise::math::trajectory::Trajectory;
use unnoise::noise::{First, Position, Rng, Shape};
use unnoise::options::{
    Blend, EncodeOptions, EstimateOptions, LikelihoodOptions, PlanOptions, SampleOptions, SamplerOptions,
};
use unnoise::run::{Network, Plan, Run};

fn scheduler() -> Scheduler {
    Scheduler::from_json(&json!({})).expect("the defaults")
}

#[test]
fn what_json_leaves_out_is_the_default() {
    let (scheduler, empty) = (scheduler(), Map::new());
    assert_eq!(PlanOptions::from_json(&empty, &scheduler), Ok(PlanOptions::default()));
    assert_eq!(SampleOptions::from_json(&empty, &scheduler), Ok(SampleOptions::default()));
    assert_eq!(EncodeOptions::from_json(&empty, &scheduler), Ok(EncodeOptions::default()));
    assert_eq!(LikelihoodOptions::from_json(&empty, &scheduler), Ok(LikelihoodOptions::default()));
    assert_eq!(EstimateOptions::from_json(&empty), Ok(EstimateOptions::default()));
}

/// Makes a run of two images of 2 x 2 pixels.
fn start(options: &SampleOptions) -> Result<Run, Error> {
    let shape = Shape { batch: 2, channels: 1, height: 2, width: 2 };
    Run::new(options, Plan::new(&options.plan, &scheduler(), None)?, shape, None)
}

#[test]
fn a_value_out_of_range_is_refused_as_in_json() {
    let sample = SampleOptions::default;
    let plan = |plan: PlanOptions| SampleOptions { plan, ..sample() };
    let steps = |steps: usize| plan(PlanOptions { steps: Some(steps), ..PlanOptions::default() });
    let sampler = |sampler: SamplerOptions| plan(PlanOptions { sampler, ..PlanOptions::default() });
    let listed = |list: &[usize]| {
        let list = Trajectory::Given(list.iter().copied().map(Timestep).collect());
        plan(PlanOptions { trajectory: Some(list.into()), ..PlanOptions::default() })
    };
    let blend = |seeds: &[u64], u: f64| {
        let at = vec![Position { u, v: 0.0 }, Position { u: 0.5, v: 0.0 }];
        SampleOptions { blend: Some(Blend { seeds: seeds.to_vec(), at, labels: None }), ..sample() }
    };
    let first = |image: usize, of: Option<usize>| Some(First { image, of });
    let cases: [(SampleOptions, Value); 15] = [
        (steps(0), json!({ "steps": 0 })),
        (steps(1001), json!({ "steps": 1001 })),
        (sampler(SamplerOptions::Ddim { eta: 1.5 }), json!({ "eta": 1.5 })),
        (sampler(SamplerOptions::Ddim { eta: 2.0 }), json!({ "eta": 2 })),
        (
            sampler(SamplerOptions::AnalyticDdpm { sigma_clip: -1.0 }),
            json!({ "sampler": "analytic-ddpm", "sigmaClip": -1 }),
        ),
        (listed(&[]), json!({ "trajectory": [] })),
        (listed(&[1, 900]), json!({ "trajectory": [1, 900] })),
        (SampleOptions { guidance: 101.0, ..sample() }, json!({ "guidance": 101 })),
        (SampleOptions { batch: Some(0), ..sample() }, json!({ "batch": 0 })),
        (SampleOptions { seeds: Some(vec![]), ..sample() }, json!({ "seeds": [] })),
        (SampleOptions { first: first(5, Some(4)), ..sample() }, json!({ "first": [5, 4] })),
        (SampleOptions { first: first(5, None), rng: Rng::Torch, ..sample() }, json!({ "first": 5, "rng": "torch" })),
        (SampleOptions { branch: Some(1), rng: Rng::Torch, ..sample() }, json!({ "branch": 1, "rng": "torch" })),
        (blend(&[1, 2], 0.0), json!({ "blend": { "seeds": [1, 2], "at": [0, 0.5] } })),
        (blend(&[1], 1.5), json!({ "blend": { "seeds": [1], "at": [1.5, 0.5] } })),
    ];
    for (typed, json) in cases {
        let read = SampleOptions::from_json(json.as_object().expect("an object"), &scheduler());
        let refused = read.and_then(|read| start(&read)).expect_err("not allowed");
        assert_eq!(start(&typed).expect_err("not allowed"), refused, "{json}");
    }
    let nan = sampler(SamplerOptions::Ddim { eta: f64::NAN });
    let sentence = start(&nan).expect_err("not a number").to_string();
    assert_eq!(sentence, "`eta` is not a number; it must be a number from 0 to 1");
}

#[test]
fn a_diffusers_folder_is_opened_from_disk() {
    let folder = Folder::open(concat!(env!("CARGO_MANIFEST_DIR"), "/models/fashion-mnist")).expect("the bundled model");
    let network = Network::load(folder.files(), &Device::Cpu).expect("a model");
    assert_eq!(network.shape(1), Shape { batch: 1, channels: 1, height: 28, width: 28 });
    let description = network.description();
    assert!(description.mean_sq_eps.is_some() && description.warnings.is_empty());
    assert_eq!(description.labels.names().map(<[String]>::len), Some(11));

    let absent = Folder::open("no/such/folder").expect_err("nothing is there").to_string();
    assert!(absent.starts_with("no/such/folder/unet/config.json: "), "{absent}");
}
