//! A variational diffusion model is asked at the timesteps and with the features that its training in Python had.

use std::rc::Rc;

use serde::Deserialize;
use serde_json::{Value, json};
use unnoise::checkpoint::weights_file::WeightsFile;
use unnoise::checkpoint::{Files, UNetConfig};
use unnoise::run::Network;

use crate::compare::{largest_difference, relative, relative_l2};
use crate::files::{self, Array, Arrays, device, now};
use crate::random_weights::RandomWeights;

/// Features are computed in f64 here and in f32 there, from the same turns; the network's sums are f32 here and f64 there.
const TOLERANCE: f64 = 1e-5;

#[derive(Deserialize)]
struct File {
    config: Value,
    betas: Vec<f64>,
    vdm: Value,
    times: Vec<f64>,
    gamma: Vec<f64>,
    timesteps: Vec<f64>,
    z: Array,
    /// z with its features.
    taken: Array,
    output: Array,
}

#[test]
fn levels_features_and_predictions_are_those_of_the_training() {
    let File { config, betas, vdm, times, gamma, timesteps, z, taken, output } = files::json("vdm.json");
    let weights = RandomWeights::new(&UNetConfig::from_json(&config).expect("a config of diffusers"));
    let scheduler = json!({ "num_train_timesteps": betas.len(), "trained_betas": betas });
    let files = Files {
        config: &config,
        weights: WeightsFile::InParts(Rc::new(weights)),
        scheduler: Some(&scheduler),
        labels: None,
        analytic: None,
        vdm: Some(&vdm),
    };
    let network = Network::load(files, &device()).expect("a network");

    let levels = times.iter().map(|u| network.scheduler().gamma.at(*u).level);
    for ((level, gamma), t) in levels.zip(gamma).zip(&timesteps) {
        assert!(relative(-level.log_snr(), gamma) < 1e-12, "gamma {gamma}: {}", -level.log_snr());
        let found = network.scheduler().schedule.timestep_of(level);
        assert!((found - t).abs() < 1e-6, "gamma {gamma}: timestep {found}, not {t}");
    }

    let arrays = Arrays::open("vdm.bin");
    let fourier = network.description().vdm.fourier.expect("features");
    let features = fourier.with_features(arrays.get(&z), 64, 64);
    assert!(largest_difference(&features, arrays.get(&taken)) < TOLERANCE);
    let y = now(network.predict(arrays.get(&z), &timesteps, None)).expect("an output");
    for (index, (found, expected)) in y.chunks(64).zip(arrays.get(&output).chunks(64)).enumerate() {
        let error = relative_l2(found, expected);
        assert!(error < TOLERANCE, "time {}: {error}", times[index]);
    }
}
