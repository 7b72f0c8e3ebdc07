//! Where a run's noise comes from: a pure function of the seed, or PyTorch's stream.

use serde_json::Value;

use super::blend::{BlendedNoise, Position, draw_each};
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
    /// PyTorch's CPU generator (a CUDA one draws other numbers): one stream over x_T and all steps of the batch, as diffusers
    /// draws it. As in PyTorch, seeds count modulo 2^32.
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

/// Where a run's images stand in the whole batch that its seed makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct First {
    /// Index of the run's first image, from 0.
    pub image: usize,
    /// Images of the whole batch, where they are told. PyTorch's stream depends on it, Philox does not.
    pub of: Option<usize>,
}

/// The noise of one run.
#[derive(Debug, Clone)]
pub enum NoiseSource {
    /// Stateless.
    Philox {
        /// The run's seed.
        seed: u64,
        /// The run's first image, counted in the batch that the seed makes.
        first: u32,
        /// Steps whose noise, beside x_T, all images have in common: that of image 0. `None`: not even x_T.
        /// Ho et al. 2020, section 4.3: images that share their latents up to a step share what was decided until then.
        branch: Option<usize>,
    },
    /// A stream that goes on from draw to draw.
    Torch {
        /// The stream.
        generator: TorchGenerator,
        /// The run's first image, and the images of the whole batch, over which the stream runs. `None`: the run has all of them.
        part: Option<(usize, usize)>,
    },
    /// One source per image, each drawn as for a batch of one.
    Each(Vec<NoiseSource>),
    /// Between several seeds.
    Blended(BlendedNoise),
}

impl NoiseSource {
    /// The noise that a seed stands for.
    pub fn new(rng: Rng, seed: u64) -> Self {
        Self::part(rng, seed, None)
    }

    /// The noise of a seed from an image of its batch on. PyTorch's stream needs to know the count of the whole batch; without it,
    /// the batch ends with the run's images.
    pub fn part(rng: Rng, seed: u64, first: Option<First>) -> Self {
        match rng {
            Rng::Philox => Self::Philox { seed, first: index_of(first), branch: None },
            Rng::Torch => Self::Torch {
                generator: TorchGenerator::new(seed),
                part: first.and_then(|First { image, of }| Some((image, of?))),
            },
        }
    }

    /// Images that share x_T and the noise of the first `branch` steps. Philox's alone.
    pub fn branched(seed: u64, first: Option<First>, branch: usize) -> Self {
        Self::Philox { seed, first: index_of(first), branch: Some(branch) }
    }

    /// One seed per image: the noise of each image is that of a batch of one.
    pub fn each(rng: Rng, seeds: &[u64]) -> Self {
        Self::Each(seeds.iter().map(|seed| Self::new(rng, *seed)).collect())
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
            Self::Philox { .. } => {}
            Self::Torch { .. } => drop(self.draw(shape, step_index + 1)),
            Self::Each(sources) => drop(draw_each(sources, shape, step_index + 1)),
            Self::Blended(blended) => drop(blended.draw_corners(shape, step_index + 1)),
        }
    }

    /// `step` 0 is x_T, k the noise of the k-th step, counted from 1.
    pub(super) fn draw(&mut self, shape: Shape, step: usize) -> Vec<f32> {
        match self {
            Self::Philox { seed, branch: Some(branch), .. } if step <= *branch => {
                philox_noise(*seed, 0, Shape { batch: 1, ..shape }, step).repeat(shape.batch)
            }
            Self::Philox { seed, first, .. } => philox_noise(*seed, *first, shape, step),
            Self::Torch { generator, part } => {
                let (first, whole) = part.unwrap_or((0, shape.batch));
                let mut noise = vec![0.0; whole * shape.image_len()];
                generator.fill_normal(&mut noise);
                noise.truncate((first + shape.batch) * shape.image_len());
                noise.split_off(first * shape.image_len())
            }
            Self::Each(sources) => draw_each(sources, shape, step).concat(),
            Self::Blended(blended) => blended.draw(shape, step),
        }
    }
}

/// Images are bounded far below 2^32 where options are read.
fn index_of(first: Option<First>) -> u32 {
    first.map_or(0, |first| first.image as u32)
}

fn philox_noise(seed: u64, first: u32, shape: Shape, step: usize) -> Vec<f32> {
    let mut noise = vec![0.0; shape.len()];
    // Steps and images are bounded far below 2^32 where options are read.
    for (sample, image) in (first..).zip(noise.chunks_exact_mut(shape.image_len())) {
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
