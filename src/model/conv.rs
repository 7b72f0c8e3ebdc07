//! Convolutions of images, by their names in the weights.

use burn::tensor::Tensor;

use super::weights::Weights;
use crate::error::Error;
use crate::kernels::{Added, ConvShape, Convolution};

/// A convolution of 3x3 or 1x1 pixels.
#[derive(Debug)]
pub struct Conv {
    convolution: Convolution,
}

impl Conv {
    /// The 3x3 convolution `name`, whose output is as large as its input.
    pub fn load(weights: &mut Weights, name: &str, inputs: usize, outputs: usize) -> Result<Self, Error> {
        let shape = ConvShape { inputs, outputs, side: 3, stride: 1, padding: (1, 1) };
        Self::load_shape(weights, name, shape)
    }

    /// The 3x3 convolution `name`, whose output is half as high and wide. A padding of 0 stands for one pixel at the
    /// right and at the bottom.
    pub fn load_halving(weights: &mut Weights, name: &str, channels: usize, padding: usize) -> Result<Self, Error> {
        let shape = ConvShape { inputs: channels, outputs: channels, side: 3, stride: 2, padding: (padding, 1) };
        Self::load_shape(weights, name, shape)
    }

    /// The 1x1 convolution `name`, stored as one or as a matrix.
    pub fn load_pointwise(weights: &mut Weights, name: &str, inputs: usize, outputs: usize) -> Result<Self, Error> {
        Self::load_shape(weights, name, ConvShape::pointwise(inputs, outputs))
    }

    fn load_shape(weights: &mut Weights, name: &str, shape: ConvShape) -> Result<Self, Error> {
        let kernel = weights.take(&format!("{name}.weight"))?;
        let bias = weights.take(&format!("{name}.bias"))?;
        Ok(Self { convolution: Convolution::new(shape, &kernel, &bias, weights.device()) })
    }

    /// Applies the convolution.
    ///
    /// # Shapes
    /// - x: `[batch, height, width, inputs]`
    /// - output: `[batch, height, width, outputs]`, both sides halved where it halves
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        self.convolution.forward(x, Added::Nothing)
    }

    /// [`forward`](Self::forward), and one number for each image and channel added: `[batch, outputs]`.
    pub fn forward_plus_channels(&self, x: Tensor<4>, channels: Tensor<2>) -> Tensor<4> {
        self.convolution.forward(x, Added::Channels(channels))
    }

    /// [`forward`](Self::forward), and an image of the output's shape added.
    pub fn forward_plus_image(&self, x: Tensor<4>, image: Tensor<4>) -> Tensor<4> {
        self.convolution.forward(x, Added::Image(image))
    }
}
