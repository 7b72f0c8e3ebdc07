//! What moves pixels about on the device.

use super::super::source::Source;
use super::context::Launch;
use super::image::Image;
use super::kernel::{Kernel, Shader};
use super::words::{VECTOR, word};
use crate::math::filter::Edge;

/// Every block of 2x2 becomes its mean; both sides are even.
pub fn halved(x: &Image) -> Image {
    halved_by(x, None)
}

/// Every pixel becomes a block of 2x2.
pub fn doubled(x: &Image) -> Image {
    doubled_by(x, None)
}

/// Half as high and wide, by the filter [1, 3, 3, 1] / 8 along both sides, which are even.
pub fn halved_filtered(x: &Image, edge: Edge) -> Image {
    halved_by(x, Some(edge))
}

/// Twice as high and wide, by the filter [1, 3, 3, 1] / 4 along both sides of the image with zeros between its pixels.
pub fn doubled_filtered(x: &Image, edge: Edge) -> Image {
    doubled_by(x, Some(edge))
}

fn halved_by(x: &Image, filter: Option<Edge>) -> Image {
    let [batch, height, width, channels] = x.dims();
    resampled(x, Image::empty(x.gpu(), [batch, height / 2, width / 2, channels]), 0, filter)
}

fn doubled_by(x: &Image, filter: Option<Edge>) -> Image {
    let [batch, height, width, channels] = x.dims();
    resampled(x, Image::empty(x.gpu(), [batch, 2 * height, 2 * width, channels]), 1, filter)
}

fn resampled(x: &Image, y: Image, way: u32, filter: Option<Edge>) -> Image {
    let ([_, height, width, _], [_, rows, columns, _], count) = (x.dims(), y.dims(), y.len() / VECTOR);
    let constants = vec![way, u32::from(filter.is_some()), u32::from(filter == Some(Edge::Mirror))];
    let launch = Launch {
        kernel: Kernel { shader: Shader::Resample, constants },
        buffers: &[x.buffer(), y.buffer()],
        shape: &[height, width, rows, columns, y.vectors(), count].map(word),
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
