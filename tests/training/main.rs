//! Trainings on data whose best network is known, in closed form or by what it draws.

mod closed_form;
mod drawn;
mod exported;
mod going_on;
mod images;
mod same_bits;
mod schedules;

use serde_json::{Value, json};
use unnoise::burn::Device;
use unnoise::options::TrainOptions;
use unnoise::train::{Data, Report, Trainer};

/// Options from JSON.
pub fn options(given: Value) -> TrainOptions {
    TrainOptions::from_json(given.as_object().expect("an object")).expect("options")
}

/// A training on the CPU.
pub fn start(data: Data, given: Value) -> Trainer {
    Trainer::start(&Device::flex(), data, options(given), None, None).expect("a training")
}

/// Takes so many steps.
pub fn train(trainer: &mut Trainer, steps: usize) -> Vec<Report> {
    (0..steps).map(|_| pollster::block_on(trainer.step()).expect("a step")).collect()
}

/// Standard normal numbers.
pub fn normals(seed: u64, count: usize) -> Vec<f32> {
    let mut numbers = vec![0.0; count];
    unnoise::noise::philox::fill_normal(seed, 0, 0, &mut numbers);
    numbers
}

/// A network for points that is learnt in a second.
pub fn small() -> Value {
    json!({ "layers": 2, "width": 32 })
}
