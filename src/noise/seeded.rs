//! The noise of one seed: Philox, a pure function of it, or PyTorch's stream.

use super::philox;
use super::shape::Shape;
use super::torch_randn::TorchGenerator;

/// Which generator turns a seed into noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rng {
    /// Philox4x32-10, the same bits everywhere; image k does not depend on the size of the batch. Default.
    Philox,
    /// PyTorch's CPU generator (a CUDA one draws other numbers): one stream over x_T and all steps of the batch, as diffusers
    /// draws it. As in PyTorch, seeds count modulo 2^32.
    Torch,
}

/// Where a run's images stand in the whole batch that its seed makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct First {
    /// Index of the run's first image, from 0.
    pub image: usize,
    /// Images of the whole batch, where they are told. PyTorch's stream depends on it, Philox does not.
    pub of: Option<usize>,
}

/// The noise that one seed stands for.
#[derive(Debug, Clone)]
pub(super) enum SeededNoise {
    /// Stateless.
    Philox {
        seed: u64,
        /// The run's first image, counted in the batch that the seed makes.
        first: u32,
        /// Steps whose noise, beside x_T, all images have in common: that of image 0. `None`: not even x_T.
        /// Ho et al. 2020, section 4.3: images that share their latents up to a step share what was decided until then.
        branch: Option<usize>,
    },
    /// A stream that goes on from draw to draw.
    Torch {
        generator: TorchGenerator,
        /// The run's first image, and the images of the whole batch, over which the stream runs. `None`: the run has all of them.
        part: Option<(usize, usize)>,
    },
}

impl SeededNoise {
    /// The noise of a seed from an image of its batch on. PyTorch's stream needs to know the count of the whole batch; without it,
    /// the batch ends with the run's images.
    pub fn new(rng: Rng, seed: u64, first: Option<First>) -> Self {
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

    /// `step` 0 is x_T, k the noise of the k-th step, counted from 1.
    pub fn draw(&mut self, shape: Shape, step: usize) -> Vec<f32> {
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
        }
    }

    /// Leaves out a draw, so that a stream goes on behind it.
    pub fn skip(&mut self, shape: Shape, step: usize) {
        if matches!(self, Self::Torch { .. }) {
            drop(self.draw(shape, step));
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
