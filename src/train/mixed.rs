//! What the network is shown and what it should answer, as tensors.

use burn::tensor::{Device, Gradients, Tensor, TensorData};

use super::batch::Batch;

/// A batch on its device.
pub struct Mixed {
    /// The noised examples.
    pub x_t: Tensor<4>,
    /// What the network should predict.
    pub target: Tensor<4>,
    /// The factors that they are mixed with, where the loss is differentiated by them: see [`Mix`](super::betas::Mix).
    leaves: Vec<Tensor<1>>,
}

impl Mixed {
    /// Of a noise schedule that stays.
    pub fn fixed(batch: &Batch, shape: [usize; 4], device: &Device) -> Self {
        let images = |x: &[f32]| Tensor::<4>::from_data(TensorData::new(x.to_vec(), shape), device);
        Self { x_t: images(&batch.x_t), target: images(&batch.target), leaves: Vec::new() }
    }

    /// Of one whose levels are learned, while data and noise stay.
    pub fn leaves(batch: &Batch, shape: [usize; 4], device: &Device) -> Self {
        let images = |x: &[f32]| Tensor::<4>::from_data(TensorData::new(x.to_vec(), shape), device);
        let (x_0, noise) = (images(&batch.x_0), images(&batch.noise));
        let leaf = |part: usize| {
            let factors: Vec<f32> = batch.mixes.iter().map(|mix| mix[part] as f32).collect();
            Tensor::<1>::from_data(TensorData::new(factors, [shape[0]]), device).require_grad()
        };
        let leaves: Vec<Tensor<1>> = (0..4).map(leaf).collect();
        let mixed = |a: usize, b: usize| {
            let factor = |part: usize| leaves[part].clone().reshape([shape[0], 1, 1, 1]);
            x_0.clone() * factor(a) + noise.clone() * factor(b)
        };
        Self { x_t: mixed(0, 1), target: mixed(2, 3), leaves }
    }

    /// The gradients by the factors, one list after the other.
    pub fn gradients(&self, gradients: &Gradients) -> Vec<Tensor<1>> {
        let by = |leaf: &Tensor<1>| leaf.grad(gradients).unwrap_or_else(|| leaf.clone().inner().zeros_like());
        self.leaves.iter().map(by).collect()
    }
}
