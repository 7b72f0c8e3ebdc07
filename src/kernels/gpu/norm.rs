//! Group normalisation on the device.

use super::super::shape::GroupNormShape;
use super::buffer::Buffer;
use super::context::{Gpu, Launch};
use super::image::Image;
use super::kernel::{Kernel, Shader};
use super::resample::doubled;
use super::words::word;
use crate::math::activation::Activation;

/// Each group of channels of each image is brought to mean 0 and variance 1, then each channel is scaled and shifted.
#[derive(Debug)]
pub struct GroupNorm {
    shape: GroupNormShape,
    gpu: Gpu,
    /// A factor for each channel, then what is added to each.
    gamma_beta: Buffer,
}

/// What the operations read on the device.
pub type Source<'a> = super::super::source::Source<'a, Image, GroupNorm>;

impl GroupNorm {
    /// The normalisation that scales by `gamma` and shifts by `beta`, one number of each a channel.
    pub fn new(shape: GroupNormShape, gamma: Vec<f32>, beta: Vec<f32>, gpu: &Gpu) -> Self {
        Self { shape, gpu: gpu.clone(), gamma_beta: gpu.keep(&[gamma, beta].concat()) }
    }

    /// Y = (X - mean) / sqrt(variance + eps) * gamma + beta, then the activation.
    ///
    /// # Shapes
    /// - source: `[batch, height, width, channels]`
    /// - output: as source
    pub fn forward(&self, source: Source<'_>) -> Image {
        self.launch(source, self.shape.activation, None)
    }

    /// [`forward`](Self::forward) with a scale and a shift of each image's channels before the activation, which is
    /// `activation`: Y becomes Y (1 + scale) + shift.
    ///
    /// # Shapes
    /// - source: `[batch, height, width, channels]`
    /// - `scale_shift`: `[batch, 1, 1, 2 * channels]`, all scales before all shifts
    /// - output: as source
    pub fn forward_scaled(&self, source: Source<'_>, scale_shift: &Image, activation: Activation) -> Image {
        self.launch(source, Some(activation), Some(scale_shift))
    }

    fn launch(&self, source: Source<'_>, activation: Option<Activation>, scale_shift: Option<&Image>) -> Image {
        let Source { x, skip, .. } = source;
        let [batch, height, width, channels] = x.dims();
        let GroupNormShape { groups, eps, .. } = self.shape;
        let y = Image::empty(&self.gpu, [batch, height, width, self.shape.channels]);
        let skips = skip.map_or(0, |skip| skip.dims()[3]);
        let skip_stride = skip.map_or(0, Image::stride);
        let in_group = self.shape.channels / groups;
        let constants = [
            u32::from(skip.is_some()),
            activation.map_or(0, number),
            u32::from(scale_shift.is_some()),
            threads(height * width * in_group, self.gpu.is_hardware()),
        ];
        let shape = [height * width, channels, skips, x.stride(), skip_stride, y.stride(), in_group].map(word);
        let (first, row) = scale_shift.map_or((0, 0), |rows| (word(rows.first()), word(rows.stride())));
        let launch = Launch {
            kernel: Kernel { shader: Shader::Norm, constants: constants.to_vec() },
            buffers: &[
                x.buffer(),
                skip.unwrap_or(x).buffer(),
                &self.gamma_beta,
                scale_shift.map_or(&self.gamma_beta, Image::buffer),
                y.buffer(),
            ],
            shape: &[&shape[..], &[(eps as f32).to_bits(), first, row]].concat(),
        };
        self.gpu.launch_workgroups(&launch, [groups, batch, 1]);
        if source.doubled { doubled(&y) } else { y }
    }
}

/// Threads for a group of so many numbers: few numbers keep only few busy. On a processor a barrier costs the more the more wait at it.
const fn threads(numbers: usize, is_hardware: bool) -> u32 {
    let few = if is_hardware { 2048 } else { 32_768 };
    if numbers <= few { 64 } else { 256 }
}

/// The number that the kernel knows an activation by; 0 is none.
const fn number(activation: Activation) -> u32 {
    match activation {
        Activation::Silu => 1,
        Activation::Mish => 2,
        Activation::Gelu => 3,
        Activation::Relu => 4,
    }
}
