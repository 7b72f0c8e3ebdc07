//! Networks of the shapes that most people's checkpoints have, and some of many levels, layers and pixels, predict what they predict in diffusers.

use std::rc::Rc;

use serde::Deserialize;
use serde_json::Value;
use unnoise::checkpoint::UNetConfig;
use unnoise::checkpoint::weights_file::WeightsFile;
use unnoise::noise::{NoiseSource, Rng, Shape};
use unnoise::unet::UNet;

use crate::compare::relative_l2;
use crate::files::{self, Array, Arrays, device, now};
use crate::random_weights::RandomWeights;

/// diffusers' own f32 is up to 3e-6 from f64.
const TOLERANCE: f64 = 1e-5;

#[derive(Deserialize)]
struct File {
    seed: u64,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    config: Value,
    parameters: usize,
    timesteps: Vec<f64>,
    stride: usize,
    /// Every `stride`-th element of the output.
    elements: Array,
    /// The root mean square of each row of the output.
    rows: Array,
}

#[test]
fn cifar10_32_predicts_what_it_predicts_in_diffusers() {
    check("cifar10-32");
}

#[test]
fn celebahq_256_predicts_what_it_predicts_in_diffusers() {
    check("celebahq-256");
}

#[test]
fn train_unconditional_64_predicts_what_it_predicts_in_diffusers() {
    check("train_unconditional-64");
}

#[test]
fn butterflies_predict_what_they_predict_in_diffusers() {
    check("butterflies-32");
}

#[test]
fn mnist_predicts_what_it_predicts_in_diffusers() {
    check("mnist");
}

#[test]
fn audio_diffusion_256_predicts_what_it_predicts_in_diffusers() {
    check("audio-diffusion-256");
}

#[test]
fn pictures_of_256_pixels_with_attention_at_64_are_those_of_diffusers() {
    check("attention at 64x64");
}

#[test]
fn nine_levels_predict_what_they_predict_in_diffusers() {
    check("9 levels");
}

#[test]
fn seventeen_layers_in_a_block_predict_what_they_predict_in_diffusers() {
    check("17 layers");
}

fn check(name: &str) {
    let File { seed, cases } = files::json("shapes.json");
    let case = cases.into_iter().find(|case| case.name == name).expect("a case of the file");
    let config = UNetConfig::from_json(&case.config).expect("a config of diffusers");
    let weights = Rc::new(RandomWeights::new(&config));
    let unet = UNet::load(&config, WeightsFile::InParts(weights), &device()).expect("a network");
    assert_eq!(unet.num_params(), case.parameters);

    let [channels, height, width] = config.image_shape();
    let shape = Shape { batch: case.timesteps.len(), channels, height, width };
    let x = NoiseSource::new(Rng::Torch, seed).initial(shape);
    let y = now(unet.predict(&x, &case.timesteps, None)).expect("an output");

    let arrays = Arrays::open("shapes.bin");
    let elements: Vec<f32> = y.iter().copied().step_by(case.stride).collect();
    let error = relative_l2(&elements, arrays.get(&case.elements));
    assert!(error < TOLERANCE, "{name}: {error}");
    // What is wrong somewhere else shows in its row.
    let rows = arrays.get(&case.rows);
    assert_eq!(y.len(), rows.len() * width);
    for (row, (found, expected)) in y.chunks(width).map(root_mean_square).zip(rows).enumerate() {
        let error = (found / f64::from(*expected) - 1.0).abs();
        assert!(error < TOLERANCE, "{name}, row {row}: {error}");
    }
}

fn root_mean_square(row: &[f32]) -> f64 {
    let squares: f64 = row.iter().map(|y| f64::from(*y).powi(2)).sum();
    (squares / row.len() as f64).sqrt()
}
