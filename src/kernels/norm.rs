//! Group normalisation, with the activation that follows it.

#[cfg(feature = "reference")]
use burn::tensor::Tensor;

use super::activation::Activation;
#[cfg(feature = "cpu")]
use super::cpu::norm::CpuGroupNorm;
#[cfg(feature = "cpu")]
use super::cpu::pixels::pixels;
use super::device::Device;
#[cfg(feature = "webgpu")]
use super::gpu::GpuGroupNorm;
use super::image::{Image, Source};
#[cfg(feature = "reference")]
use super::reference::tensor;
#[cfg(feature = "cpu")]
use super::resample::concatenated;
use super::shape::GroupNormShape;

/// Each group of channels of each image is brought to mean 0 and variance 1, then each channel is scaled and shifted.
#[derive(Debug)]
pub struct GroupNorm {
    #[cfg(any(feature = "reference", feature = "webgpu"))]
    shape: GroupNormShape,
    weights: Weights,
}

#[derive(Debug)]
enum Weights {
    /// Both `[1, 1, groups, channels / groups]`.
    #[cfg(feature = "reference")]
    Plain { gamma: Tensor<4>, beta: Tensor<4> },
    #[cfg(feature = "cpu")]
    Cpu(CpuGroupNorm),
    #[cfg(feature = "webgpu")]
    Gpu(GpuGroupNorm),
}

impl GroupNorm {
    /// The normalisation that scales by `gamma` and shifts by `beta`, one number of each a channel, for images on `device`.
    pub fn new(shape: GroupNormShape, gamma: Vec<f32>, beta: Vec<f32>, device: &Device) -> Self {
        let weights = match device {
            #[cfg(feature = "cpu")]
            Device::Cpu => Weights::Cpu(CpuGroupNorm::new(shape, gamma, beta)),
            #[cfg(feature = "webgpu")]
            Device::Gpu(gpu) => Weights::Gpu(GpuGroupNorm::new(shape, &gamma, &beta, gpu)),
        };
        Self {
            #[cfg(any(feature = "reference", feature = "webgpu"))]
            shape,
            weights,
        }
    }

    /// [`new`](Self::new), of plain burn operations.
    #[cfg(feature = "reference")]
    pub fn plain(shape: GroupNormShape, gamma: Vec<f32>, beta: Vec<f32>) -> Self {
        let in_group = shape.channels / shape.groups;
        let upload = |values| tensor(values, [1, 1, shape.groups, in_group]);
        Self { shape, weights: Weights::Plain { gamma: upload(gamma), beta: upload(beta) } }
    }

    /// Y = (X - mean) / sqrt(variance + eps) * gamma + beta, then the activation.
    ///
    /// # Shapes
    /// - source: `[batch, height, width, channels]`
    /// - output: as source
    pub fn forward(&self, source: Source<'_>) -> Image {
        match &self.weights {
            #[cfg(feature = "reference")]
            Weights::Plain { gamma, beta } => {
                let y = self.normalise(source.into_tensor(), gamma, beta);
                Image::Tensor(self.shape.activation.map_or(y.clone(), |activation| activation.apply(y)))
            }
            #[cfg(feature = "cpu")]
            Weights::Cpu(norm) => norm.forward(source),
            #[cfg(feature = "webgpu")]
            Weights::Gpu(norm) => Image::Gpu(norm.forward(source, self.shape.activation, None)),
        }
    }

    /// [`forward`](Self::forward) with a scale and a shift of each image's channels before the activation, which is
    /// `activation`: Y becomes Y (1 + scale) + shift.
    ///
    /// # Shapes
    /// - source: `[batch, height, width, channels]`
    /// - `scale_shift`: `[batch, 1, 1, 2 * channels]`, all scales before all shifts
    /// - output: as source
    pub fn forward_scaled(&self, source: Source<'_>, scale_shift: &Image, activation: Activation) -> Image {
        match &self.weights {
            #[cfg(feature = "webgpu")]
            Weights::Gpu(norm) => Image::Gpu(norm.forward(source, Some(activation), Some(scale_shift.on_gpu()))),
            #[cfg(feature = "cpu")]
            Weights::Cpu(norm) => {
                let x = concatenated(source);
                Image::Cpu(norm.forward_scaled(pixels(&x), pixels(scale_shift), activation))
            }
            #[cfg(feature = "reference")]
            Weights::Plain { .. } => {
                let y = self.forward(source).into_tensor();
                let (channels, rows) = (y.dims()[3], scale_shift.clone().into_tensor());
                let [scale, shift] = [0, channels].map(|first| rows.clone().narrow(3, first, channels));
                Image::Tensor(activation.apply(y * scale.add_scalar(1.0) + shift))
            }
        }
    }

    /// The CPU's own version, where this is one.
    #[cfg(feature = "cpu")]
    pub(super) fn on_cpu(&self) -> Option<&CpuGroupNorm> {
        match &self.weights {
            Weights::Cpu(norm) => Some(norm),
            #[cfg(any(feature = "reference", feature = "webgpu"))]
            _ => None,
        }
    }

    #[cfg(feature = "reference")]
    fn normalise(&self, x: Tensor<4>, gamma: &Tensor<4>, beta: &Tensor<4>) -> Tensor<4> {
        let dims @ [batch, height, width, channels] = x.dims();
        let by_group = [batch, height * width, self.shape.groups, channels / self.shape.groups];
        let mean = self.group_mean(x.clone());
        let x = x.reshape(by_group) - mean;

        let variance = self.group_mean(x.clone().square().reshape(dims));
        let slope = gamma.clone() / variance.add_scalar(self.shape.eps).sqrt();
        (x * slope + beta.clone()).reshape(dims)
    }

    /// The mean of every group: `[batch, 1, groups, 1]`.
    #[cfg(feature = "reference")]
    fn group_mean(&self, x: Tensor<4>) -> Tensor<4> {
        let [batch, _, _, channels] = x.dims();
        let groups = self.shape.groups;
        let mean = x.mean_dim(2).mean_dim(1).reshape([batch, groups, channels / groups]).mean_dim(2);
        mean.reshape([batch, 1, groups, 1])
    }
}
