//! The levels of a U-Net.

/// Channels of the picture that skip blocks hand on beside the image, whatever the image's are.
pub const SKIP_CHANNELS: usize = 3;

/// What a level is made of, and how it changes the resolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LevelKind {
    /// Residual blocks, and a convolution: of stride 2 downwards, after doubling the pixels upwards.
    Conv,
    /// Residual blocks, of which the last halves or doubles inside.
    Resnet,
    /// NCSN++: the same with a filter, and beside it a picture that each level adds to. Outputs are divided by the root of 2.
    Skip,
    /// K-diffusion: residual blocks whose normalisations have no weights but those of the time, and a filter.
    K,
}

/// One level of the encoder or of the decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level {
    /// Whether self-attention follows every residual block; the last one in a decoder's level of skip blocks.
    pub attention: bool,
    /// What the level is made of. The last level changes no resolution, whatever its kind.
    pub kind: LevelKind,
}

impl Level {
    /// What divides the outputs of its layers.
    pub fn scale_factor(self) -> f64 {
        if self.kind == LevelKind::Skip { std::f64::consts::SQRT_2 } else { 1.0 }
    }
}
