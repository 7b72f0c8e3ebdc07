//! 3x3 convolutions of stride 1 by Winograd's minimal filtering F(4x4, 3x3) (Lavin and Gray 2016, section 4.2).
//!
//! An image falls into tiles of 4x4 outputs. Each needs 6x6 inputs, and in a changed basis of these 36 numbers the
//! convolution is a product: 36 products for 16 outputs instead of 144, summed over the inputs as 36 products of matrices.
//!
//! Or it falls into tiles of 2x2 outputs, F(2x2, 3x3): 16 products for 4 outputs instead of 36. These 16 points are among the 36, so the
//! weights take less than half of the memory.

mod basis;
mod narrow;
mod outputs;
mod tiles;

use self::basis::{IN, POINTS, TAPS, changed};
use self::narrow::is_outer;
use self::outputs::{Outputs, Products};
use self::tiles::{PART, Tiles, plane};
use super::super::shape::ConvShape;
use super::aligned::Aligned;
use super::image::Buffer;
use super::lanes::LANES;
use super::layout::Frame;
use super::matrix::{Begin, Block, COLUMNS, ROWS, Tile, known_or, multiply, multiply_known, zeros};

/// The weights of a 3x3 convolution in the changed basis.
#[derive(Debug)]
pub struct Winograd {
    inputs: usize,
    outputs: usize,
    /// Whether tiles have 2x2 outputs, and not 4x4.
    narrow: bool,
    /// For every [`COLUMNS`] outputs, the last ones filled up with zeros: a matrix of `inputs` rows for each point that the tiles have.
    matrices: Aligned,
}

/// The points of tiles of 4x4 outputs.
const ALL: [usize; POINTS] = {
    let mut points = [0; POINTS];
    let mut point = 0;
    while point < POINTS {
        points[point] = point;
        point += 1;
    }
    points
};

/// The points of tiles of 2x2 outputs.
const INNER: [usize; 16] = {
    let mut points = [0; 16];
    let (mut point, mut found) = (0, 0);
    while point < POINTS {
        if !is_outer(point / IN) && !is_outer(point % IN) {
            points[found] = point;
            found += 1;
        }
        point += 1;
    }
    points
};

/// The points that tiles have.
const fn points_of(narrow: bool) -> &'static [usize] {
    if narrow { &INNER } else { &ALL }
}

impl Winograd {
    /// Whether this way suits a convolution: 3x3, stride 1, whole vectors of inputs, and enough of them to pay for the
    /// change of basis.
    pub fn suits(shape: ConvShape) -> bool {
        let is_same = shape.side == 3 && shape.stride == 1 && shape.padding == (1, 1);
        is_same && shape.inputs >= 2 * LANES && shape.inputs.is_multiple_of(LANES)
    }

    /// The convolution of `weights`, in the order `[outputs, inputs, 3, 3]`, by tiles of 4x4 outputs, or of 2x2 (`narrow`).
    pub fn new(ConvShape { inputs, outputs, .. }: ConvShape, weights: &[f32], narrow: bool) -> Self {
        let points = points_of(narrow);
        let mut found = [[0.0; COLUMNS]; POINTS];
        let mut numbers = Aligned::zeros(outputs.div_ceil(COLUMNS) * COLUMNS * points.len() * inputs);
        let matrices: &mut [Block] = numbers.as_chunks_mut().0;
        // A block's outputs together, for this is most of the time that a network takes to load.
        let blocks = matrices.chunks_exact_mut(points.len() * inputs).zip(weights.chunks(COLUMNS * inputs * TAPS));
        for (matrices, weights) in blocks {
            for input in 0..inputs {
                let mut taps = [[0.0; COLUMNS]; TAPS];
                for (lane, weights) in weights.chunks_exact(inputs * TAPS).enumerate() {
                    let weights = &weights[input * TAPS..][..TAPS];
                    taps.iter_mut().zip(weights).for_each(|(tap, weight)| tap[lane] = f64::from(*weight));
                }
                changed(&taps, |point, block| found[point] = block);
                for (matrix, point) in matrices.chunks_exact_mut(inputs).zip(points) {
                    matrix[input] = found[*point];
                }
            }
        }
        Self { inputs, outputs, narrow, matrices: numbers }
    }

    /// Where an image lies that is read.
    pub fn frame(&self, size: [usize; 2]) -> Frame {
        Tiles::of(size, self.narrow).frame()
    }

    /// The convolution of one image of this size, laid out in its [`frame`](Self::frame).
    pub fn write(&self, y: &mut [f32], image: &[f32], size: [usize; 2], begin: Begin<'_>) {
        let (tiles, in_group) = (Tiles::of(size, self.narrow), POINTS * plane(self.inputs));
        let mut outputs = Outputs { y, image: begin.image, tiles, channels: self.outputs };
        let mut basis = Buffer::take(tiles.count().div_ceil(ROWS).min(PART) * in_group);
        let mut products = [[zeros(); POINTS]; PART];
        let points = points_of(self.narrow);
        for first in (0..tiles.count()).step_by(PART * ROWS) {
            let part = first..tiles.count().min(first + PART * ROWS);
            let groups = std::array::from_fn(|point| tiles.with_point(part.len(), point).div_ceil(ROWS));
            tiles.to_basis(part.clone(), &mut basis, image, self.inputs);
            let blocks = self.matrices.as_chunks().0.chunks_exact(points.len() * self.inputs).zip(begin.channels);
            for (block, (matrices, start)) in blocks.enumerate() {
                self.multiply(&mut products, &groups, matrices, &basis);
                outputs.put(Products { groups: &products, start }, part.clone(), block);
            }
        }
    }

    /// The products of a part's tiles with a block's matrices, at each point of so many groups. Beyond the last tile they are of no
    /// interest.
    #[inline(always)]
    fn multiply(
        &self,
        products: &mut [[Tile; POINTS]; PART],
        groups: &[usize; POINTS],
        matrices: &[Block],
        basis: &[f32],
    ) {
        let (inputs, points) = (self.inputs, points_of(self.narrow));
        known_or!(
            inputs,
            multiply_known_points(products, groups, points, matrices, basis),
            multiply_points(products, groups, points, matrices, basis, inputs, |rows, matrix| {
                multiply(zeros(), std::array::from_fn(|row| &rows[row * inputs..][..inputs]), matrix)
            })
        );
    }
}

/// [`Winograd::multiply`] for so many inputs. A function of its own each, for engines of WebAssembly hand out registers by function.
#[inline(never)]
fn multiply_known_points<const INPUTS: usize>(
    products: &mut [[Tile; POINTS]; PART],
    groups: &[usize; POINTS],
    points: &[usize],
    matrices: &[Block],
    basis: &[f32],
) {
    multiply_points(products, groups, points, matrices, basis, INPUTS, |rows, matrix| {
        let rows = rows.as_chunks::<INPUTS>().0.first_chunk().expect("as many rows as a group has tiles");
        multiply_known(zeros(), rows, matrix.first_chunk().expect("a row for every input"))
    });
}

/// At every point, the `product` of each group of [`ROWS`] tiles with the point's matrix, which stays in the nearest cache meanwhile.
#[inline(always)]
fn multiply_points(
    products: &mut [[Tile; POINTS]; PART],
    groups: &[usize; POINTS],
    points: &[usize],
    matrices: &[Block],
    basis: &[f32],
    inputs: usize,
    product: impl Fn(&[f32], &[Block]) -> Tile,
) {
    let plane = plane(inputs);
    for (matrix, &point) in matrices.chunks_exact(inputs).zip(points) {
        for (products, group) in products.iter_mut().zip(basis.chunks_exact(POINTS * plane)).take(groups[point]) {
            products[point] = product(&group[point * plane..][..ROWS * inputs], matrix);
        }
    }
}
