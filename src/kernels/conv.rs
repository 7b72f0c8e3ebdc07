//! Convolutions with their bias and what is added to them.

use burn::tensor::ops::{ConvOptions, PadMode};
use burn::tensor::{Device, Tensor, TensorData, module};

#[cfg(feature = "cpu")]
use super::cpu::conv::CpuConvolution;
use super::image::{Image, Source};
use super::shape::ConvShape;

/// What is added to a convolution's output.
#[derive(Debug, Clone, Copy)]
pub enum Added<'a> {
    /// Nothing but the bias.
    Nothing,
    /// One number for each image and channel: `[batch, 1, 1, outputs]`.
    Channels(&'a Image),
    /// An image: as the output.
    Image(&'a Image),
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
    Cpu(CpuConvolution),
}

impl Convolution {
    /// The convolution of `weights`, in the order `[outputs, inputs, side, side]`, and one number of `bias` an output.
    /// The CPU's own version where it runs on `device`.
    pub fn new(shape: ConvShape, weights: &[f32], bias: &[f32], device: &Device) -> Self {
        #[cfg(feature = "cpu")]
        if super::is_cpu(device) {
            return Self { shape, weights: Weights::Cpu(CpuConvolution::new(shape, weights, bias)) };
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
    /// - source: `[batch, height, width, inputs]`
    /// - output: `[batch, output(height), output(width), outputs]`
    pub fn forward(&self, source: Source<'_>, added: Added<'_>) -> Image {
        match &self.weights {
            Weights::Plain(weights, bias) => {
                let y = self.convolve(source.into_tensor(), weights, bias);
                Image::from_tensor(match added {
                    Added::Nothing => y,
                    Added::Channels(image) | Added::Image(image) => y + image.clone().into_tensor(),
                })
            }
            #[cfg(feature = "cpu")]
            Weights::Cpu(convolution) => convolution.forward(source, added),
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
