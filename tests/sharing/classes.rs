//! The classes of a blend, in networks that have some.

use std::fs;
use std::future::Future;

use serde_json::{Value, json};
use unnoise::checkpoint::Files;
use unnoise::error::Error;
use unnoise::kernels::Device;
use unnoise::options::SampleOptions;
use unnoise::run::{Conditioning, Guided, Network, Run};

use crate::{bits, object, with};

/// A tiny network with classes: three by a table, or any by the timesteps' embedding.
fn network(variant: &str) -> Network {
    let folder = format!("{}/tests/golden/unet_variants/{variant}", env!("CARGO_MANIFEST_DIR"));
    let read = |name: &str| fs::read(format!("{folder}/{name}")).expect("a golden file");
    let config: Value = serde_json::from_slice(&read("config.json")).expect("JSON");
    let classes = config["num_class_embeds"].as_u64();
    let labels = classes.map(|count| (0..count).map(|k| if k == 0 { "no class" } else { "other" }).collect());
    let labels = labels.map(|names: Vec<&str>| json!(names));
    let weights = read("diffusion_pytorch_model.safetensors");
    let files = Files {
        config: &config,
        weights: (&weights).into(),
        scheduler: None,
        labels: labels.as_ref(),
        analytic: None,
        vdm: None,
    };
    Network::load(files, &Device::Cpu).expect("a golden model")
}

fn now<T>(future: impl Future<Output = T>) -> T {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).as_mut().poll(&mut context) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => panic!("the CPU has nothing to wait for"),
    }
}

fn run(network: &Network, options: &Value) -> Result<(Run, Conditioning), Error> {
    network.run(&SampleOptions::from_json(&object(options), network.scheduler())?, None)
}

fn sampled(network: &Network, options: &Value) -> Vec<Vec<f32>> {
    let options = with(&json!({ "sampler": "ddpm", "steps": 2, "clip": "none" }), options);
    let (mut run, conditioning) = run(network, &options).unwrap_or_else(|e| panic!("{options}: {e}"));
    for _ in 0..run.num_steps() {
        now(run.step(&Guided { network, conditioning: &conditioning })).expect("a step");
    }
    run.x_t().chunks_exact(network.shape(1).len()).map(<[f32]>::to_vec).collect()
}

#[test]
fn the_classes_of_a_blend_go_from_corner_to_corner() {
    for (variant, guidance) in [("class_embedding", 1.0), ("class_embedding", 3.0), ("class_timestep", 1.0)] {
        let network = network(variant);
        let alone = |seed: u64, label: u64| {
            let images = sampled(&network, &json!({ "seed": seed, "labels": [label], "guidance": guidance }));
            bits(&images[0])
        };
        let blended = |labels: Value, at: Value| {
            let blend = json!({ "seeds": if labels[2].is_null() { json!([6]) } else { json!([6, 5, 5]) }, "at": at, "labels": labels });
            sampled(&network, &json!({ "seed": 5, "guidance": guidance, "blend": blend }))
        };

        let two = blended(json!([1, 2]), json!([0, 0.5, 1]));
        assert_eq!([bits(&two[0]), bits(&two[2])], [alone(5, 1), alone(6, 2)], "{variant}");
        let [same, other] = [[2, 2], [1, 1]].map(|labels| blended(json!(labels), json!([0.5])).remove(0));
        assert!(two[1] != same && two[1] != other, "{variant}: half way is neither class");

        // Without labels of its own a blend takes the run's.
        let blend = json!({ "seeds": [6], "at": [0.5] });
        let plain = sampled(&network, &json!({ "seed": 5, "guidance": guidance, "labels": [2], "blend": blend }));
        assert_eq!(bits(&plain[0]), bits(&same), "{variant}");

        let four = blended(json!([1, 2, 2, 1]), json!([[0, 1], [0, 0.999_999], [1, 1]]));
        assert_eq!([bits(&four[0]), bits(&four[2])], [alone(5, 2), alone(5, 1)], "{variant}");
        let apart = four[0].iter().zip(&four[1]).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        let largest = four[0].iter().fold(1.0f32, |most, x| most.max(x.abs()));
        assert!(apart < 1e-3 * largest, "{variant}: the way is continuous, {apart}");
    }
}

#[test]
fn classes_of_corners_that_do_not_exist_are_refused() {
    let code =
        |variant: &str, options: Value| run(&network(variant), &options).expect_err(&format!("{options}")).code();
    let blend = |labels: Value| json!({ "blend": { "seeds": [1], "at": [0.5], "labels": labels } });
    assert_eq!(code("class_embedding", blend(json!([0, 999]))), "invalid-blend");
    assert_eq!(code("plain", blend(json!([0, 0]))), "invalid-blend");
}
