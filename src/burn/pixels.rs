//! What several layers do to pixels: a convolution of 3x3 of them, doubling and halving.

use burn::nn::PaddingConfig2d;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::tensor::{Device, Tensor};

use crate::math::filter::Edge;

/// The 3x3 convolution whose output is as large as its input, from the first to the second number of channels.
pub fn conv3x3(channels: [usize; 2], device: &Device) -> Conv2d {
    Conv2dConfig::new(channels, [3, 3]).with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1)).init(device)
}

/// Every pixel becomes a block of 2x2.
pub fn doubled(x: Tensor<4>) -> Tensor<4> {
    let [batch, channels, height, width] = x.dims();
    let blocks: Tensor<6> =
        x.reshape([batch, channels, height, 1, width, 1]).expand([batch, channels, height, 2, width, 2]);
    blocks.reshape([batch, channels, 2 * height, 2 * width])
}

/// Every block of 2x2 becomes its mean; both sides are even.
pub fn halved(x: Tensor<4>) -> Tensor<4> {
    let [batch, channels, height, width] = x.dims();
    let blocks: Tensor<6> = x.reshape([batch, channels, height / 2, 2, width / 2, 2]);
    blocks.mean_dim(5).mean_dim(3).reshape([batch, channels, height / 2, width / 2])
}

/// Half as high and wide, by the filter [1, 3, 3, 1] / 8 along both sides, which are even.
pub fn halved_filtered(x: Tensor<4>, edge: Edge) -> Tensor<4> {
    [2, 3].into_iter().fold(x, |x, dim| {
        let (mut dims, [before, length, after]) = (x.dims(), around(&x, dim));
        let pairs = edged(x, dim, edge).reshape([before, length / 2 + 1, 2, after]);
        let pixel = |which, pair| pairs.clone().narrow(2, which, 1).narrow(1, pair, length / 2);
        let (inner, outer) = (pixel(1, 0) + pixel(0, 1), pixel(0, 0) + pixel(1, 1));
        dims[dim] = length / 2;
        (inner.mul_scalar(0.375) + outer.mul_scalar(0.125)).reshape(dims)
    })
}

/// Twice as high and wide, by the filter [1, 3, 3, 1] / 4 along both sides of the image with zeros between its pixels.
pub fn doubled_filtered(x: Tensor<4>, edge: Edge) -> Tensor<4> {
    [2, 3].into_iter().fold(x, |x, dim| {
        let (mut dims, [before, length, after]) = (x.dims(), around(&x, dim));
        let pixels = edged(x, dim, edge).reshape([before, length + 2, 1, after]);
        let at = |first, weight: f64| pixels.clone().narrow(1, first, length).mul_scalar(weight);
        let near = at(1, 0.75);
        dims[dim] = 2 * length;
        Tensor::cat(vec![near.clone() + at(0, 0.25), near + at(2, 0.25)], 2).reshape(dims)
    })
}

/// Elements before a dimension, along it and behind it.
fn around(x: &Tensor<4>, dim: usize) -> [usize; 3] {
    let dims = x.dims();
    [dims[..dim].iter().product(), dims[dim], dims[dim + 1..].iter().product()]
}

/// With one pixel more at both ends of a dimension.
fn edged(x: Tensor<4>, dim: usize, edge: Edge) -> Tensor<4> {
    let length = x.dims()[dim];
    let [before, behind] = match edge {
        Edge::Zero => [0, 0].map(|place| x.clone().narrow(dim, place, 1).zeros_like()),
        Edge::Mirror => [1, length - 2].map(|place| x.clone().narrow(dim, place, 1)),
    };
    Tensor::cat(vec![before, x, behind], dim)
}
