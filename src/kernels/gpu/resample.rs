//! What moves pixels about on the device.

use super::super::source::Source;
use super::context::Launch;
use super::image::Image;
use super::kernel::{Kernel, Shader};
use super::words::{VECTOR, word};

/// Every block of 2x2 becomes its mean; both sides are even.
pub fn halved(x: &Image) -> Image {
    let [batch, height, width, channels] = x.dims();
    resampled(x, Image::empty(x.gpu(), [batch, height / 2, width / 2, channels]), 0)
}

/// Every pixel becomes a block of 2x2.
pub fn doubled(x: &Image) -> Image {
    let [batch, height, width, channels] = x.dims();
    resampled(x, Image::empty(x.gpu(), [batch, 2 * height, 2 * width, channels]), 1)
}

fn resampled(x: &Image, y: Image, way: u32) -> Image {
    let ([_, height, width, _], count) = (y.dims(), y.len() / VECTOR);
    let launch = Launch {
        kernel: Kernel { shader: Shader::Resample, constants: vec![way] },
        buffers: &[x.buffer(), y.buffer()],
        shape: &[height, width, y.vectors(), count].map(word),
    };
    x.gpu().launch(&launch, count);
    y
}

/// The channels of a source and those behind them as one image, as they are.
pub fn concatenated<N>(source: Source<'_, Image, N>) -> Image {
    source.skip.map_or_else(|| source.x.clone(), |skip| beside(source.x, skip))
}

/// The channels of `x`, and those of `skip` behind them.
pub fn beside(x: &Image, skip: &Image) -> Image {
    let ([batch, height, width, channels], [.., skips]) = (x.dims(), skip.dims());
    let y = Image::empty(x.gpu(), [batch, height, width, channels + skips]);
    let launch = Launch {
        kernel: Kernel { shader: Shader::Concatenate, constants: Vec::new() },
        buffers: &[x.buffer(), skip.buffer(), y.buffer()],
        shape: &[channels, skips, x.stride(), skip.stride(), y.stride(), y.len()].map(word),
    };
    x.gpu().launch(&launch, y.len());
    y
}
