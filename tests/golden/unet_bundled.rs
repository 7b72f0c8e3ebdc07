//! The bundled network predicts what it predicts in diffusers.

use serde::Deserialize;
use unnoise::kernels::Device;
use unnoise::model::{UNet, UNetConfig};

use crate::compare::relative_l2;
use crate::files::{Array, Arrays, json, model_json, model_weights, now};

/// The project's promise for the CPU; f32 against f64 is below 1e-6.
const TOLERANCE: f64 = 1e-4;

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
    let config = UNetConfig::from_json(&model_json("unet/config.json")).expect("the bundled configuration");
    let unet = UNet::load(&config, &model_weights(), &Device::Cpu).expect("the bundled weights");
    let arrays = Arrays::open("unet.bin");

    for Case { timesteps, labels, x, output } in json::<File>("unet.json").cases {
        let found = now(unet.predict(arrays.get(&x), &timesteps, Some(&labels))).expect("a valid input");
        let expected = arrays.get(&output);
        // Image by image: a wrong one must not hide behind the others' norm.
        let image = expected.len() / timesteps.len();
        for (index, (found, expected)) in found.chunks(image).zip(expected.chunks(image)).enumerate() {
            let error = relative_l2(found, expected);
            assert!(error < TOLERANCE, "t {timesteps:?}, labels {labels:?}, image {index}: {error}");
        }
    }
}
