//! Convolutions of any shape, without a table of patches.
//!
//! With all channels of a pixel together, one row of a patch is one run of numbers. So a convolution is a product of
//! matrices whose left rows are runs in the image amid zeros, at `side` places each, and overlap.

use super::super::shape::ConvShape;
use super::conv::Begin;
use super::layout::Frame;
use super::matrix::{Block, COLUMNS, ROWS, Tile, multiply};

/// The weights of a convolution, in the order in which they are read.
#[derive(Debug)]
pub struct Patches {
    shape: ConvShape,
    /// For every [`COLUMNS`] outputs, the last ones filled up with zeros: `side` rows of `side * inputs` weights each.
    weights: Vec<Block>,
}

impl Patches {
    /// Lays out `weights`, in the order `[outputs, inputs, side, side]`.
    pub fn new(shape: ConvShape, weights: &[f32]) -> Self {
        let ConvShape { inputs, outputs, side, .. } = shape;
        let in_block = side * side * inputs;
        let mut packed = vec![[0.0; COLUMNS]; outputs.div_ceil(COLUMNS) * in_block];
        for (output, weights) in weights.chunks_exact(in_block).enumerate() {
            let (block, lane) = (output / COLUMNS, output % COLUMNS);
            for (input, weights) in weights.chunks_exact(side * side).enumerate() {
                for (tap, weight) in weights.iter().enumerate() {
                    packed[block * in_block + tap * inputs + input][lane] = *weight;
                }
            }
        }
        Self { shape, weights: packed }
    }

    /// Where an image lies that is read.
    pub fn frame(&self, size: [usize; 2]) -> Frame {
        let (before, after) = self.shape.padding;
        Frame { size, before, whole: size.map(|side| before + side + after) }
    }

    /// The convolution of one image, laid out in `frame`.
    pub fn write(&self, y: &mut [f32], image: &[f32], frame: Frame, begin: Begin<'_>) {
        let outputs = self.shape.outputs;
        let [_, columns] = frame.size.map(|side| self.shape.output(side));
        let pixels = y.len() / outputs;
        let row = self.shape.side * self.shape.inputs;
        let blocks = self.weights.chunks_exact(self.shape.side * row).zip(begin.channels);
        for (block, (weights, start)) in blocks.enumerate() {
            let lanes = COLUMNS.min(outputs - block * COLUMNS);
            for first in (0..pixels).step_by(ROWS) {
                // Of fewer pixels than rows, the last is repeated.
                let patch = |r: usize| self.patch((first + r).min(pixels - 1), columns, frame);
                let sums = self.tile(weights, image, [patch(0), patch(1), patch(2), patch(3)], frame, *start);
                for (pixel, sums) in (first..pixels).zip(sums) {
                    let at = pixel * outputs + block * COLUMNS;
                    put(y, at, &sums[..lanes], begin.image);
                }
            }
        }
    }

    /// Where the patch of an output pixel begins.
    fn patch(&self, pixel: usize, columns: usize, frame: Frame) -> usize {
        let (row, column) = (pixel / columns, pixel % columns);
        (row * frame.whole[1] + column) * self.shape.stride * self.shape.inputs
    }

    #[inline(always)]
    fn tile(&self, weights: &[Block], image: &[f32], patches: [usize; ROWS], frame: Frame, start: Block) -> Tile {
        let run = self.shape.side * self.shape.inputs;
        let mut sums = [start; ROWS];
        for (row, weights) in weights.chunks_exact(run).enumerate() {
            let image = &image[row * frame.whole[1] * self.shape.inputs..];
            let patch = |r: usize| &image[patches[r]..patches[r] + run];
            sums = multiply(sums, [patch(0), patch(1), patch(2), patch(3)], weights);
        }
        sums
    }
}

/// Writes sums, and adds what stands there in the image that is added.
#[inline(always)]
pub fn put(y: &mut [f32], at: usize, sums: &[f32], image: Option<&[f32]>) {
    let y = &mut y[at..at + sums.len()];
    match image {
        None => y.copy_from_slice(sums),
        Some(image) => {
            let image = &image[at..at + sums.len()];
            y.iter_mut().zip(sums).zip(image).for_each(|((y, sum), image)| *y = sum + image);
        }
    }
}
