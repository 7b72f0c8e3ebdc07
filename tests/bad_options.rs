//! Options that are unknown, out of range or contradictory: each with the exact code, and a sentence that names it.

use serde_json::{Map, Value, json};
use unnoise::checkpoint::{Scheduler, UNetConfig};
use unnoise::error::Error;
use unnoise::noise::Shape;
use unnoise::options::{PlanOptions, SampleOptions, rng_from_json, seed_from_json, shape_from_json};
use unnoise::run::{Plan, Run};

fn object(options: &Value) -> Map<String, Value> {
    options.as_object().expect("options are objects").clone()
}

fn scheduler(config: Value) -> Scheduler {
    Scheduler::from_json(&config).expect("a valid configuration")
}

fn sample_error(options: &Value) -> Error {
    let scheduler = scheduler(json!({}));
    let read = SampleOptions::from_json(&object(options), &scheduler);
    let planned = read.and_then(|read| Plan::new(&read.plan, &scheduler, None));
    planned.expect_err(&format!("{options} is not allowed"))
}

#[test]
fn unknown_options_are_named_and_the_known_ones_listed() {
    let error = sample_error(&json!({ "stepz": 10 }));
    assert_eq!(error.code(), "unknown-option");
    assert!(error.to_string().contains("`stepz`") && error.to_string().contains("steps"), "{error}");

    let plan = PlanOptions::from_json(&object(&json!({ "seed": 1 })), &scheduler(json!({})));
    assert_eq!(plan.expect_err("a plan has no seed").code(), "unknown-option");
}

#[test]
fn every_value_out_of_range_has_its_own_code() {
    let cases = [
        ("invalid-steps", json!({ "steps": 0 })),
        ("invalid-steps", json!({ "steps": 1001 })),
        ("invalid-steps", json!({ "steps": 2.5 })),
        ("invalid-steps", json!({ "steps": "ten" })),
        ("invalid-steps", json!({ "steps": null })),
        ("invalid-steps", json!({ "steps": 3, "trajectory": [900, 1] })),
        ("invalid-eta", json!({ "eta": -0.1 })),
        ("invalid-eta", json!({ "eta": 1.1 })),
        ("invalid-eta", json!({ "eta": null })),
        ("invalid-eta", json!({ "sampler": "ddpm", "eta": 0.5 })),
        ("invalid-variance", json!({ "sampler": "ddpm", "variance": "medium" })),
        ("invalid-variance", json!({ "sampler": "ddim", "variance": "small" })),
        ("invalid-sampler", json!({ "sampler": "euler" })),
        ("invalid-sampler", json!({ "sampler": 1 })),
        ("invalid-trajectory", json!({ "trajectory": "sideways" })),
        ("invalid-trajectory", json!({ "trajectory": [] })),
        ("invalid-trajectory", json!({ "trajectory": [1, 900] })),
        ("invalid-trajectory", json!({ "trajectory": [900, 900] })),
        ("invalid-trajectory", json!({ "trajectory": [1000] })),
        ("invalid-trajectory", json!({ "trajectory": [5.5] })),
        ("invalid-trajectory", json!({ "trajectory": [-1] })),
        ("invalid-clip", json!({ "clip": "x1" })),
        ("invalid-clip", json!({ "clip": true })),
        ("invalid-seed", json!({ "seed": -1 })),
        ("invalid-seed", json!({ "seed": 1.5 })),
        ("invalid-seed", json!({ "seed": 9_007_199_254_740_992u64 })),
        ("invalid-rng", json!({ "rng": "mt19937" })),
        ("invalid-batch", json!({ "batch": 0 })),
        ("invalid-batch", json!({ "batch": 1e9 })),
        ("invalid-labels", json!({ "labels": 3 })),
        ("invalid-labels", json!({ "labels": [-1] })),
        ("invalid-labels", json!({ "labels": [0.5] })),
        ("invalid-guidance", json!({ "guidance": -1 })),
        ("invalid-guidance", json!({ "guidance": 1000 })),
    ];
    for (code, options) in cases {
        let error = sample_error(&options);
        assert_eq!(error.code(), code, "{options}: {error}");

        let name = code.trim_start_matches("invalid-");
        let sentence = error.to_string();
        let says_what_is_right = sentence.contains("; it must be ") || sentence.contains("; it works only with ");
        assert!(sentence.starts_with(&format!("`{name}` is ")) && says_what_is_right, "{error}");
    }
}

#[test]
fn a_leading_list_that_steps_offset_pushes_out_is_refused() {
    let scheduler = scheduler(json!({ "steps_offset": 1 }));
    let with_steps = |steps: usize| {
        let options = PlanOptions { steps: Some(steps), ..PlanOptions::default() };
        Plan::new(&options, &scheduler, None)
    };

    assert_eq!(with_steps(1000).expect_err("timestep 1000 does not exist").code(), "invalid-steps");
    assert_eq!(with_steps(500).expect("999 is the last one").steps[0].t, 999.0);
}

#[test]
fn shapes_seeds_and_generators() {
    for shape in
        [json!([1, 1, 8]), json!([0, 1, 8, 8]), json!([1, 1, 8, 8.5]), json!("8x8"), json!([65536, 1024, 8, 8])]
    {
        assert_eq!(shape_from_json(&shape).expect_err("not allowed").code(), "invalid-shape", "{shape}");
    }
    assert_eq!(seed_from_json(&json!(9_007_199_254_740_991u64)), Ok(9_007_199_254_740_991));
    assert_eq!(rng_from_json(&json!("Philox")).expect_err("names are lower case").code(), "invalid-rng");
}

fn run(noise: Option<Vec<f32>>) -> Result<Run, Error> {
    let scheduler = scheduler(json!({}));
    let options = SampleOptions::from_json(&object(&json!({ "steps": 2 })), &scheduler).expect("valid");
    let shape = Shape { batch: 1, channels: 1, height: 2, width: 2 };
    let plan = Plan::new(&options.plan, &scheduler, None).expect("two steps");
    Run::new(&options, plan, shape, noise)
}

#[test]
fn a_given_state_must_fit_and_be_finite() {
    assert_eq!(run(Some(vec![0.0; 3])).expect_err("too short").code(), "invalid-noise");
    assert_eq!(run(Some(vec![0.0, 1.0, f32::NAN, 0.0])).expect_err("not finite").code(), "invalid-noise");
}

#[test]
fn a_bad_prediction_leaves_the_run_where_it_was() {
    let mut run = run(None).expect("valid");
    let before = run.x_t().to_vec();

    assert_eq!(run.advance(&[0.0; 3]).expect_err("too short").code(), "denoiser-length");
    assert_eq!(run.advance(&[0.0, f32::INFINITY, 0.0, 0.0]).expect_err("not finite").code(), "not-finite");
    assert_eq!(run.x_t(), before);

    run.advance(&[0.0; 4]).expect("first step");
    run.advance(&[0.0; 4]).expect("second step");
    assert_eq!(run.advance(&[0.0; 4]).expect_err("two steps were planned").code(), "run-complete");
}

#[test]
fn options_that_a_denoiser_of_ones_own_does_not_have() {
    let shape = Shape { batch: 2, channels: 1, height: 2, width: 2 };
    let code = |options: Value| {
        let options = SampleOptions::from_json(&object(&options), &scheduler(json!({}))).expect("valid by itself");
        options.fit_denoiser(shape).map_err(|error| error.code())
    };
    assert_eq!(code(json!({ "batch": 3 })), Err("invalid-batch".to_owned()));
    assert_eq!(code(json!({ "labels": [0] })), Err("invalid-labels".to_owned()));
    assert_eq!(code(json!({ "guidance": 2 })), Err("invalid-guidance".to_owned()));
    assert_eq!(code(json!({ "batch": 2 })), Ok(()));
}

#[test]
fn a_failing_device_is_quoted_in_its_first_line() {
    let error = Error::device(String::from("Validation Error\n\nCaused by:\n  In Device::create_buffer"));
    assert_eq!(error.to_string(), "the device failed: Validation Error");
}

#[test]
fn an_option_beside_the_wrong_ones_says_what_it_works_with() {
    let sentences = [
        (
            json!({ "eta": 0.5, "sampler": "ddpm" }),
            "`eta` is 0.5; it works only with sampler \"ddim\" or \"analytic-ddim\"",
        ),
        (
            json!({ "sampler": "vdm", "sigmaClip": 0 }),
            "`sigmaClip` is 0; it works only with sampler \"ddpm\" or \"analytic-ddpm\" or \"analytic-ddim\"",
        ),
        (json!({ "sampler": "ddpm", "sigmaClip": 256 }), "`sigmaClip` is 256; it must be a number from 0 to 255"),
        (json!({ "variance": "small" }), "`variance` is \"small\"; it works only with sampler \"ddpm\""),
        (
            json!({ "branch": 1, "rng": "torch" }),
            "`branch` is 1; it works only with rng \"philox\": with \"torch\" the images share one stream",
        ),
    ];
    for (options, sentence) in sentences {
        assert_eq!(sample_error(&options).to_string(), sentence);
    }
}

#[test]
fn a_network_is_refused_with_its_size_before_memory_is_taken() {
    let size_of = |config: Value| UNetConfig::from_json(&config).expect("within every field's range").check_size(true);
    let vast = json!({
        "sample_size": 1024, "in_channels": 1, "out_channels": 1, "layers_per_block": 16, "norm_num_groups": 32,
        "block_out_channels": [64], "down_block_types": ["DownBlock2D"], "up_block_types": ["UpBlock2D"], "mid_block_type": null,
    });
    let sentence = size_of(vast).expect_err("17 layers of 64 channels at 1024 x 1024").to_string();
    assert!(sentence.starts_with("the network of config.json needs 6.8 GB of memory, "), "{sentence}");
    assert!(sentence.ends_with("6.7 GB for an image on its way; at most 3.5 GB are allowed"), "{sentence}");

    // google/ddpm-celebahq-256: 113.7 million weights.
    let celebahq = json!({
        "sample_size": 256, "in_channels": 3, "out_channels": 3, "layers_per_block": 2, "block_out_channels": [128, 128, 256, 256, 512, 512],
        "down_block_types": ["DownBlock2D", "DownBlock2D", "DownBlock2D", "DownBlock2D", "AttnDownBlock2D", "DownBlock2D"],
        "up_block_types": ["UpBlock2D", "AttnUpBlock2D", "UpBlock2D", "UpBlock2D", "UpBlock2D", "UpBlock2D"], "attention_head_dim": null,
    });
    let config = UNetConfig::from_json(&celebahq).expect("valid");
    let bytes = config.check_size(true).expect("within the bound");
    assert!((4 * 113_673_219..3_500_000_000).contains(&bytes), "{bytes}");
}
