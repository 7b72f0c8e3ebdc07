//! The noise of a run: of one seed, of one seed per image, or between seeds.

use super::blend::{BlendedNoise, Position};
use super::seeded::{First, Rng, SeededNoise};
use super::shape::Shape;

/// The first of Philox's steps that is none of a run's own, which end at a million.
const JUMPS: usize = 1 << 31;

/// The noise of one run.
#[derive(Debug, Clone)]
pub struct NoiseSource(Seeds);

#[derive(Debug, Clone)]
enum Seeds {
    One(SeededNoise),
    /// One per image, each drawn as for a batch of one.
    Each(Vec<SeededNoise>),
    /// Between several.
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
        Self(Seeds::One(SeededNoise::new(rng, seed, first)))
    }

    /// Images that share x_T and the noise of the first `branch` steps. Philox's alone.
    pub fn branched(seed: u64, first: Option<First>, branch: usize) -> Self {
        Self(Seeds::One(SeededNoise::branched(seed, first, branch)))
    }

    /// One seed per image: the noise of each image is that of a batch of one.
    pub fn each(rng: Rng, seeds: &[u64]) -> Self {
        Self(Seeds::Each(seeds.iter().map(|seed| SeededNoise::new(rng, *seed, None)).collect()))
    }

    /// The noise between two or four seeds, one image a position.
    pub fn between(rng: Rng, seeds: impl IntoIterator<Item = u64>, at: Vec<Position>) -> Self {
        Self(Seeds::Blended(BlendedNoise::new(rng, seeds, at)))
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

    /// The noise of the way back that comes before the step with this index. With PyTorch's stream it comes after the step before.
    pub fn of_jump(&mut self, shape: Shape, step_index: usize) -> Vec<f32> {
        self.draw(shape, JUMPS + step_index)
    }

    /// Leaves out what [`of_step`](Self::of_step) would draw, so that a stream goes on behind it.
    pub fn skip_step(&mut self, shape: Shape, step_index: usize) {
        self.skip(shape, step_index + 1);
    }

    /// Leaves out what [`of_jump`](Self::of_jump) would draw.
    pub fn skip_jump(&mut self, shape: Shape, step_index: usize) {
        self.skip(shape, JUMPS + step_index);
    }

    fn skip(&mut self, shape: Shape, step: usize) {
        let single = Shape { batch: 1, ..shape };
        match &mut self.0 {
            Seeds::One(source) => source.skip(shape, step),
            Seeds::Each(sources) => sources.iter_mut().for_each(|source| source.skip(single, step)),
            Seeds::Blended(blended) => blended.skip(shape, step),
        }
    }

    /// `step` 0 is x_T, k the noise of the k-th step, counted from 1; from [`JUMPS`] on the ways back.
    fn draw(&mut self, shape: Shape, step: usize) -> Vec<f32> {
        let single = Shape { batch: 1, ..shape };
        match &mut self.0 {
            Seeds::One(source) => source.draw(shape, step),
            Seeds::Each(sources) => sources.iter_mut().flat_map(|source| source.draw(single, step)).collect(),
            Seeds::Blended(blended) => blended.draw(shape, step),
        }
    }
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
