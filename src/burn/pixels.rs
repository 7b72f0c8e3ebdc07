//! What several layers do to pixels: a convolution of 3x3 of them, doubling and halving.

use burn::nn::PaddingConfig2d;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::tensor::{Device, Tensor};

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
