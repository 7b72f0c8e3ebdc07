//! Where a run's noise comes from: a pure function of the seed, or PyTorch's stream.

use serde_json::Value;

use super::blend::{BlendedNoise, Position};
use super::philox;
use super::shape::Shape;
use super::torch_randn::TorchGenerator;
use super::value;
use crate::error::Error;

/// Which generator turns a seed into noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rng {
    /// Philox4x32-10, the same bits everywhere; image k does not depend on the size of the batch. Default.
    Philox,
    /// PyTorch's CPU generator: one stream over x_T and all steps of the batch, as diffusers draws it.
    Torch,
}

impl Rng {
    /// Reads the option `rng`.
    ///
    /// # Errors
    /// `invalid-rng` for anything but "philox" and "torch".
    pub fn from_json(rng: &Value) -> Result<Self, Error> {
        value::choice("rng", rng, &[("philox", Self::Philox), ("torch", Self::Torch)])
    }
}

/// Reads a seed: an integer from 0 to 2^53 - 1, which every JavaScript number holds exactly.
///
/// # Errors
/// `invalid-seed` for anything else.
pub fn seed_from_json(seed: &Value) -> Result<u64, Error> {
    value::integer("seed", seed, 0..=value::MAX_SAFE_INTEGER)
}

/// The noise of one run.
#[derive(Debug, Clone)]
pub enum NoiseSource {
    /// Stateless.
    Philox {
        /// The run's seed.
        seed: u64,
    },
    /// The same, but all images have x_T and the noise of the first steps in common: those of the first image.
    /// Ho et al. 2020, section 4.3: images that share their latents up to a step share what was decided until then.
    Branched {
        /// The run's seed.
        seed: u64,
        /// Steps in common.
        branch: usize,
    },
    /// A stream that goes on from draw to draw.
    Torch(TorchGenerator),
    /// Between several seeds.
    Blended(BlendedNoise),
}

impl NoiseSource {
    /// The noise that a seed stands for.
    pub fn new(rng: Rng, seed: u64) -> Self {
        match rng {
            Rng::Philox => Self::Philox { seed },
            Rng::Torch => Self::Torch(TorchGenerator::new(seed)),
        }
    }

    /// The noise between two or four seeds, one image a position.
    pub fn between(rng: Rng, seeds: impl IntoIterator<Item = u64>, at: Vec<Position>) -> Self {
        Self::Blended(BlendedNoise::new(rng, seeds, at))
    }

    /// x_T of a run: standard normal, NCHW.
    pub fn initial(&mut self, shape: Shape) -> Vec<f32> {
        self.draw(shape, 0)
    }

    /// The fresh noise of the step with this index, counted from 0. With PyTorch's stream the draws must come in the
    /// order of the steps.
    pub fn of_step(&mut self, shape: Shape, step_index: usize) -> Vec<f32> {
        self.draw(shape, step_index + 1)
    }

    /// Leaves out what [`of_step`](Self::of_step) would draw, so that a stream goes on behind it.
    pub(super) fn skip_step(&mut self, shape: Shape, step_index: usize) {
        match self {
            Self::Philox { .. } | Self::Branched { .. } => {}
            Self::Torch(_) => drop(self.draw(shape, step_index + 1)),
            Self::Blended(blended) => drop(blended.draw_corners(shape, step_index + 1)),
        }
    }

    /// `step` 0 is x_T, k the noise of the k-th step, counted from 1.
    pub(super) fn draw(&mut self, shape: Shape, step: usize) -> Vec<f32> {
        match self {
            Self::Branched { seed, branch } if step <= *branch => {
                let first = philox_noise(*seed, Shape { batch: 1, ..shape }, step);
                first.repeat(shape.batch)
            }
            Self::Philox { seed } | Self::Branched { seed, .. } => philox_noise(*seed, shape, step),
            Self::Torch(generator) => {
                let mut noise = vec![0.0; shape.len()];
                generator.fill_normal(&mut noise);
                noise
            }
            Self::Blended(blended) => blended.draw(shape, step),
        }
    }
}

fn philox_noise(seed: u64, shape: Shape, step: usize) -> Vec<f32> {
    let mut noise = vec![0.0; shape.len()];
    // Steps and images are bounded far below 2^32 where options are read.
    for (sample, image) in (0..).zip(noise.chunks_exact_mut(shape.image_len())) {
        philox::fill_normal(seed, sample, step as u32, image);
    }
    noise
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(batch: usize) -> Shape {
        Shape { batch, channels: 1, height: 5, width: 7 }
    }

    #[test]
    fn an_image_does_not_depend_on_the_size_of_its_batch() {
        let of = |batch| NoiseSource::new(Rng::Philox, 11).of_step(shape(batch), 3);
        assert_eq!(of(4)[..35], of(1)[..]);
        assert_eq!(of(4)[..70], of(2)[..]);
    }

    #[test]
    fn torch_goes_on_where_the_last_draw_ended() {
        let mut source = NoiseSource::new(Rng::Torch, 0);
        let (first, second) = (source.initial(shape(1)), source.of_step(shape(1), 0));
        assert_ne!(first, second);
        assert_eq!(NoiseSource::new(Rng::Torch, 0).of_step(shape(1), 9), first);
    }
}
