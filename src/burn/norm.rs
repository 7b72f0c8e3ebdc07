//! Group normalisation, and activations.

use burn::nn::{GroupNorm, GroupNormConfig};
use burn::tensor::{Device, Tensor, activation};

use crate::checkpoint::config::Activation;

/// The normalisation of `channels`, a multiple of `groups`.
pub fn init(channels: usize, groups: usize, eps: f64, device: &Device) -> GroupNorm {
    GroupNormConfig::new(groups, channels).with_epsilon(eps).init(device)
}

/// [`GroupNorm::forward`].
///
/// # Shapes
/// - x: `[batch, channels, height, width]`
/// - output: as x
pub fn forward(norm: &GroupNorm, x: Tensor<4>) -> Tensor<4> {
    let channels = x.dims()[1];
    let y = normalised(x, norm.num_groups, norm.epsilon);
    let per_channel = |param: &Option<burn::module::Param<Tensor<1>>>| {
        param.as_ref().map(|param| param.val().reshape([1, channels, 1, 1]))
    };
    match (per_channel(&norm.gamma), per_channel(&norm.beta)) {
        (Some(gamma), Some(beta)) => y * gamma + beta,
        _ => y,
    }
}

/// The same before the scale and the shift, with every mean taken in two stages: on a GPU one thread computes one mean, so that the first stage
/// keeps as many of them busy as there are rows of pixels, where burn's own keeps as many as there are groups.
///
/// # Shapes
/// - x: `[batch, channels, height, width]`
/// - output: as x
pub fn normalised(x: Tensor<4>, groups: usize, eps: f64) -> Tensor<4> {
    let dims @ [batch, channels, height, width] = x.dims();
    let by_group = [batch, groups, channels / groups * height, width];
    let x = x.reshape(by_group);
    let x = x.clone() - group_mean(x);
    let variance = group_mean(x.clone().square());
    (x / variance.add_scalar(eps).sqrt()).reshape(dims)
}

/// `[batch, groups, 1, 1]`.
fn group_mean(x: Tensor<4>) -> Tensor<4> {
    x.mean_dim(3).mean_dim(2)
}

/// Applies the activation to every element.
pub fn apply<const D: usize>(activation: Activation, x: Tensor<D>) -> Tensor<D> {
    match activation {
        Activation::Silu => activation::silu(x),
        Activation::Mish => activation::mish(x),
        Activation::Gelu => activation::gelu(x),
        Activation::Relu => activation::relu(x),
    }
}
