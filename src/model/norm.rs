//! Group normalisation with the activation that follows it, by its name in the weights.

use burn::tensor::Tensor;

use super::config::Activation;
use super::weights::Weights;
use crate::error::Error;
use crate::kernels::{GroupNorm, GroupNormShape};

/// A group normalisation, then an activation if there is one.
#[derive(Debug)]
pub struct Norm {
    norm: GroupNorm,
    then: Option<Activation>,
}

impl Norm {
    /// The normalisation `name` of `channels`, a multiple of `groups`.
    pub fn load(
        weights: &mut Weights,
        name: &str,
        [channels, groups]: [usize; 2],
        eps: f64,
        then: Option<Activation>,
    ) -> Result<Self, Error> {
        let gamma = weights.take(&format!("{name}.weight"))?;
        let beta = weights.take(&format!("{name}.bias"))?;
        // SiLU is part of the operation, the others follow it.
        let silu = then == Some(Activation::Silu);
        let shape = GroupNormShape { channels, groups, eps, silu };
        let norm = GroupNorm::new(shape, gamma, beta, weights.device());
        Ok(Self { norm, then: then.filter(|_| !silu) })
    }

    /// Applies the normalisation, then the activation.
    ///
    /// # Shapes
    /// - x: `[batch, height, width, channels]`
    /// - output: as x
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let y = self.norm.forward(x);
        match self.then {
            Some(activation) => activation.apply(y),
            None => y,
        }
    }
}
