//! Self-attention over the pixels of a level.

use super::config::UNetConfig;
use super::conv::Conv;
use super::norm::Norm;
use super::weights::Weights;
use crate::error::Error;
use crate::kernels::{Added, AttentionShape, Image, Source, attention};

/// Every pixel takes in a mean of all pixels' values, weighted by how well their keys fit its query; the input is
/// added.
#[derive(Debug)]
pub struct Attention {
    group_norm: Option<Norm>,
    to_qkv: Conv,
    to_out: Conv,
    shape: AttentionShape,
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
        let part = |part: &str| format!("{name}.{part}");
        let group_norm =
            groups.map(|groups| Norm::load(weights, &part("group_norm"), [channels, groups], config.norm_eps, None));
        Ok(Self {
            group_norm: group_norm.transpose()?,
            to_qkv: Conv::load_side_by_side(weights, &["to_q", "to_k", "to_v"].map(part), channels, inner)?,
            to_out: Conv::load_pointwise(weights, &part("to_out.0"), inner, channels)?,
            shape: AttentionShape { heads: inner / head_dim, head_dim },
            scale_factor,
        })
    }

    /// Applies the layer.
    ///
    /// # Shapes
    /// - x: `[batch, height, width, channels]`
    /// - output: as x
    pub fn forward(&self, x: &Image) -> Image {
        let qkv = match &self.group_norm {
            Some(norm) => self.to_qkv.forward_normed(Source::from(x), norm, Added::Nothing),
            None => self.to_qkv.forward(Source::from(x)),
        };
        let mixed = attention(qkv, self.shape);
        let y = self.to_out.forward_plus(Source::from(&mixed), Added::Image(x));
        if self.scale_factor == 1.0 { y } else { y.map(|y| y.div_scalar(self.scale_factor)) }
    }
}
