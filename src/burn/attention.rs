//! Self-attention over the pixels of a level.

use burn::module::Module;
use burn::nn::{GroupNorm, Linear, LinearConfig};
use burn::tensor::{Device, Tensor, activation};

use super::device::MOST_ELEMENTS_AT_ONCE;
use super::norm;
use crate::checkpoint::config::UNetConfig;

/// Every pixel takes in a mean of all pixels' values, weighted by how well their keys fit its query; the input is
/// added.
#[derive(Module, Debug)]
pub struct Attention {
    group_norm: Option<GroupNorm>,
    to_q: Linear,
    to_k: Linear,
    to_v: Linear,
    to_out: Vec<Linear>,
    head_dim: usize,
    scale_factor: f64,
}

impl Attention {
    /// The layer over `channels`, normalised in `groups` if there are any. Its output is divided by `scale_factor`.
    pub fn init(
        config: &UNetConfig,
        channels: usize,
        groups: Option<usize>,
        scale_factor: f64,
        device: &Device,
    ) -> Self {
        let inner = config.attention_inner(channels);
        let linear = |inputs, outputs| LinearConfig::new(inputs, outputs).init(device);
        Self {
            group_norm: groups.map(|groups| norm::init(channels, groups, config.norm_eps, device)),
            to_q: linear(channels, inner),
            to_k: linear(channels, inner),
            to_v: linear(channels, inner),
            to_out: vec![linear(inner, channels)],
            head_dim: config.attention_head_dim.unwrap_or(channels),
            scale_factor,
        }
    }

    /// Applies the layer.
    ///
    /// # Shapes
    /// - x: `[batch, channels, height, width]`
    /// - output: as x
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let dims @ [batch, channels, height, width] = x.dims();
        let normed = match &self.group_norm {
            Some(group_norm) => norm::forward(group_norm, x.clone()),
            None => x.clone(),
        };
        let pixels = normed.reshape([batch, channels, height * width]).swap_dims(1, 2);
        let heads = |layer: &Linear| {
            let rows = layer.forward(pixels.clone());
            let heads = rows.dims()[2] / self.head_dim;
            rows.reshape([batch, height * width, heads, self.head_dim]).swap_dims(1, 2)
        };
        let mixed = attention(heads(&self.to_q), heads(&self.to_k), heads(&self.to_v)).swap_dims(1, 2).flatten(2, 3);
        let mixed: Tensor<3> = self.to_out.iter().fold(mixed, |rows, layer| layer.forward(rows));
        let y = mixed.swap_dims(1, 2).reshape(dims) + x;
        if self.scale_factor == 1.0 { y } else { y.div_scalar(self.scale_factor) }
    }
}

/// softmax(queries keys^T / sqrt(`head_dim`)) values (Vaswani et al. 2017, eq. 1), for as many queries at once as keeps the weights
/// within bounds.
///
/// # Shapes
/// - each: `[batch, heads, pixels, head_dim]`
/// - output: as each
fn attention(queries: Tensor<4>, keys: Tensor<4>, values: Tensor<4>) -> Tensor<4> {
    let [batch, heads, pixels, head_dim] = queries.dims();
    let (queries, keys) = (queries.mul_scalar((head_dim as f64).powf(-0.5)), keys.swap_dims(2, 3));
    let of = |queries: Tensor<4>| activation::softmax(queries.matmul(keys.clone()), 3).matmul(values.clone());
    let row = (batch * heads * pixels) as u64;
    let at_once = usize::try_from(MOST_ELEMENTS_AT_ONCE / row).unwrap_or(usize::MAX).clamp(1, pixels);
    if at_once == pixels {
        return of(queries);
    }
    let parts = queries.split(at_once, 2).into_iter().map(of).collect();
    Tensor::cat(parts, 2)
}
