//! Convolutions of any shape, without a table of patches.
//!
//! With all channels of a pixel together, one row of a patch is one run of numbers. So a convolution is a product of
//! matrices whose left rows are runs in the image amid zeros, at `side` places each, and overlap.

use std::ops::Range;

use super::super::shape::ConvShape;
use super::aligned::Aligned;
use super::image::Buffer;
use super::layout::Frame;
use super::matrix::{Begin, Block, COLUMNS, Pair, ROWS, Tile, known_or, multiply, multiply_known, pair, put_plus};
use crate::math::half::{f32_from_f16, halves};

/// Pixels that go by all weights before the next ones: few enough to stay in the nearest cache with a block of weights.
const PIXELS: usize = 32;

/// What is read where patches are pixels: an image and the one behind its channels, and how many channels each has.
#[derive(Debug, Clone, Copy)]
struct Read<'a> {
    images: [&'a [f32]; 2],
    channels: [usize; 2],
}

impl Read<'_> {
    /// The products of whole pixels with a block of weights, added to `start`.
    fn products(&self, pixels: Range<usize>, weights: &[Block], start: Pair) -> [Tile; PIXELS / ROWS] {
        let mut tiles = [[start; ROWS]; PIXELS / ROWS];
        let mut weights = weights;
        for (image, channels) in self.images.into_iter().zip(self.channels).filter(|(_, channels)| *channels > 0) {
            let (of_image, others) = weights.split_at(channels);
            add_products(&mut tiles, &image[pixels.start * channels..pixels.end * channels], of_image);
            weights = others;
        }
        tiles
    }
}

/// Adds the products of rows that lie side by side with a matrix to `tiles`, [`ROWS`] each.
fn add_products(tiles: &mut [Tile], rows: &[f32], matrix: &[Block]) {
    let whole = known_or!(matrix.len(), add_products_known(tiles, rows, matrix), 0);
    let rows: &[f32] = &rows[whole * ROWS * matrix.len()..];
    for (sums, rows) in tiles[whole..].iter_mut().zip(rows.chunks(ROWS * matrix.len())) {
        // Of fewer rows, the last is repeated.
        let last = rows.len() / matrix.len() - 1;
        *sums = multiply(*sums, std::array::from_fn(|row| &rows[row.min(last) * matrix.len()..]), matrix);
    }
}

/// [`add_products`] for rows of this length, as many as make whole tiles; how many tiles.
#[inline(never)]
fn add_products_known<const LEN: usize>(tiles: &mut [Tile], rows: &[f32], matrix: &[Block]) -> usize {
    let matrix = matrix.first_chunk().expect("as many rows as the others are long");
    let rows = rows.as_chunks::<LEN>().0.as_chunks::<ROWS>().0;
    tiles.iter_mut().zip(rows).for_each(|(sums, rows)| *sums = multiply_known(*sums, rows, matrix));
    rows.len()
}

/// The weights of a convolution, in the order in which they are read.
#[derive(Debug)]
pub struct Patches {
    shape: ConvShape,
    /// For every [`COLUMNS`] outputs, the last ones filled up with zeros: `side` rows of `side * inputs` weights each.
    weights: Packed,
}

#[derive(Debug)]
enum Packed {
    Floats(Aligned),
    /// With what each is multiplied by.
    Halves(Vec<u16>, f32),
}

impl Patches {
    /// Lays out `weights`, in the order `[outputs, inputs, side, side]`.
    pub fn new(shape: ConvShape, weights: &[f32]) -> Self {
        let ConvShape { inputs, outputs, side, .. } = shape;
        let in_block = side * side * inputs;
        let mut numbers = Aligned::zeros(outputs.div_ceil(COLUMNS) * COLUMNS * in_block);
        let packed: &mut [Block] = numbers.as_chunks_mut().0;
        for (output, weights) in weights.chunks_exact(in_block).enumerate() {
            let (block, lane) = (output / COLUMNS, output % COLUMNS);
            for (input, weights) in weights.chunks_exact(side * side).enumerate() {
                for (tap, weight) in weights.iter().enumerate() {
                    packed[block * in_block + tap * inputs + input][lane] = *weight;
                }
            }
        }
        Self { shape, weights: Packed::Floats(numbers) }
    }

    /// The same as halves, if all weights are halves in all but their type: half the memory, and the same sums.
    pub fn halved(self) -> Self {
        let halves = match &self.weights {
            Packed::Floats(floats) => halves(floats),
            Packed::Halves(..) => None,
        };
        match halves {
            Some((halves, factor)) => Self { weights: Packed::Halves(halves, factor), ..self },
            None => self,
        }
    }

    /// Whether they are held as halves.
    #[cfg(test)]
    pub fn is_halved(&self) -> bool {
        matches!(self.weights, Packed::Halves(..))
    }

    /// Where an image lies that is read.
    pub fn frame(&self, size: [usize; 2]) -> Frame {
        let (before, after) = self.shape.padding;
        Frame { size, before, whole: size.map(|side| before + side + after) }
    }

    /// Whether every patch is a pixel, so that an image can be read where it lies, and one with its channels behind it too.
    pub fn are_pixels(&self) -> bool {
        self.shape.side == 1 && self.shape.stride == 1 && self.shape.padding == (0, 0)
    }

    /// The convolution of one image, laid out in `frame`.
    ///
    /// - `images`: the image, and where patches are pixels another one with the channels behind its own; empty where there is none
    pub fn write(&self, y: &mut [f32], images: [&[f32]; 2], frame: Frame, begin: Begin<'_>) {
        match &self.weights {
            Packed::Floats(weights) => self.write_by(weights, y, images, frame, begin),
            Packed::Halves(halves, factor) => {
                let mut weights = Buffer::take(halves.len());
                let widened = halves.iter().map(|half| f32_from_f16(*half) * factor);
                weights.iter_mut().zip(widened).for_each(|(weight, widened)| *weight = widened);
                self.write_by(&weights, y, images, frame, begin);
            }
        }
    }

    fn write_by(&self, weights: &[f32], y: &mut [f32], images: [&[f32]; 2], frame: Frame, begin: Begin<'_>) {
        if self.are_pixels() {
            let pixels = frame.whole[0] * frame.whole[1];
            self.write_pixels(weights, y, Read { images, channels: images.map(|image| image.len() / pixels) }, begin);
        } else {
            self.write_patches(weights, y, images[0], frame, begin);
        }
    }

    /// Not inlined, as [`Winograd::write`](super::winograd::Winograd::write)'s parts.
    #[inline(never)]
    fn write_pixels(&self, weights: &[f32], y: &mut [f32], read: Read<'_>, begin: Begin<'_>) {
        let outputs = self.shape.outputs;
        for pixels in parts(y.len() / outputs) {
            for (block, (weights, start)) in blocks(weights, begin).enumerate() {
                let lanes = COLUMNS.min(outputs - block * COLUMNS);
                let tiles = read.products(pixels.clone(), weights, pair(start));
                for (pixel, sums) in pixels.clone().zip(tiles.as_flattened()) {
                    put_plus(y, pixel * outputs + block * COLUMNS, lanes, *sums, begin.image);
                }
            }
        }
    }

    #[inline(never)]
    fn write_patches(&self, weights: &[f32], y: &mut [f32], image: &[f32], frame: Frame, begin: Begin<'_>) {
        let outputs = self.shape.outputs;
        for part in parts(y.len() / outputs) {
            for (block, (weights, start)) in blocks(weights, begin).enumerate() {
                let lanes = COLUMNS.min(outputs - block * COLUMNS);
                for first in part.clone().step_by(ROWS) {
                    // Of fewer pixels than rows, the last is repeated.
                    let pixels = std::array::from_fn(|row| (first + row).min(part.end - 1));
                    let sums = self.tile(weights, image, frame, pixels, pair(start));
                    for (pixel, sums) in (first..part.end).zip(sums) {
                        put_plus(y, pixel * outputs + block * COLUMNS, lanes, sums, begin.image);
                    }
                }
            }
        }
    }

    /// The outputs of some pixels, for one block of weights.
    #[inline(always)]
    fn tile(&self, weights: &[Block], image: &[f32], frame: Frame, pixels: [usize; ROWS], start: Pair) -> Tile {
        let ConvShape { inputs, side, stride, .. } = self.shape;
        let (columns, width) = (self.shape.output(frame.size[1]), frame.whole[1]);
        let patch = |pixel: usize| (pixel / columns * width + pixel % columns) * stride;
        let at = pixels.map(patch);
        let mut sums = [start; ROWS];
        for (row, weights) in weights.chunks_exact(side * inputs).enumerate() {
            let image = &image[row * width * inputs..];
            sums = multiply(sums, at.map(|at| &image[at * inputs..][..side * inputs]), weights);
        }
        sums
    }
}

/// The weights of each block of outputs, and what these begin with.
fn blocks<'a>(weights: &'a [f32], begin: Begin<'a>) -> impl Iterator<Item = (&'a [Block], &'a Block)> {
    let weights = weights.as_chunks().0;
    weights.chunks_exact(weights.len() / begin.channels.len()).zip(begin.channels)
}

/// So many pixels in parts of [`PIXELS`].
fn parts(pixels: usize) -> impl Iterator<Item = Range<usize>> {
    (0..pixels).step_by(PIXELS).map(move |first| first..pixels.min(first + PIXELS))
}
