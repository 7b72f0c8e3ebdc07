//! The memory that a step of a training takes, known before any is taken.
//!
//! For the gradients burn keeps what each operation of the forward pass has read, until the backward pass has used it. The factors are
//! those of burn-flex, a little more than what was measured: `tests/step_memory.rs` holds them to it.

use super::data::Data;
use super::learner::Design;
use super::mlp::Size;
use crate::checkpoint::UNetConfig;
use crate::checkpoint::config::Activation;
use crate::checkpoint::forms::{bytes_of, level_of};
use crate::checkpoint::layout;
use crate::checkpoint::memory::{self, MOST_BYTES};
use crate::error::Error;
use crate::error::shown::in_bytes;

/// Bytes of a number.
const F32: u64 = size_of::<f32>() as u64;

/// Numbers for each parameter: it and its average, their networks, its gradient, two moments, and what AdamW makes of them on its way.
const OF_PARAMETER: u64 = 10;

/// Numbers for each number of an example: the data, the noise, what is made of them, and the same as tensors.
const OF_EXAMPLE: u64 = 16;

/// Numbers for each input of a convolution of 3x3: the normalisation before it keeps three, the convolution one. Those that the
/// activation keeps come in addition.
const OF_INPUT: u64 = 4;

/// Numbers for each number of the largest input and output: a gradient and the same laid out otherwise.
const OF_LARGEST: u64 = 2;

/// Numbers for each weight of an attention's mean: the product, its softmax, and the gradients of both.
const OF_WEIGHT: u64 = 4;

/// The same without gradients.
const OF_WEIGHT_ALONE: u64 = 2;

/// What a step takes, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needed {
    fixed: u64,
    per_example: u64,
    per_prediction: u64,
    on_cpu: bool,
}

impl Needed {
    /// By a network, for examples of so many numbers.
    pub fn of(design: &Design, example_len: usize, on_cpu: bool) -> Self {
        let parameters = design.slots().iter().fold(0, |sum: u64, (_, shape)| sum.saturating_add(bytes_of(shape)));
        let (kept, passing) = match design {
            Design::Points(size) => of_points(size),
            Design::Images(config) => of_image(config),
        };
        let bytes = |of: u64| F32.saturating_mul(of.saturating_add(OF_EXAMPLE * example_len as u64));
        Self {
            fixed: OF_PARAMETER.saturating_mul(parameters),
            per_example: bytes(kept),
            per_prediction: bytes(passing),
            on_cpu,
        }
    }

    /// By a step of so many examples.
    pub fn bytes(self, batch: usize) -> u64 {
        self.fixed.saturating_add(self.per_example.saturating_mul(batch as u64))
    }

    /// Checks that there is memory for predictions of so many examples at once.
    ///
    /// # Errors
    /// `out-of-memory`.
    pub fn check_prediction(self, count: usize) -> Result<(), Error> {
        let bytes = self.per_prediction.saturating_mul(count as u64);
        if self.there(bytes) < bytes {
            return Err(Error::OutOfMemory { what: "a prediction of this training", bytes });
        }
        Ok(())
    }

    /// How many of so many bytes there are. A browser does not say how many a GPU has: as many as a module has at most.
    fn there(self, bytes: u64) -> u64 {
        let bytes = bytes.min(MOST_BYTES);
        if self.on_cpu { memory::available(bytes) } else { bytes }
    }

    /// Checks that a step of so many examples fits.
    ///
    /// # Errors
    /// `invalid-batch` with the most that fit; where none fits, `out-of-memory`.
    pub fn check(self, batch: usize) -> Result<(), Error> {
        let needed = self.bytes(batch);
        let there = self.there(needed);
        if needed <= there {
            return Ok(());
        }
        let most = there.saturating_sub(self.fixed) / self.per_example;
        if most > 0 {
            let allowed = format!(
                "at most {most}: a step of {batch} needs {} of memory, and there are {}",
                in_bytes(needed),
                in_bytes(there)
            );
            return Err(Error::invalid("batch", batch, allowed));
        }
        Err(Error::OutOfMemory { what: "a step of this training", bytes: self.bytes(1) })
    }
}

/// Checks that a step of a training fits.
///
/// # Errors
/// Those of [`Needed::check`].
pub fn check(design: &Design, data: &Data, batch: usize, on_cpu: bool) -> Result<(), Error> {
    Needed::of(design, data.example_len(), on_cpu).check(batch)
}

/// Numbers for a point in a step, of every layer its input and what the activation keeps of its output; and in a prediction, which keeps
/// nothing.
fn of_points(size: &Size) -> (u64, u64) {
    let kept = size.layers().map(|[inputs, outputs]| (inputs + 3 * outputs) as u64).sum();
    let passing = size.layers().map(|[inputs, outputs]| OF_LARGEST * (inputs + outputs) as u64).max();
    (kept, passing.unwrap_or_default())
}

/// Numbers for an image in a step, what its layers keep and what one of them has on its way; and in a prediction.
fn of_image(config: &UNetConfig) -> (u64, u64) {
    let last = config.channels.len() - 1;
    let (mut kept, mut largest, mut weights) = (0, 0, 0);
    for (name, shape) in layout::slots(config) {
        let Some(name) = name.strip_suffix(".weight") else { continue };
        let pixels = config.pixels(level_of(name, last));
        match shape[..] {
            [outputs, inputs, 3, 3] => {
                kept += (OF_INPUT + of_activation(config.activation)) * inputs as u64 * pixels;
                largest = largest.max((inputs + outputs) as u64 * pixels);
            }
            [_, inputs, 1, 1] => kept += inputs as u64 * pixels,
            [inner, _] if name.ends_with("to_q") => {
                let of_heads = (inner / config.attention_head_dim.unwrap_or(inner)) as u64 * pixels * pixels;
                kept += OF_WEIGHT * of_heads;
                weights = weights.max(of_heads);
            }
            _ => {}
        }
    }
    (kept + OF_LARGEST * largest, config.activation_bytes() / F32 + OF_WEIGHT_ALONE * weights)
}

/// Numbers that an activation keeps for each of its input, beside that and what follows from it.
fn of_activation(activation: Activation) -> u64 {
    match activation {
        Activation::Gelu | Activation::Relu => 0,
        Activation::Silu => 1,
        Activation::Mish => 4,
    }
}
