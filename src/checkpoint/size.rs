//! How much memory a network takes, known from its configuration before any is taken.

use super::config::UNetConfig;
use super::layout;
use crate::checkpoint::memory::{self, MOST_BYTES};
use crate::error::Error;

/// Bytes of a number.
const F32: u64 = size_of::<f32>() as u64;
/// On the CPU a 3x3 convolution stands in a changed basis: 36 numbers for 9.
const WINOGRAD: u64 = 4;
/// What a layer holds at once, in inputs of the largest one: its input, the same laid out amid zeros, and outputs.
const AT_ONCE: u64 = 4;

impl UNetConfig {
    /// Checks that the network and a weights file of so many bytes fit into a module's memory, and that there is as much of it now.
    ///
    /// # Errors
    /// `too-large` with the figure, for what never fits; `out-of-memory`.
    pub fn check_size(&self, file: u64, on_cpu: bool) -> Result<(), Error> {
        let (weights, activations) = (self.weights_bytes(on_cpu), self.activation_bytes());
        let bytes = file.saturating_add(weights).saturating_add(activations);
        if bytes > MOST_BYTES {
            return Err(Error::TooLarge { bytes, weights, activations, most: MOST_BYTES });
        }
        // A GPU has its own memory, and the weights pass through this one.
        memory::ensure("the network", if on_cpu { bytes } else { file })
    }

    fn weights_bytes(&self, on_cpu: bool) -> u64 {
        let bytes = |shape: &[usize]| {
            let copies = if on_cpu && matches!(shape, [_, _, 3, 3]) { WINOGRAD } else { 1 };
            shape.iter().fold(F32 * copies, |product, size| product.saturating_mul(*size as u64))
        };
        layout::slots(self).iter().fold(0, |sum: u64, (_, shape)| sum.saturating_add(bytes(shape)))
    }

    /// Of one image: what the encoder keeps for the decoder, and what a layer holds.
    fn activation_bytes(&self) -> u64 {
        let last = self.channels.len() - 1;
        let image = |level: usize, channels: usize| channels as u64 * self.pixels(level);
        let kept = |level: usize| {
            let halved = if level < last { image(level + 1, self.channels[level]) } else { 0 };
            self.layers_per_block as u64 * image(level, self.channels[level]) + halved
        };
        let skips = image(0, self.channels[0]) + (0..=last).map(kept).sum::<u64>();
        F32 * (skips + AT_ONCE * self.largest_input())
    }
}
