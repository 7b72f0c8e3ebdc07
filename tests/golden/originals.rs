//! Networks under the names of the programs that diffusers took them from compute what these programs compute.

use serde::Deserialize;
use serde_json::Value;
use unnoise::checkpoint::{Files, UNetConfig};
use unnoise::error::Error;
use unnoise::run::Network;
use unnoise::unet::UNet;

use crate::compare::relative_l2;
use crate::files::{Array, Arrays, device, golden, json, now, read};

#[derive(Deserialize)]
struct File {
    tolerance: f64,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    x: Array,
    timesteps: Vec<f64>,
    labels: Option<Vec<i64>>,
    output: Array,
}

fn load(name: &str, config: &Value) -> Result<UNet, Error> {
    let config = UNetConfig::from_json(config).expect("a configuration");
    UNet::load(&config, &read(&golden(&format!("originals/{name}.pt"))), &device())
}

fn config(name: &str) -> Value {
    json(&format!("originals/{name}.json"))
}

#[test]
fn an_original_checkpoint_predicts_what_its_program_predicts() {
    let (file, arrays) = (json::<File>("originals.json"), Arrays::open("originals.bin"));
    assert_eq!(file.cases.len(), 4);
    for case in &file.cases[..3] {
        let network = load(&case.name, &config(&case.name)).unwrap_or_else(|error| panic!("{}: {error}", case.name));
        let found = now(network.predict(arrays.get(&case.x), &case.timesteps, case.labels.as_deref()));
        let error = relative_l2(&found.expect("an output"), arrays.get(&case.output));
        assert!(error < file.tolerance, "{}: {error}", case.name);
    }
}

/// A model of diffusers' course, with another configuration than its own, another scheduler or other weights.
fn course(change: impl FnOnce(&mut Value), scheduler: Option<&Value>, weights: &[u8]) -> Result<Network, Error> {
    let mut config = config("course");
    change(&mut config);
    let files = Files { config: &config, weights: weights.into(), scheduler, labels: None, analytic: None, vdm: None };
    Network::load(files, &device())
}

#[test]
fn class_channels_are_joined_to_the_images() {
    let (file, arrays) = (json::<File>("originals.json"), Arrays::open("originals.bin"));
    let [.., case] = &file.cases[..] else { panic!("no cases") };
    let weights = read(&golden("originals/course.pt"));
    let network = course(|_| {}, None, &weights).expect("a network");
    assert_eq!(
        (network.description().config.image_shape(), network.description().labels.classes()),
        ([1, 8, 8], Some(5))
    );
    let labels: Vec<u64> = case.labels.iter().flatten().map(|label| *label as u64).collect();
    let found = now(network.predict(arrays.get(&case.x), &case.timesteps, Some(&labels))).expect("an output");
    assert!(relative_l2(&found, arrays.get(&case.output)) < file.tolerance, "{}", case.name);
    // Each of them depends on its own class.
    let first = &found[..found.len() / 2];
    let other = now(network.predict(arrays.get(&case.x), &case.timesteps, Some(&[1, 0]))).expect("an output");
    assert_eq!((&other[..first.len()] == first, other == found), (true, false));
    let absent = now(network.predict(arrays.get(&case.x), &case.timesteps, None)).expect_err("no classes");
    assert_eq!(absent.code(), "invalid-labels");
}

#[test]
fn class_channels_that_do_not_fit_are_refused_by_both_numbers() {
    let weights = read(&golden("originals/course.pt"));
    let without = read(&golden("originals/ho.pt"));
    for (field, value, weights, reason) in [
        (
            "in_channels",
            7,
            &weights,
            "config.json is 7, which is not supported; supported: 4, for 1 of the image and 3 of `class_emb.weight`",
        ),
        (
            "num_class_embeds",
            5,
            &weights,
            "`num_class_embeds` in config.json is 5, which is not supported; supported: null beside `class_emb.weight` in the weights",
        ),
        (
            "in_channels",
            11,
            &without,
            "as many as in_channels, 11, or class channels by a table in the weights, `class_emb.weight` of shape [classes, 10]",
        ),
    ] {
        let error = course(|config| config[field] = value.into(), None, weights).expect_err(reason);
        assert!(error.code() == "config-unsupported" && error.to_string().contains(reason), "{error}");
    }
}

#[test]
fn an_original_checkpoint_with_the_configuration_of_another_is_refused() {
    let mut other = config("guided");
    other["layers_per_block"] = 1.into();
    let error = load("guided", &other).expect_err("one residual block per level");
    assert!(matches!(error, Error::ConfigMismatch { .. } | Error::TensorUnknown { .. }), "{error}");
    let mut heads = config("guided");
    heads["attention_head_dim"] = 3.into();
    assert_eq!(load("guided", &heads).expect_err("heads of 3 channels").code(), "tensor-shape");
}

#[test]
fn another_network_is_refused_by_the_name_of_its_program() {
    let error = load("denoising_diffusion_pytorch", &config("ho")).expect_err("another network");
    assert_eq!(error.code(), "weights-foreign");
    assert!(error.to_string().contains("lucidrains' denoising-diffusion-pytorch: it begins with"), "{error}");
}
