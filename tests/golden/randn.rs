//! The PyTorch-compatible generator draws what `torch.randn` draws.

use serde::Deserialize;
use unnoise::noise::torch_randn::TorchGenerator;

use crate::compare::largest_difference;
use crate::files::json;

/// PyTorch's vectorised logarithm and cosine differ from others in the last bit, and its angle is rounded to f32.
const TOLERANCE: f64 = 2e-6;

#[derive(Deserialize)]
struct File {
    stride: usize,
    single: Vec<Single>,
    streams: Vec<Stream>,
}

#[derive(Deserialize)]
struct Single {
    seed: u64,
    #[serde(flatten)]
    draw: Draw,
}

#[derive(Deserialize)]
struct Stream {
    seed: u64,
    draws: Vec<Draw>,
}

#[derive(Deserialize)]
struct Draw {
    n: usize,
    first: Vec<f32>,
    #[serde(default)]
    last: Vec<f32>,
    #[serde(default)]
    strided: Vec<f32>,
}

impl Draw {
    fn check(&self, generator: &mut TorchGenerator, stride: usize, name: &str) {
        let mut z = vec![0.0; self.n];
        generator.fill_normal(&mut z);

        let strided: Vec<f32> = z.iter().copied().step_by(stride).take(self.strided.len()).collect();
        for (what, found, expected) in [
            ("first", &z[..self.first.len()], &self.first),
            ("last", &z[self.n - self.last.len()..], &self.last),
            ("strided", &strided, &self.strided),
        ] {
            let difference = largest_difference(found, expected);
            assert!(difference < TOLERANCE, "{name}, {what} of {}: {difference}", self.n);
        }
    }
}

#[test]
fn every_count_and_seed_draws_what_torch_draws() {
    let File { stride, single, .. } = json("randn.json");
    for Single { seed, draw } in single {
        draw.check(&mut TorchGenerator::new(seed), stride, &format!("seed {seed}"));
    }
}

#[test]
fn a_stream_goes_on_as_torch_goes_on() {
    let File { stride, streams, .. } = json("randn.json");
    for Stream { seed, draws } in streams {
        let mut generator = TorchGenerator::new(seed);
        for (index, draw) in draws.iter().enumerate() {
            draw.check(&mut generator, stride, &format!("seed {seed}, draw {index}"));
        }
    }
}
