//! Self-attention over the pixels of a level.

use burn::tensor::{Tensor, activation};

use super::config::UNetConfig;
use super::conv::Conv1x1;
use super::norm::GroupNorm;
use super::weights::Weights;

/// Every pixel takes in a mean of all pixels' values, weighted by how well their keys fit its query; the input is added.
///
/// Channels come before pixels throughout, so that no transposed copy is made.
#[derive(Debug)]
pub struct Attention {
    group_norm: Option<GroupNorm>,
    to_q: Conv1x1,
    to_k: Conv1x1,
    to_v: Conv1x1,
    to_out: Conv1x1,
    heads: usize,
    head_dim: usize,
    scale_factor: f64,
}

impl Attention {
    /// The layer `name` over `channels`, normalised in `groups` if there are any. Its output is divided by `scale_factor`.
    pub fn load(
        weights: &mut Weights,
        name: &str,
        config: &UNetConfig,
        channels: usize,
        groups: Option<usize>,
        scale_factor: f64,
    ) -> Self {
        let head_dim = config.attention_head_dim.unwrap_or(channels);
        let heads = channels / head_dim;
        let inner = heads * head_dim;
        let norm = format!("{name}.group_norm");
        let mut matrix =
            |part: &str, inputs, outputs| Conv1x1::load_matrix(weights, &format!("{name}.{part}"), inputs, outputs);
        Self {
            to_q: matrix("to_q", channels, inner),
            to_k: matrix("to_k", channels, inner),
            to_v: matrix("to_v", channels, inner),
            to_out: matrix("to_out.0", inner, channels),
            group_norm: groups.map(|groups| GroupNorm::load(weights, &norm, channels, groups, config.norm_eps)),
            heads,
            head_dim,
            scale_factor,
        }
    }

    /// Applies the layer.
    ///
    /// # Shapes
    /// - x: `[batch, channels, height, width]`
    /// - output: as x
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let shape @ [batch, channels, height, width] = x.dims();
        let pixels = height * width;
        let h = match &self.group_norm {
            Some(norm) => norm.forward(x.clone()),
            None => x.clone(),
        };
        let h = h.reshape([batch, channels, pixels]);

        let by_head = |conv: &Conv1x1| conv.forward(h.clone()).reshape([batch, self.heads, self.head_dim, pixels]);
        let q = by_head(&self.to_q).mul_scalar((self.head_dim as f64).powf(-0.5));
        let (k, v) = (by_head(&self.to_k), by_head(&self.to_v));
        // [queries, keys], then softmax over the keys.
        let fit = activation::softmax(q.swap_dims(2, 3).matmul(k), 3);
        let mixed = v.matmul(fit.swap_dims(2, 3)).reshape([batch, self.heads * self.head_dim, pixels]);

        let y = self.to_out.forward(mixed).reshape(shape) + x;
        if self.scale_factor == 1.0 { y } else { y.div_scalar(self.scale_factor) }
    }
}
