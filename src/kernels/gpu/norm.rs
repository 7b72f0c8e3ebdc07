//! Group normalisation on the device.

use super::super::activation::Activation;
use super::super::image::{Image, Source};
use super::super::shape::GroupNormShape;
use super::buffer::Buffer;
use super::context::{Gpu, Launch};
use super::image::GpuImage;
use super::kernel::{Kernel, Shader};
use super::resample::doubled;
use super::word;

/// A normalisation with its weights on the device.
#[derive(Debug)]
pub struct GpuGroupNorm {
    shape: GroupNormShape,
    gpu: Gpu,
    /// A factor for each channel, then what is added to each.
    gamma_beta: Buffer,
}

impl GpuGroupNorm {
    /// The normalisation that scales by `gamma` and shifts by `beta`.
    pub fn new(shape: GroupNormShape, gamma: &[f32], beta: &[f32], gpu: &Gpu) -> Self {
        Self { shape, gpu: gpu.clone(), gamma_beta: gpu.keep(&[gamma, beta].concat()) }
    }

    /// [`GroupNorm::forward`](super::super::norm::GroupNorm::forward). `scale_shift`: for each image a scale and then a shift
    /// for every channel, between normalisation and activation.
    pub fn forward(
        &self,
        source: Source<'_>,
        activation: Option<Activation>,
        scale_shift: Option<&GpuImage>,
    ) -> GpuImage {
        let (x, skip) = (source.x.on_gpu(), source.skip.map(Image::on_gpu));
        let [batch, height, width, channels] = x.dims();
        let GroupNormShape { groups, eps, .. } = self.shape;
        let y = GpuImage::empty(&self.gpu, [batch, height, width, self.shape.channels]);
        let skips = skip.map_or(0, |skip| skip.dims()[3]);
        let skip_stride = skip.map_or(0, GpuImage::stride);
        let in_group = self.shape.channels / groups;
        let constants = [
            u32::from(skip.is_some()),
            activation.map_or(0, Activation::number),
            u32::from(scale_shift.is_some()),
            threads(height * width * in_group),
        ];
        let shape = [height * width, channels, skips, x.stride(), skip_stride, y.stride(), in_group].map(word);
        let (first, row) = scale_shift.map_or((0, 0), |rows| (word(rows.first()), word(rows.stride())));
        let launch = Launch {
            kernel: Kernel { shader: Shader::Norm, constants: constants.to_vec() },
            buffers: &[
                x.buffer(),
                skip.unwrap_or(x).buffer(),
                &self.gamma_beta,
                scale_shift.map_or(&self.gamma_beta, GpuImage::buffer),
                y.buffer(),
            ],
            shape: &[&shape[..], &[(eps as f32).to_bits(), first, row]].concat(),
        };
        self.gpu.launch_workgroups(&launch, [groups, batch, 1]);
        if source.doubled { doubled(&y) } else { y }
    }
}

/// Threads for a group of so many numbers. A barrier costs the more the more wait at it, and few numbers keep only few busy.
const fn threads(numbers: usize) -> u32 {
    if numbers <= 32_768 { 64 } else { 256 }
}
