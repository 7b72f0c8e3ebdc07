//! The activation between two layers.

use burn::tensor::{Tensor, activation};

use super::config::Activation;

impl Activation {
    /// Applies the activation to every element.
    pub fn apply<const D: usize>(self, x: Tensor<D>) -> Tensor<D> {
        match self {
            Self::Silu => activation::silu(x),
            Self::Mish => activation::mish(x),
            Self::Gelu => activation::gelu(x),
            Self::Relu => activation::relu(x),
        }
    }
}
