//! Noise between the noises of several seeds.
//!
//! Going along the arc keeps the variance of the noise, and so the images look like samples on the whole way: Song et al.
//! 2020 (DDIM), section 5.3 and eq. 67. There only x_T is interpolated, for DDIM adds no noise; here the noise of every step is.

use super::seeded::{Rng, SeededNoise};
use super::shape::Shape;
use crate::math::slerp::slerp;

/// A place between two corners, or among four.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Position {
    /// From the first corner, 0, to the second, 1; and from the third to the fourth.
    pub u: f64,
    /// From between the first two, 0, to between the last two, 1. 0 where there are only two.
    pub v: f64,
}

impl Position {
    /// How much of each corner there is, by straight lines. With two corners the last two have none.
    pub fn weights(self) -> [f64; 4] {
        let Self { u, v } = self;
        [(1.0 - u) * (1.0 - v), u * (1.0 - v), (1.0 - u) * v, u * v]
    }

    /// The noise here, of one image.
    fn between(self, corners: &[Vec<f32>]) -> Vec<f32> {
        match corners {
            [a, b, c, d] => slerp(&slerp(a, b, self.u), &slerp(c, d, self.u), self.v),
            [a, b, ..] => slerp(a, b, self.u),
            _ => corners.concat(),
        }
    }
}

/// One image a position, each between the first images of the corners' seeds.
#[derive(Debug, Clone)]
pub(super) struct BlendedNoise {
    corners: Vec<SeededNoise>,
    at: Vec<Position>,
}

impl BlendedNoise {
    /// The noise between two or four seeds.
    pub fn new(rng: Rng, seeds: impl IntoIterator<Item = u64>, at: Vec<Position>) -> Self {
        Self { corners: seeds.into_iter().map(|seed| SeededNoise::new(rng, seed, None)).collect(), at }
    }

    /// As many images as there are positions; `step` as in [`philox`](super::philox).
    pub fn draw(&mut self, shape: Shape, step: usize) -> Vec<f32> {
        let single = Shape { batch: 1, ..shape };
        let corners: Vec<_> = self.corners.iter_mut().map(|corner| corner.draw(single, step)).collect();
        self.at.iter().flat_map(|position| position.between(&corners)).collect()
    }

    /// Leaves out a draw of every corner.
    pub fn skip(&mut self, shape: Shape, step: usize) {
        let single = Shape { batch: 1, ..shape };
        self.corners.iter_mut().for_each(|corner| corner.skip(single, step));
    }
}
