//! Halving and doubling by a filter on the device.

use super::context::Launch;
use super::image::Image;
use super::kernel::{Kernel, Shader};
use super::words::{VECTOR, word};
use crate::math::filter::Edge;

/// Half as high and wide, by the filter [1, 3, 3, 1] / 8 along both sides, which are even.
pub fn halved_filtered(x: &Image, edge: Edge) -> Image {
    let [batch, height, width, channels] = x.dims();
    filtered(x, Image::empty(x.gpu(), [batch, height / 2, width / 2, channels]), 0, edge)
}

/// Twice as high and wide, by the filter [1, 3, 3, 1] / 4 along both sides of the image with zeros between its pixels.
pub fn doubled_filtered(x: &Image, edge: Edge) -> Image {
    let [batch, height, width, channels] = x.dims();
    filtered(x, Image::empty(x.gpu(), [batch, 2 * height, 2 * width, channels]), 1, edge)
}

fn filtered(x: &Image, y: Image, way: u32, edge: Edge) -> Image {
    let ([_, height, width, _], [_, rows, columns, _], count) = (x.dims(), y.dims(), y.len() / VECTOR);
    let launch = Launch {
        kernel: Kernel { shader: Shader::Filter, constants: vec![way, u32::from(edge == Edge::Mirror)] },
        buffers: &[x.buffer(), y.buffer()],
        shape: &[height, width, rows, columns, y.vectors(), count].map(word),
    };
    x.gpu().launch(&launch, count);
    y
}
