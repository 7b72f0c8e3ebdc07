//! Every setting of `UNet2DModel`'s configuration that changes numbers changes them as in diffusers.

use serde::Deserialize;
use serde_json::Value;
use unnoise::checkpoint::UNetConfig;
use unnoise::error::Error;
use unnoise::unet::UNet;

use crate::compare::relative_l2;
use crate::files::{Array, Arrays, device, golden, json, now, read};

/// The project's promise for the CPU; f32 against f64 is about 1e-6.
const TOLERANCE: f64 = 1e-4;
/// The same for burn.
#[cfg(feature = "burn")]
const BURN_TOLERANCE: f64 = 1e-5;

#[derive(Deserialize)]
struct File {
    cases: Vec<Case>,
    refused_by_diffusers: Vec<Refused>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    timesteps: Vec<f64>,
    labels: Option<Vec<i64>>,
    /// Given where the network takes a vector an image in place of a label.
    class_vectors: Option<Array>,
    x: Array,
    output: Array,
}

#[derive(Deserialize)]
struct Refused {
    what: String,
    config: Value,
}

/// A configuration, its weights, images, timesteps and labels.
type Question<'a> = (&'a UNetConfig, &'a [u8], &'a [f32], &'a [f64], Option<&'a [i64]>);

#[test]
fn every_variant_predicts_what_it_predicts_in_diffusers() {
    assert_variants(TOLERANCE, |(config, weights, x, timesteps, labels)| {
        now(UNet::load(config, weights, &device())?.predict(x, timesteps, labels))
    });
}

#[cfg(feature = "burn")]
#[test]
fn every_variant_predicts_what_it_predicts_in_diffusers_on_burn() {
    let device = unnoise::burn::Device::flex();
    assert_variants(BURN_TOLERANCE, |(config, weights, x, timesteps, labels)| {
        now(unnoise::burn::UNet::load(config, weights, &device)?.predict(x, timesteps, labels))
    });
}

fn assert_variants(tolerance: f64, predict: impl Fn(Question<'_>) -> Result<Vec<f32>, Error>) {
    let arrays = Arrays::open("unet_variants.bin");
    let mut wrong = Vec::new();
    for case in json::<File>("unet_variants.json").cases {
        let config = UNetConfig::from_json(&json(&format!("unet_variants/{}/config.json", case.name)));
        if case.class_vectors.is_some() {
            let error = config.expect_err("labels are integers here");
            assert_eq!(error.code(), "config-unsupported", "{}", case.name);
            continue;
        }

        let weights = read(&golden(&format!("unet_variants/{}/diffusion_pytorch_model.safetensors", case.name)));
        let found = config.and_then(|config| {
            predict((&config, &weights, arrays.get(&case.x), &case.timesteps, case.labels.as_deref()))
        });
        match found.map(|found| relative_l2(&found, arrays.get(&case.output))) {
            Ok(error) if error < tolerance => {}
            Ok(error) => wrong.push(format!("{}: {error}", case.name)),
            Err(error) => wrong.push(format!("{}: {error}", case.name)),
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_diffusers_refuses_is_refused_by_the_configuration_already() {
    for Refused { what, config } in json::<File>("unet_variants.json").refused_by_diffusers {
        let error = UNetConfig::from_json(&config).expect_err(&what);
        assert!(matches!(error.code().as_str(), "config-invalid" | "config-unsupported"), "{what}: {error}");
    }
}
