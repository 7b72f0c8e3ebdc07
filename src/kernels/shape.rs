//! The shapes of the operations.

use crate::math::activation::Activation;

/// The shape of a convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConvShape {
    /// Channels of the input.
    pub inputs: usize,
    /// Channels of the output.
    pub outputs: usize,
    /// Height and width of the kernel.
    pub side: usize,
    /// Pixels from one output to the next.
    pub stride: usize,
    /// Pixels of zeros before the first row and column, and after the last.
    pub padding: (usize, usize),
}

/// The shape of a group normalisation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GroupNormShape {
    /// Channels, a multiple of the groups.
    pub channels: usize,
    /// Groups of neighbouring channels.
    pub groups: usize,
    /// Added to the variance.
    pub eps: f64,
    /// The activation that follows, if one does.
    pub activation: Option<Activation>,
}

/// The shape of an attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttentionShape {
    /// Heads, each with its own queries, keys and values.
    pub heads: usize,
    /// Channels of each of them in a head.
    pub head_dim: usize,
}

impl ConvShape {
    /// A kernel of one pixel: a matrix applied to every pixel.
    pub const fn pointwise(inputs: usize, outputs: usize) -> Self {
        Self { inputs, outputs, side: 1, stride: 1, padding: (0, 0) }
    }

    /// Number of weights.
    pub const fn num_weights(&self) -> usize {
        self.outputs * self.side * self.side * self.inputs
    }

    /// Pixels of the output along a side with `input` pixels.
    pub const fn output(&self, input: usize) -> usize {
        (input + self.padding.0 + self.padding.1 - self.side) / self.stride + 1
    }
}

impl AttentionShape {
    /// Channels of all heads.
    pub const fn inner(&self) -> usize {
        self.heads * self.head_dim
    }

    /// What queries are multiplied by: 1 over the root of `head_dim`.
    pub fn scale(&self) -> f64 {
        1.0 / libm::sqrt(self.head_dim as f64)
    }
}
