//! The self test: a tiny network whose weights and input are formulas, so that only its 64 expected numbers are data.

use super::config::{Activation, ClassEmbedding, Mid, TimeEmbedding, TimeShift, UNetConfig};
use super::layout::{self, Slot};
use super::level::{Level, LevelKind};
use super::written::{Tensor, safetensors_of};

/// The timestep and the label of the test.
const TIMESTEP: f64 = 321.0;
const LABEL: i64 = 1;

/// diffusers' output, computed in f64: `tests/golden/known_answer.py` makes these numbers.
#[rustfmt::skip]
const EXPECTED: [f32; 64] = [
    -0.016987631, -0.010843854, -0.034502156, -0.0836422, -0.16238067, -0.15155104, -0.08297499, -0.07160784,
    -0.54450154, -0.78812903, -0.81972873, -0.70023084, -0.44703946, -0.22044133, -0.09209185, -0.051337294,
    0.09746152, 0.42829964, 0.6835311, 0.6711809, 0.41395083, 0.11347769, -0.052632753, -0.0805833,
    0.40487418, 0.746603, 0.82897395, 0.5954459, 0.19080038, -0.05466753, -0.1000115, -0.09115822,
    0.04263505, 0.13578242, 0.1456545, 0.060065866, -0.04754026, -0.087383494, -0.11502652, -0.11111861,
    0.052172087, 0.18038562, 0.3755661, 0.49042127, 0.3495239, 0.10855996, -0.04324963, -0.07585574,
    -0.27428693, -0.23533913, -0.008463685, 0.13895525, 0.105295174, 0.036819298, 0.04936067, 0.023056785,
    -0.11288418, 0.011262909, 0.08201502, 0.013964633, -0.054092463, -0.02374586, 0.008407222, -0.047080893,
];

/// The network of the test, and what it is asked.
#[derive(Debug)]
pub struct KnownAnswer {
    /// Its configuration.
    pub config: UNetConfig,
    /// Its weights: a safetensors file, so that the test goes the way of every other network.
    pub weights: Vec<u8>,
    /// The image.
    pub x: Vec<f32>,
    /// Its timestep.
    pub timestep: f64,
    /// Its label.
    pub label: i64,
}

impl Default for KnownAnswer {
    fn default() -> Self {
        Self::new()
    }
}

impl KnownAnswer {
    /// Makes them.
    pub fn new() -> Self {
        let config = config();
        let weights = formula_weights(&config);
        let x = (1..=EXPECTED.len()).map(|i| libm::sin(0.61 * i as f64) as f32).collect();
        Self { config, weights, x, timestep: TIMESTEP, label: LABEL }
    }

    /// The relative L2 error of the network's output, below 1e-5 where all is well.
    pub fn error_of(&self, y: &[f32]) -> f64 {
        let sum = |terms: &mut dyn Iterator<Item = f64>| libm::sqrt(terms.map(|term| term * term).sum());
        let error = sum(&mut y.iter().zip(EXPECTED).map(|(y, expected)| f64::from(*y) - f64::from(expected)));
        error / sum(&mut EXPECTED.iter().map(|expected| f64::from(*expected)))
    }
}

fn config() -> UNetConfig {
    let plain = Level { attention: false, kind: LevelKind::Conv };
    let attends = Level { attention: true, ..plain };
    UNetConfig {
        sample_size: [8, 8],
        in_channels: 1,
        out_channels: 1,
        fourier: None,
        class_channels: None,
        center_input_sample: false,
        time_embedding: TimeEmbedding::Positional,
        time_embedding_dim: 32,
        freq_shift: 1.0,
        flip_sin_to_cos: false,
        down: vec![plain, attends],
        mid: Some(Mid { attention: true, attention_groups: Some(4), scale_factor: 1.0 }),
        up: vec![attends, plain],
        channels: vec![8, 16],
        layers_per_block: 1,
        downsample_padding: 0,
        activation: Activation::Silu,
        attention_head_dim: Some(8),
        norm_num_groups: 4,
        norm_eps: 1e-6,
        time_shift: TimeShift::Add,
        class_embedding: ClassEmbedding::Table(3),
    }
}

/// Weights by a formula for the network of `config`, as a safetensors file.
pub fn formula_weights(config: &UNetConfig) -> Vec<u8> {
    let mut slots = layout::slots(config);
    slots.sort();
    weights_file(&slots)
}

fn weights_file(slots: &[Slot]) -> Vec<u8> {
    let tensors = slots.iter().enumerate().map(|(k, (name, shape))| {
        let elements = (0..shape.iter().product()).map(|i| element(name, shape, k, i)).collect();
        Tensor { name: name.clone(), shape: shape.clone(), elements }
    });
    safetensors_of(&tensors.collect::<Vec<_>>())
}

/// Element `i` of the `k`-th tensor, both from 0.
fn element(name: &str, shape: &[usize], k: usize, i: usize) -> f32 {
    let wave = libm::sin(0.37 * (i + 1) as f64 + 1.7 * (k + 1) as f64);
    let value = match shape {
        [_, inputs @ ..] if !inputs.is_empty() => wave / libm::sqrt(inputs.iter().product::<usize>() as f64),
        _ if name.ends_with(".weight") => 1.0 + 0.1 * wave,
        _ => 0.1 * wave,
    };
    value as f32
}
