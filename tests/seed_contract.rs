//! The seed contract: the same seed gives the same bits everywhere. The browser tests hash the same draws.
//!
//! `MAKE_REF=1 cargo test --test seed_contract` writes the golden hashes anew, and then fails.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use unnoise::checkpoint::Scheduler;
use unnoise::noise::{NoiseSource, Rng};
use unnoise::options::{SampleOptions, shape_from_json};
use unnoise::run::{Plan, Run};

fn golden_path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/seed_contract.json")
}

fn sha256(values: &[f32]) -> String {
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn noise_hash(seed: u64, shape: &Value) -> String {
    let shape = shape_from_json(shape).expect("a valid shape");
    sha256(&NoiseSource::new(Rng::Philox, seed).initial(shape))
}

/// A run of the whole engine whose denoiser is `x / 2`: hashes the noise of every step and the arithmetic of all.
fn run_hash(options: &Value, shape: &Value) -> String {
    let scheduler = Scheduler::from_json(&json!({})).expect("the defaults");
    let options = SampleOptions::from_json(options.as_object().expect("an object"), &scheduler).expect("valid options");
    let plan = Plan::new(&options.plan, &scheduler, None).expect("a plan");
    let mut run = Run::new(&options, plan, shape_from_json(shape).expect("a valid shape"), None).expect("a run");
    for _ in 0..run.num_steps() {
        let half: Vec<f32> = run.x_t().iter().map(|x| x / 2.0).collect();
        run.advance(&half).expect("a finite prediction");
    }
    sha256(run.x_t())
}

fn computed() -> Value {
    let noise = [
        (0u64, json!([1, 1, 28, 28])),
        (7, json!([4, 1, 28, 28])),
        (42, json!([2, 3, 5, 7])),
        ((1 << 53) - 1, json!([1, 3, 64, 64])),
    ];
    let runs = [
        json!({ "sampler": "ddpm", "variance": "large", "steps": 20, "seed": 3 }),
        json!({ "sampler": "ddpm", "variance": "small", "steps": 7, "seed": 3, "trajectory": "trailing" }),
        json!({ "sampler": "ddim", "eta": 0.7, "steps": 13, "seed": 9, "trajectory": "linspace", "clip": "x0-eps" }),
        json!({ "sampler": "ddim", "steps": 50, "seed": 1, "clip": "none" }),
        json!({ "sampler": "ddpm", "steps": 9, "seed": 4, "blend": { "seeds": [8], "at": [0.125, 0.5, 0.9] } }),
        json!({
            "sampler": "ddim", "eta": 1, "steps": 9, "seed": 4,
            "blend": { "seeds": [8, 15, 16], "at": [[0.25, 0.5], [0.1, 0], [0.7, 0.6]] },
        }),
        json!({ "sampler": "ddpm", "steps": 9, "seed": 4, "branch": 5 }),
    ];
    let run_shape = json!([3, 1, 9, 7]);
    let noise =
        noise.iter().map(|(seed, shape)| json!({ "seed": seed, "shape": shape, "sha256": noise_hash(*seed, shape) }));
    let runs = runs
        .iter()
        .map(|options| json!({ "options": options, "shape": run_shape, "sha256": run_hash(options, &run_shape) }));
    json!({ "noise": noise.collect::<Vec<_>>(), "runs": runs.collect::<Vec<_>>() })
}

#[test]
fn the_same_seed_gives_the_same_bits() {
    let computed = computed();
    if std::env::var_os("MAKE_REF").is_some() {
        let text = serde_json::to_string_pretty(&computed).expect("JSON can be written") + "\n";
        fs::write(golden_path(), text).expect("the golden file can be written");
        panic!("new golden hashes were written: look at them and commit them");
    }
    let golden = fs::read_to_string(golden_path()).expect("the golden hashes are committed");
    let golden: Value = serde_json::from_str(&golden).expect("the golden hashes are JSON");
    assert_eq!(computed, golden);
}
