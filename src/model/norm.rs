//! Group normalisation with the activation that follows it, by its name in the weights.

use super::config::Activation;
use super::weights::Weights;
use crate::error::Error;
use crate::kernels::{GroupNorm, GroupNormShape, Image, Source};

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
    /// - source: `[batch, height, width, channels]`
    /// - output: as source
    pub fn forward(&self, source: Source<'_>) -> Image {
        let y = self.norm.forward(source);
        match self.then {
            Some(activation) => y.map(|y| activation.apply(y)),
            None => y,
        }
    }

    /// The whole of it as one operation, where it is one.
    pub fn fused(&self) -> Option<&GroupNorm> {
        self.then.is_none().then_some(&self.norm)
    }
}
