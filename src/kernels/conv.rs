//! Convolutions with their bias and what is added to them.

#[cfg(feature = "reference")]
use burn::tensor::ops::{ConvOptions, PadMode};
#[cfg(feature = "reference")]
use burn::tensor::{Tensor, module};

#[cfg(feature = "cpu")]
use super::cpu::conv::CpuConvolution;
use super::device::Device;
#[cfg(feature = "webgpu")]
use super::gpu::GpuConvolution;
use super::image::{Image, Source};
#[cfg(feature = "reference")]
use super::reference::tensor;
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
    /// What a convolution of 1x1 makes of a source that is neither normalised nor doubled: a residual block's shortcut.
    Through(&'a Convolution, Source<'a>),
}

/// A convolution with its weights, laid out for the device.
#[derive(Debug)]
pub struct Convolution {
    #[cfg(feature = "reference")]
    shape: ConvShape,
    weights: Weights,
    factor: f32,
}

#[derive(Debug)]
enum Weights {
    /// `[outputs, inputs, side, side]`, and one number an output.
    #[cfg(feature = "reference")]
    Plain(Tensor<4>, Tensor<1>),
    #[cfg(feature = "cpu")]
    Cpu(CpuConvolution),
    #[cfg(feature = "webgpu")]
    Gpu(GpuConvolution),
}

impl Convolution {
    /// The convolution of `weights`, in the order `[outputs, inputs, side, side]`, and one number of `bias` an output, for
    /// images on `device`.
    pub fn new(shape: ConvShape, weights: &[f32], bias: &[f32], device: &Device) -> Self {
        let weights = match device {
            #[cfg(feature = "cpu")]
            Device::Cpu => Weights::Cpu(CpuConvolution::new(shape, weights, bias)),
            #[cfg(feature = "webgpu")]
            Device::Gpu(gpu) => Weights::Gpu(GpuConvolution::new(shape, weights, bias, gpu)),
        };
        Self {
            #[cfg(feature = "reference")]
            shape,
            weights,
            factor: 1.0,
        }
    }

    /// [`new`](Self::new), of plain burn operations.
    #[cfg(feature = "reference")]
    pub fn plain(shape: ConvShape, weights: &[f32], bias: &[f32]) -> Self {
        let ConvShape { inputs, outputs, side, .. } = shape;
        let weights = tensor(weights.to_vec(), [outputs, inputs, side, side]);
        Self { shape, weights: Weights::Plain(weights, tensor(bias.to_vec(), [outputs])), factor: 1.0 }
    }

    /// The same with its output, and what was added to it, divided by `divisor`.
    pub fn divided_by(self, divisor: f64) -> Self {
        Self { factor: (1.0 / divisor) as f32, ..self }
    }

    /// Applies the convolution.
    ///
    /// # Shapes
    /// - source: `[batch, height, width, inputs]`
    /// - output: `[batch, output(height), output(width), outputs]`
    pub fn forward(&self, source: Source<'_>, added: Added<'_>) -> Image {
        #[cfg(feature = "cpu")]
        if let (Added::Through(convolution, through), true) = (added, self.is_on_cpu()) {
            let image = convolution.forward(through, Added::Nothing);
            return self.forward(source, Added::Image(&image));
        }
        match &self.weights {
            #[cfg(feature = "reference")]
            Weights::Plain(weights, bias) => {
                let y = self.convolve(source.into_tensor(), weights, bias);
                let y = match added {
                    Added::Nothing | Added::Through(..) => y,
                    Added::Channels(image) | Added::Image(image) => y + image.clone().into_tensor(),
                };
                Image::Tensor(y.mul_scalar(self.factor))
            }
            #[cfg(feature = "cpu")]
            Weights::Cpu(convolution) => Image::Cpu(convolution.forward(source, added, self.factor)),
            #[cfg(feature = "webgpu")]
            Weights::Gpu(convolution) => Image::Gpu(convolution.forward(source, added, self.factor)),
        }
    }

    #[cfg(feature = "cpu")]
    fn is_on_cpu(&self) -> bool {
        match &self.weights {
            #[cfg(feature = "webgpu")]
            Weights::Gpu(_) => false,
            _ => true,
        }
    }

    /// The GPU's own version.
    #[cfg(feature = "webgpu")]
    pub(super) fn on_gpu(&self) -> &GpuConvolution {
        match &self.weights {
            Weights::Gpu(convolution) => convolution,
            #[cfg(feature = "cpu")]
            _ => unreachable!("a network on a GPU has its convolutions there"),
        }
    }

    #[cfg(feature = "reference")]
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
