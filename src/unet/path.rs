//! What goes from level to level of the network.

use crate::kernels::Image;

/// The outputs that levels hand on.
#[derive(Debug)]
pub struct Path {
    /// The last layer's output.
    pub h: Image,
    /// Outputs of the encoder that the decoder has not taken yet.
    pub skips: Vec<Image>,
    /// The picture that skip blocks hand on: the network's input in the encoder, a part of its output in the decoder.
    pub picture: Option<Image>,
}
