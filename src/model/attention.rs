//! Self-attention over the pixels of a level.

use burn::tensor::{Tensor, activation};

use super::config::UNetConfig;
use super::conv::Conv;
use super::norm::Norm;
use super::weights::Weights;
use crate::error::Error;

/// Every pixel takes in a mean of all pixels' values, weighted by how well their keys fit its query; the input is
/// added.
#[derive(Debug)]
pub struct Attention {
    group_norm: Option<Norm>,
    to_q: Conv,
    to_k: Conv,
    to_v: Conv,
    to_out: Conv,
    heads: usize,
    head_dim: usize,
    scale_factor: f64,
}

impl Attention {
    /// The layer `name` over `channels`, normalised in `groups` if there are any. Its output is divided by
    /// `scale_factor`.
    pub fn load(
        weights: &mut Weights,
        name: &str,
        config: &UNetConfig,
        channels: usize,
        groups: Option<usize>,
        scale_factor: f64,
    ) -> Result<Self, Error> {
        let inner = config.attention_inner(channels);
        let head_dim = config.attention_head_dim.unwrap_or(channels);
        let group_norm = groups.map(|groups| {
            let name = format!("{name}.group_norm");
            Norm::load(weights, &name, [channels, groups], config.norm_eps, None)
        });
        let group_norm = group_norm.transpose()?;
        let mut matrix =
            |part: &str, inputs, outputs| Conv::load_pointwise(weights, &format!("{name}.{part}"), inputs, outputs);
        Ok(Self {
            group_norm,
            to_q: matrix("to_q", channels, inner)?,
            to_k: matrix("to_k", channels, inner)?,
            to_v: matrix("to_v", channels, inner)?,
            to_out: matrix("to_out.0", inner, channels)?,
            heads: inner / head_dim,
            head_dim,
            scale_factor,
        })
    }

    /// Applies the layer.
    ///
    /// # Shapes
    /// - x: `[batch, height, width, channels]`
    /// - output: as x
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let [batch, height, width, _] = x.dims();
        let h = match &self.group_norm {
            Some(norm) => norm.forward(x.clone()),
            None => x.clone(),
        };

        // [batch, heads, pixels, head_dim]
        let by_head = |conv: &Conv| {
            let h = conv.forward(h.clone());
            h.reshape([batch, height * width, self.heads, self.head_dim]).swap_dims(1, 2)
        };
        let q = by_head(&self.to_q).mul_scalar((self.head_dim as f64).powf(-0.5));
        let (k, v) = (by_head(&self.to_k), by_head(&self.to_v));
        let fit = activation::softmax(q.matmul(k.swap_dims(2, 3)), 3);
        let mixed = fit.matmul(v).swap_dims(1, 2).reshape([batch, height, width, self.heads * self.head_dim]);

        let y = self.to_out.forward_plus_image(mixed, x);
        if self.scale_factor == 1.0 { y } else { y.div_scalar(self.scale_factor) }
    }
}
