//! Convolutions, with their bias and what is added to them.

use burn::tensor::ops::{ConvOptions, PadMode};
use burn::tensor::{Device, Tensor, TensorData, module};

#[cfg(feature = "cpu")]
use super::cpu::conv::Packed;

/// The shape of a convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConvShape {
    /// Channels of the input.
    pub inputs: usize,
    /// Channels of the output.
    pub outputs: usize,
    /// Height and width of the kernel.
    pub side: usize,
    /// Pixels from one output to the next.
    pub stride: usize,
    /// Pixels of zeros before the first row and column, and after the last.
    pub padding: (usize, usize),
}

/// What is added to a convolution's output.
#[derive(Debug, Clone)]
pub enum Added {
    /// Nothing but the bias.
    Nothing,
    /// One number for each image and channel: `[batch, outputs]`.
    Channels(Tensor<2>),
    /// An image: as the output.
    Image(Tensor<4>),
}

/// A convolution with its weights, laid out for the device.
#[derive(Debug)]
pub struct Convolution {
    shape: ConvShape,
    weights: Weights,
}

#[derive(Debug)]
enum Weights {
    /// `[outputs, inputs, side, side]`, and one number an output.
    Plain(Tensor<4>, Tensor<1>),
    #[cfg(feature = "cpu")]
    Cpu(Packed),
}

impl ConvShape {
    /// A kernel of one pixel: a matrix applied to every pixel.
    pub const fn pointwise(inputs: usize, outputs: usize) -> Self {
        Self { inputs, outputs, side: 1, stride: 1, padding: (0, 0) }
    }

    /// Number of weights.
    pub const fn num_weights(&self) -> usize {
        self.outputs * self.side * self.side * self.inputs
    }

    /// Pixels of the output along a side with `input` pixels.
    pub const fn output(&self, input: usize) -> usize {
        (input + self.padding.0 + self.padding.1 - self.side) / self.stride + 1
    }
}

impl Convolution {
    /// The convolution of `weights`, in the order `[outputs, inputs, side, side]`, and one number of `bias` an output.
    /// The CPU's own version where it runs on `device`.
    pub fn new(shape: ConvShape, weights: &[f32], bias: &[f32], device: &Device) -> Self {
        #[cfg(feature = "cpu")]
        if super::is_cpu(device) {
            return Self { shape, weights: Weights::Cpu(Packed::new(shape, weights, bias)) };
        }
        Self::plain(shape, weights, bias, device)
    }

    /// [`new`](Self::new), of plain burn operations.
    pub fn plain(shape: ConvShape, weights: &[f32], bias: &[f32], device: &Device) -> Self {
        let ConvShape { inputs, outputs, side, .. } = shape;
        // As the pixels lie, the channels of the input innermost: a GPU would lay them out so at each call.
        let weights = TensorData::new(inputs_innermost(shape, weights), [outputs, side, side, inputs]);
        let weights = Tensor::<4>::from_data(weights, device).permute([0, 3, 1, 2]);
        let bias = Tensor::from_data(TensorData::new(bias.to_vec(), [outputs]), device);
        Self { shape, weights: Weights::Plain(weights, bias) }
    }

    /// Applies the convolution.
    ///
    /// # Shapes
    /// - x: `[batch, height, width, inputs]`
    /// - output: `[batch, output(height), output(width), outputs]`
    pub fn forward(&self, x: Tensor<4>, added: Added) -> Tensor<4> {
        match &self.weights {
            Weights::Plain(weights, bias) => plus(self.convolve(x, weights, bias), added),
            #[cfg(feature = "cpu")]
            Weights::Cpu(packed) => packed.forward(x, added),
        }
    }

    fn convolve(&self, x: Tensor<4>, weights: &Tensor<4>, bias: &Tensor<1>) -> Tensor<4> {
        let [batch, height, width, inputs] = x.dims();
        if self.shape.side == 1 {
            let weights = weights.clone().permute([0, 2, 3, 1]).reshape([self.shape.outputs, inputs]);
            let y =
                module::linear(x.reshape([batch * height * width, inputs]), weights.transpose(), Some(bias.clone()));
            return y.reshape([batch, height, width, self.shape.outputs]);
        }
        let (before, after) = self.shape.padding;
        // burn-flex 0.22 ignores the end of an asymmetric padding, so those pixels are added before.
        let x =
            if before == after { x } else { x.pad([(before, after), (before, after), (0, 0)], PadMode::Constant(0.0)) };
        let padding = if before == after { before } else { 0 };
        let options = ConvOptions::new([self.shape.stride; 2], [padding; 2], [1, 1], 1);
        let y = module::conv2d(x.permute([0, 3, 1, 2]), weights.clone(), Some(bias.clone()), options);
        y.permute([0, 2, 3, 1])
    }
}

fn plus(y: Tensor<4>, added: Added) -> Tensor<4> {
    match added {
        Added::Nothing => y,
        Added::Channels(channels) => y + channels.unsqueeze_dims(&[1, 2]),
        Added::Image(image) => y + image,
    }
}

/// `[outputs, inputs, side, side]` as `[outputs, side, side, inputs]`.
fn inputs_innermost(shape: ConvShape, weights: &[f32]) -> Vec<f32> {
    let taps = shape.side * shape.side;
    let mut laid_out = vec![0.0; weights.len()];
    for (output, weights) in weights.chunks_exact(shape.inputs * taps).enumerate() {
        for (input, weights) in weights.chunks_exact(taps).enumerate() {
            for (tap, weight) in weights.iter().enumerate() {
                laid_out[(output * taps + tap) * shape.inputs + input] = *weight;
            }
        }
    }
    laid_out
}
