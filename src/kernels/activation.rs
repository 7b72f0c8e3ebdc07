//! The activations between two layers.

#[cfg(feature = "reference")]
use burn::tensor::{Tensor, activation};

/// The activation between two layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// x sigmoid(x), also called swish.
    Silu,
    /// x tanh(softplus(x)).
    Mish,
    /// x Phi(x), with the exact normal distribution function.
    Gelu,
    /// max(x, 0).
    Relu,
}

impl Activation {
    /// Applies the activation to every element.
    #[cfg(feature = "reference")]
    pub(super) fn apply<const D: usize>(self, x: Tensor<D>) -> Tensor<D> {
        match self {
            Self::Silu => activation::silu(x),
            Self::Mish => activation::mish(x),
            Self::Gelu => activation::gelu(x),
            Self::Relu => activation::relu(x),
        }
    }

    /// Its value at one number.
    pub fn of(self, x: f32) -> f32 {
        let x = f64::from(x);
        let y = match self {
            Self::Silu => x / (1.0 + libm::exp(-x)),
            Self::Mish => x * libm::tanh(x.max(0.0) + libm::log1p(libm::exp(-x.abs()))),
            Self::Gelu => 0.5 * x * (1.0 + libm::erf(x * std::f64::consts::FRAC_1_SQRT_2)),
            Self::Relu => x.max(0.0),
        };
        y as f32
    }

    /// The number that a kernel on WebGPU knows it by; 0 is none.
    #[cfg(feature = "webgpu")]
    pub(super) const fn number(self) -> u32 {
        match self {
            Self::Silu => 1,
            Self::Mish => 2,
            Self::Gelu => 3,
            Self::Relu => 4,
        }
    }
}

#[cfg(all(test, feature = "reference"))]
mod tests {
    use burn::tensor::{Device, TensorData};

    use super::*;

    #[test]
    fn one_number_is_as_a_tensor_of_them() {
        let x: Vec<f32> = (-40..=40).map(|i| i as f32 * 0.25).collect();
        for activation in [Activation::Silu, Activation::Mish, Activation::Gelu, Activation::Relu] {
            let tensor = Tensor::<1>::from_data(TensorData::new(x.clone(), [x.len()]), &Device::flex());
            let expected: Vec<f32> = activation.apply(tensor).into_data().try_into_vec().expect("f32");
            for (x, expected) in x.iter().zip(expected) {
                assert!((activation.of(*x) - expected).abs() < 2e-6, "{activation:?} of {x}");
            }
        }
    }
}
