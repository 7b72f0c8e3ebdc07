//! Convolutions of images.

use burn::tensor::ops::{ConvOptions, PadMode};
use burn::tensor::{Tensor, module};

use super::weights::Weights;

/// A 3x3 convolution.
#[derive(Debug)]
pub struct Conv3x3 {
    weight: Tensor<4>,
    bias: Tensor<1>,
    stride: usize,
    padding: usize,
}

impl Conv3x3 {
    /// The layer `name`: one pixel of zeros on every side, as large an output as the input.
    pub fn load(weights: &mut Weights, name: &str, inputs: usize, outputs: usize) -> Self {
        Self::load_strided(weights, name, inputs, outputs, 1, 1)
    }

    /// The layer `name` with another stride or padding; a padding of 0 stands for one pixel at the right and at the bottom.
    pub fn load_strided(
        weights: &mut Weights,
        name: &str,
        inputs: usize,
        outputs: usize,
        stride: usize,
        padding: usize,
    ) -> Self {
        Self {
            weight: weights.tensor(&format!("{name}.weight"), [outputs, inputs, 3, 3]),
            bias: weights.tensor(&format!("{name}.bias"), [outputs]),
            stride,
            padding,
        }
    }

    /// Applies the convolution.
    ///
    /// # Shapes
    /// - x: `[batch, inputs, height, width]`
    /// - output: `[batch, outputs, height / stride, width / stride]`
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        // burn-flex 0.22 ignores the end of an asymmetric padding, so the pixels are added before.
        let x = if self.padding == 0 { x.pad([(0, 1), (0, 1)], PadMode::Constant(0.0)) } else { x };
        let options = ConvOptions::new([self.stride; 2], [self.padding; 2], [1, 1], 1);
        module::conv2d(x, self.weight.clone(), Some(self.bias.clone()), options)
    }
}

/// A 1x1 convolution: one matrix, applied to every pixel.
#[derive(Debug)]
pub struct Conv1x1 {
    /// `[1, outputs, inputs]`
    weight: Tensor<3>,
    /// `[1, outputs, 1]`
    bias: Tensor<3>,
}

impl Conv1x1 {
    /// The layer `name`, stored as a convolution.
    pub fn load(weights: &mut Weights, name: &str, inputs: usize, outputs: usize) -> Self {
        let weight = weights
            .take(&format!("{name}.weight"), &[outputs, inputs, 1, 1])
            .upload([1, outputs, inputs], weights.device());
        Self { weight, bias: load_bias(weights, name, outputs) }
    }

    /// The layer `name`, stored as a matrix.
    pub fn load_matrix(weights: &mut Weights, name: &str, inputs: usize, outputs: usize) -> Self {
        let weight =
            weights.take(&format!("{name}.weight"), &[outputs, inputs]).upload([1, outputs, inputs], weights.device());
        Self { weight, bias: load_bias(weights, name, outputs) }
    }

    /// Applies the matrix to every pixel.
    ///
    /// # Shapes
    /// - x: `[batch, inputs, pixels]`
    /// - output: `[batch, outputs, pixels]`
    pub fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        self.weight.clone().matmul(x) + self.bias.clone()
    }
}

fn load_bias(weights: &mut Weights, name: &str, outputs: usize) -> Tensor<3> {
    weights.take(&format!("{name}.bias"), &[outputs]).upload([1, outputs, 1], weights.device())
}
