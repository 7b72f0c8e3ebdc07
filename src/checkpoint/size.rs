//! How much memory a network takes, known from its configuration before any is taken.

use super::config::UNetConfig;
use super::forms::{self, Forms};
use super::layout;
use crate::checkpoint::memory::{self, MOST_BYTES};
use crate::error::Error;
use crate::math::form::Form;

/// Bytes of a number.
const F32: u64 = size_of::<f32>() as u64;
/// What a layer holds at once, in inputs of the largest one: its input, the same laid out amid zeros, and outputs.
const AT_ONCE: u64 = 4;

impl UNetConfig {
    /// Checks that the network fits into a module's memory, and that there is as much memory now; how much that is.
    ///
    /// # Errors
    /// `too-large` with the figure, for what never fits; `out-of-memory`.
    pub fn check_size(&self, on_cpu: bool) -> Result<u64, Error> {
        let (weights, activations) = (self.weights_bytes(on_cpu), self.activation_bytes());
        let passing = self.passing_bytes();
        let bytes = passing.saturating_add(weights).saturating_add(activations);
        if bytes > MOST_BYTES {
            return Err(Error::TooLarge { bytes, weights, activations, most: MOST_BYTES });
        }
        // A GPU has its own memory, and the weights pass through this one.
        let here = if on_cpu { bytes } else { passing };
        memory::ensure("the network", here)?;
        Ok(here)
    }

    /// A tensor on its way, beside what is made of it.
    fn passing_bytes(&self) -> u64 {
        layout::slots(self).iter().map(|(_, shape)| forms::bytes_of(shape)).max().unwrap_or_default()
    }

    /// The memory that a network on the CPU takes once it is loaded: its weights as they are held, and one image on its way.
    pub fn bytes_on_cpu(&self) -> u64 {
        self.weights_bytes(true).saturating_add(self.activation_bytes())
    }

    fn weights_bytes(&self, on_cpu: bool) -> u64 {
        let slots = layout::slots(self);
        let forms = on_cpu.then(|| Forms::new(self, &slots));
        let bytes = |(slot, shape): &layout::Slot| {
            let form =
                forms.as_ref().zip(slot.strip_suffix(".weight")).map_or(Form::Plain, |(forms, name)| forms.of(name));
            forms::bytes_in(form, shape)
        };
        slots.iter().fold(0, |sum: u64, slot| sum.saturating_add(bytes(slot)))
    }

    /// Of one image: what the encoder keeps for the decoder, and what a layer holds.
    pub fn activation_bytes(&self) -> u64 {
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
