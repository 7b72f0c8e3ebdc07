//! The parameters of a noise schedule that is learned: a few, on the CPU, with gradients of our own.

use burn::tensor::{Device, Tensor, TensorData};

use super::optimiser::Optimiser;
use crate::options::TrainOptions;

/// The learning rate: far above that of a network, for there are few parameters.
const LEARNING_RATE: f64 = 0.01;

/// Parameters with an optimiser of their own, which shortens no gradient and averages nothing.
pub struct ScheduleParameters {
    /// It holds them; a state that is gone on with is put into it, before [`values`](Self::values).
    pub optimiser: Optimiser,
    options: TrainOptions,
}

impl ScheduleParameters {
    /// Begins with these.
    pub fn new(first: Vec<f32>) -> Self {
        let options = TrainOptions {
            learning_rate: Some(LEARNING_RATE),
            warmup: 100,
            ema: 0.0,
            clip_norm: f64::MAX,
            ..Default::default()
        };
        Self { optimiser: Optimiser::new(on_cpu(first), &options), options }
    }

    /// What they are now.
    pub fn values(&self) -> Vec<f64> {
        // On the CPU's device nothing has to be waited for.
        let read = self.optimiser.parameters.to_data().try_into_vec::<f32>().unwrap_or_default();
        read.into_iter().map(f64::from).collect()
    }

    /// Takes a step against a gradient.
    pub fn advance(&mut self, gradient: impl IntoIterator<Item = f64>) {
        let gradient = gradient.into_iter().map(|by| by as f32).collect();
        self.optimiser.advance(on_cpu(gradient), 0.0, &self.options);
    }
}

fn on_cpu(numbers: Vec<f32>) -> Tensor<1> {
    let count = numbers.len();
    Tensor::from_data(TensorData::new(numbers, [count]), &Device::flex())
}
