//! Networks under the names of the programs that diffusers took them from compute what these programs compute.

use serde::Deserialize;
use serde_json::Value;
use unnoise::checkpoint::UNetConfig;
use unnoise::error::Error;
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
    assert_eq!(file.cases.len(), 3);
    for case in file.cases {
        let network = load(&case.name, &config(&case.name)).unwrap_or_else(|error| panic!("{}: {error}", case.name));
        let found = now(network.predict(arrays.get(&case.x), &case.timesteps, case.labels.as_deref()));
        let error = relative_l2(&found.expect("an output"), arrays.get(&case.output));
        assert!(error < file.tolerance, "{}: {error}", case.name);
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
