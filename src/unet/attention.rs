//! Self-attention over the pixels of a level.

use super::conv::Conv;
use super::loader::Loader;
use super::norm;
use crate::checkpoint::config::UNetConfig;
use crate::error::Error;
use crate::kernels::{Added, AttentionShape, GroupNorm, Image, Source, attention};

/// Every pixel takes in a mean of all pixels' values, weighted by how well their keys fit its query; the input is
/// added.
#[derive(Debug)]
pub struct Attention {
    group_norm: Option<GroupNorm>,
    to_qkv: Conv,
    to_out: Conv,
    shape: AttentionShape,
}

impl Attention {
    /// The layer `name` over `channels`, normalised in `groups` if there are any. Its output is divided by
    /// `scale_factor`.
    pub fn load(
        weights: &mut Loader,
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
            groups.map(|groups| norm::load(weights, &part("group_norm"), [channels, groups], config.norm_eps, None));
        Ok(Self {
            group_norm: group_norm.transpose()?,
            to_qkv: Conv::load_side_by_side(weights, &["to_q", "to_k", "to_v"].map(part), channels, inner)?,
            to_out: Conv::load_pointwise(weights, &part("to_out.0"), inner, channels)?.divided_by(scale_factor),
            shape: AttentionShape { heads: inner / head_dim, head_dim },
        })
    }

    /// Applies the layer.
    ///
    /// # Shapes
    /// - x: `[batch, height, width, channels]`
    /// - output: as x
    pub fn forward(&self, x: &Image) -> Image {
        let source = Source { norm: self.group_norm.as_ref(), ..Source::from(x) };
        let mixed = attention(&self.to_qkv.forward(source), self.shape);
        self.to_out.forward_plus(Source::from(&mixed), Added::Image(x))
    }
}
