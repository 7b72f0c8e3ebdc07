//! The bundled network predicts what it predicts in diffusers.

use serde::Deserialize;
use unnoise::checkpoint::UNetConfig;
use unnoise::error::Error;
use unnoise::unet::UNet;

use crate::compare::relative_l2;
use crate::files::{Array, Arrays, device, json, model_json, model_weights, now};

/// The project's promise for the CPU; f32 against f64 is below 1e-6.
const TOLERANCE: f64 = 1e-4;
/// The same for burn.
#[cfg(feature = "burn")]
const BURN_TOLERANCE: f64 = 1e-5;

#[derive(Deserialize)]
struct File {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    timesteps: Vec<f64>,
    labels: Vec<i64>,
    x: Array,
    output: Array,
}

#[test]
fn forward_pass_is_that_of_diffusers() {
    let (config, weights) = model();
    let unet = UNet::load(&config, &weights, &device()).expect("the bundled weights");
    assert_answers(TOLERANCE, |x, timesteps, labels| now(unet.predict(x, timesteps, Some(labels))));
}

#[cfg(feature = "burn")]
#[test]
fn forward_pass_on_burn_is_that_of_diffusers() {
    let (config, weights) = model();
    let unet = unnoise::burn::UNet::load(&config, &weights, &unnoise::burn::Device::flex()).expect("the weights");
    assert_answers(BURN_TOLERANCE, |x, timesteps, labels| now(unet.predict(x, timesteps, Some(labels))));
}

fn model() -> (UNetConfig, Vec<u8>) {
    (UNetConfig::from_json(&model_json("unet/config.json")).expect("the bundled configuration"), model_weights())
}

fn assert_answers(tolerance: f64, predict: impl Fn(&[f32], &[f64], &[i64]) -> Result<Vec<f32>, Error>) {
    let arrays = Arrays::open("unet.bin");
    for Case { timesteps, labels, x, output } in json::<File>("unet.json").cases {
        let found = predict(arrays.get(&x), &timesteps, &labels).expect("a valid input");
        let expected = arrays.get(&output);
        // Image by image: a wrong one must not hide behind the others' norm.
        let image = expected.len() / timesteps.len();
        for (index, (found, expected)) in found.chunks(image).zip(expected.chunks(image)).enumerate() {
            let error = relative_l2(found, expected);
            assert!(error < tolerance, "t {timesteps:?}, labels {labels:?}, image {index}: {error}");
        }
    }
}
