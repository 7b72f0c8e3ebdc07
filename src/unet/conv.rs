//! Convolutions of images, by their names in the weights.

use super::loader::Loader;
use crate::error::Error;
use crate::kernels::{Added, ConvShape, Convolution, Image, Source};

/// A convolution of 3x3 or 1x1 pixels.
#[derive(Debug)]
pub struct Conv {
    convolution: Convolution,
}

impl Conv {
    /// The 3x3 convolution `name`, whose output is as large as its input.
    pub fn load(weights: &mut Loader, name: &str, inputs: usize, outputs: usize) -> Result<Self, Error> {
        let shape = ConvShape { inputs, outputs, side: 3, stride: 1, padding: (1, 1) };
        Self::load_shape(weights, name, shape)
    }

    /// The 3x3 convolution `name`, whose output is half as high and wide. A padding of 0 stands for one pixel at the
    /// right and at the bottom.
    pub fn load_halving(weights: &mut Loader, name: &str, channels: usize, padding: usize) -> Result<Self, Error> {
        let shape = ConvShape { inputs: channels, outputs: channels, side: 3, stride: 2, padding: (padding, 1) };
        Self::load_shape(weights, name, shape)
    }

    /// The 1x1 convolution `name`, stored as one or as a matrix.
    pub fn load_pointwise(weights: &mut Loader, name: &str, inputs: usize, outputs: usize) -> Result<Self, Error> {
        Self::load_shape(weights, name, ConvShape::pointwise(inputs, outputs))
    }

    /// The same without a bias.
    pub fn load_pointwise_linear(
        weights: &mut Loader,
        name: &str,
        inputs: usize,
        outputs: usize,
    ) -> Result<Self, Error> {
        let kernel = weights.take(&format!("{name}.weight"))?;
        Ok(Self::new(weights, name, ConvShape::pointwise(inputs, outputs), &kernel, &vec![0.0; outputs]))
    }

    /// The 1x1 convolutions `names` of the same input, as one: their outputs lie side by side.
    pub fn load_side_by_side(
        weights: &mut Loader,
        names: &[String],
        inputs: usize,
        outputs: usize,
    ) -> Result<Self, Error> {
        let (mut kernel, mut bias) = (Vec::new(), Vec::new());
        for name in names {
            kernel.extend(weights.take(&format!("{name}.weight"))?);
            bias.extend(weights.take(&format!("{name}.bias"))?);
        }
        let shape = ConvShape::pointwise(inputs, names.len() * outputs);
        Ok(Self::new(weights, &names[0], shape, &kernel, &bias))
    }

    fn load_shape(weights: &mut Loader, name: &str, shape: ConvShape) -> Result<Self, Error> {
        let kernel = weights.take(&format!("{name}.weight"))?;
        let bias = weights.take(&format!("{name}.bias"))?;
        Ok(Self::new(weights, name, shape, &kernel, &bias))
    }

    /// In the form that the network has room for.
    fn new(weights: &Loader, name: &str, shape: ConvShape, kernel: &[f32], bias: &[f32]) -> Self {
        let form = weights.forms().of(name);
        Self { convolution: Convolution::new(shape, kernel, bias, form, weights.device()) }
    }

    /// The same with its output, and what was added to it, divided by `divisor`.
    pub fn divided_by(self, divisor: f64) -> Self {
        Self { convolution: self.convolution.divided_by(divisor) }
    }

    /// Applies the convolution.
    ///
    /// # Shapes
    /// - source: `[batch, height, width, inputs]`
    /// - output: `[batch, height, width, outputs]`, both sides halved where it halves
    pub fn forward(&self, source: Source<'_>) -> Image {
        self.convolution.forward(source, Added::Nothing)
    }

    /// What this convolution makes of a source, to be added to the output of another one.
    pub fn as_added<'a>(&'a self, source: Source<'a>) -> Added<'a> {
        Added::Through(&self.convolution, source)
    }

    /// [`forward`](Self::forward), and something added to the output.
    pub fn forward_plus(&self, source: Source<'_>, added: Added<'_>) -> Image {
        self.convolution.forward(source, added)
    }
}
