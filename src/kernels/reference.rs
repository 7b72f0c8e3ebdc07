//! Plain burn operations that several operations share.

use burn::tensor::{Device, Tensor, TensorData};

/// Numbers as a tensor of burn's back end for the CPU, on which the reference runs.
pub fn tensor<const D: usize>(numbers: Vec<f32>, shape: [usize; D]) -> Tensor<D> {
    Tensor::from_data(TensorData::new(numbers, shape), &Device::flex())
}

/// Every pixel becomes a block of 2x2.
pub fn doubled(x: Tensor<4>) -> Tensor<4> {
    let [batch, height, width, channels] = x.dims();
    let x = x.reshape([batch * height, 1, width, channels]);
    let x = Tensor::cat(vec![x.clone(), x], 3).reshape([batch * height, 1, 2 * width, channels]);
    Tensor::cat(vec![x.clone(), x], 1).reshape([batch, 2 * height, 2 * width, channels])
}

/// Every 2x2 block becomes its mean.
pub fn halved(x: Tensor<4>) -> Tensor<4> {
    let [batch, height, width, channels] = x.dims();
    let by_row = x.reshape([batch * height / 2, 2, width / 2, 2 * channels]).sum_dim(1);
    let sums = by_row.reshape([batch * height / 2, width / 2, 2, channels]).sum_dim(2);
    sums.div_scalar(4.0).reshape([batch, height / 2, width / 2, channels])
}
