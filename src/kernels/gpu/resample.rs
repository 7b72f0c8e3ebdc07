//! What moves pixels about on the device.

use super::context::Launch;
use super::image::GpuImage;
use super::kernel::{Kernel, Shader};
use super::{VECTOR, word};

/// Every block of 2x2 becomes its mean; both sides are even.
pub fn halved(x: &GpuImage) -> GpuImage {
    let [batch, height, width, channels] = x.dims();
    resampled(x, GpuImage::empty(x.gpu(), [batch, height / 2, width / 2, channels]), 0)
}

/// Every pixel becomes a block of 2x2.
pub fn doubled(x: &GpuImage) -> GpuImage {
    let [batch, height, width, channels] = x.dims();
    resampled(x, GpuImage::empty(x.gpu(), [batch, 2 * height, 2 * width, channels]), 1)
}

fn resampled(x: &GpuImage, y: GpuImage, way: u32) -> GpuImage {
    let ([_, height, width, _], count) = (y.dims(), y.len() / VECTOR);
    let launch = Launch {
        kernel: Kernel { shader: Shader::Resample, constants: vec![way] },
        buffers: &[x.buffer(), y.buffer()],
        shape: &[height, width, y.vectors(), count].map(word),
    };
    x.gpu().launch(&launch, count);
    y
}

/// The channels of `x`, and those of `skip` behind them.
pub fn concatenated(x: &GpuImage, skip: &GpuImage) -> GpuImage {
    let ([batch, height, width, channels], [.., skips]) = (x.dims(), skip.dims());
    let y = GpuImage::empty(x.gpu(), [batch, height, width, channels + skips]);
    let launch = Launch {
        kernel: Kernel { shader: Shader::Concatenate, constants: Vec::new() },
        buffers: &[x.buffer(), skip.buffer(), y.buffer()],
        shape: &[channels, skips, x.stride(), skip.stride(), y.stride(), y.len()].map(word),
    };
    x.gpu().launch(&launch, y.len());
    y
}
