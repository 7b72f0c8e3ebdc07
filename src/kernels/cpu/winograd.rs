//! 3x3 convolutions of stride 1 by Winograd's minimal filtering F(4x4, 3x3) (Lavin and Gray 2016, section 4.2).
//!
//! An image falls into tiles of 4x4 outputs. Each needs 6x6 inputs, and in a changed basis of these 36 numbers the
//! convolution is a product: 36 products for 16 outputs instead of 144, summed over the inputs as 36 products of matrices.

mod basis;

use std::slice::ChunksExact;

use self::basis::{Factors, IN, OUT, TAPS, change, changed, side_from_basis};
use super::super::shape::ConvShape;
use super::aligned::Aligned;
use super::conv::Begin;
use super::lanes::{LANES, add};
use super::layout::Frame;
use super::matrix::{Block, COLUMNS, Halves, ROWS, Tile, halves, multiply, multiply_known, put_plus, zeros};
use super::pixels::Buffer;

/// Numbers of a tile in the changed basis.
const POINTS: usize = IN * IN;

/// The weights of a 3x3 convolution in the changed basis.
#[derive(Debug)]
pub struct Winograd {
    inputs: usize,
    outputs: usize,
    /// For every [`COLUMNS`] outputs, the last ones filled up with zeros: [`POINTS`] matrices of `inputs` rows.
    matrices: Aligned,
}

/// The tiles of an image, row by row.
#[derive(Debug, Clone, Copy)]
struct Tiles {
    /// Height and width of the image.
    size: [usize; 2],
}

impl Tiles {
    fn columns(self) -> usize {
        self.size[1].div_ceil(OUT)
    }

    fn count(self) -> usize {
        self.size[0].div_ceil(OUT) * self.columns()
    }

    /// Row and column of a tile's first output.
    fn corner(self, tile: usize) -> [usize; 2] {
        [tile / self.columns() * OUT, tile % self.columns() * OUT]
    }
}

impl Winograd {
    /// Whether this way suits a convolution: 3x3, stride 1, whole vectors of inputs, and enough of them to pay for the
    /// change of basis.
    pub fn suits(shape: ConvShape) -> bool {
        let is_same = shape.side == 3 && shape.stride == 1 && shape.padding == (1, 1);
        is_same && shape.inputs >= 2 * LANES && shape.inputs.is_multiple_of(LANES)
    }

    /// The convolution of `weights`, in the order `[outputs, inputs, 3, 3]`.
    pub fn new(ConvShape { inputs, outputs, .. }: ConvShape, weights: &[f32]) -> Self {
        let mut numbers = Aligned::zeros(outputs.div_ceil(COLUMNS) * COLUMNS * POINTS * inputs);
        let matrices: &mut [Block] = numbers.as_chunks_mut().0;
        // A block's outputs together, for this is most of the time that a network takes to load.
        let blocks = matrices.chunks_exact_mut(POINTS * inputs).zip(weights.chunks(COLUMNS * inputs * TAPS));
        for (matrices, weights) in blocks {
            for input in 0..inputs {
                let mut taps = [[0.0; COLUMNS]; TAPS];
                for (lane, weights) in weights.chunks_exact(inputs * TAPS).enumerate() {
                    let weights = &weights[input * TAPS..][..TAPS];
                    taps.iter_mut().zip(weights).for_each(|(tap, weight)| tap[lane] = f64::from(*weight));
                }
                changed(&taps, |point, block| matrices[point * inputs + input] = block);
            }
        }
        Self { inputs, outputs, matrices: numbers }
    }

    /// Where an image lies that is read: amid zeros enough for whole tiles.
    pub fn frame(size: [usize; 2]) -> Frame {
        Frame { size, before: 1, whole: size.map(|side| side.div_ceil(OUT) * OUT + IN - OUT) }
    }

    /// The convolution of one image of this size, laid out in its [`frame`](Self::frame).
    // Engines of WebAssembly hand out registers by function: a loop like those in here suffers from what is inlined beside it.
    #[inline(never)]
    pub fn write(&self, y: &mut [f32], image: &[f32], size: [usize; 2], begin: Begin<'_>) {
        let tiles = Tiles { size };
        let mut basis = Buffer::take(tiles.count().div_ceil(ROWS) * POINTS * self.plane());
        self.to_basis(&mut basis, image, tiles);
        let mut products = [zeros(); POINTS];
        let factors = Factors::numbers();
        let blocks = self.matrices.as_chunks().0.chunks_exact(POINTS * self.inputs).zip(begin.channels);
        // A block's matrices stay in the cache while all tiles go by.
        for (block, (matrices, start)) in blocks.enumerate() {
            for (group, basis) in basis.chunks_exact(POINTS * self.plane()).enumerate() {
                self.multiply(&mut products, matrices, basis);
                let first = group * ROWS;
                for (row, tile) in (first..tiles.count()).take(ROWS).enumerate() {
                    self.put(
                        y,
                        &from_basis(&products, row, halves(start), factors),
                        tiles.corner(tile),
                        block,
                        size,
                        begin.image,
                    );
                }
            }
        }
    }

    /// Numbers of [`ROWS`] tiles at one point of the basis. A little more than there are: at powers of two all points
    /// would compete for the same lines of the cache.
    const fn plane(&self) -> usize {
        ROWS * self.inputs + 4 * LANES
    }

    /// All tiles in the changed basis: for every [`ROWS`] of them, for each point, for each tile, the inputs.
    fn to_basis(&self, basis: &mut [f32], image: &[f32], tiles: Tiles) {
        let (inputs, plane) = (self.inputs, self.plane());
        let row = Self::frame(tiles.size).whole[1] * inputs;
        let factors = Factors::numbers();
        // First down the columns of a whole row of tiles, then along the rows of each tile.
        let mut down = Buffer::take(IN * row);
        for first in (0..tiles.count()).step_by(tiles.columns()) {
            let [top, _] = tiles.corner(first);
            change(&mut down, row, row, &image[top * row..], row, factors);
            for tile in first..first + tiles.columns() {
                let [_, left] = tiles.corner(tile);
                let basis = &mut basis[tile / ROWS * POINTS * plane + tile % ROWS * inputs..];
                for side in 0..IN {
                    let from = &down[side * row + left * inputs..];
                    change(&mut basis[side * IN * plane..], plane, inputs, from, inputs, factors);
                }
            }
        }
    }

    /// The products of [`ROWS`] tiles with a block's matrices. Beyond the last tile they are of no interest.
    #[inline(always)]
    fn multiply(&self, products: &mut [Tile; POINTS], matrices: &[Block], basis: &[f32]) {
        let planes = basis.chunks_exact(self.plane());
        // The usual numbers of inputs have loops of their own, which compute fewer addresses.
        match self.inputs {
            32 => multiply_known_points::<32>(products, matrices, planes),
            64 => multiply_known_points::<64>(products, matrices, planes),
            96 => multiply_known_points::<96>(products, matrices, planes),
            128 => multiply_known_points::<128>(products, matrices, planes),
            192 => multiply_known_points::<192>(products, matrices, planes),
            256 => multiply_known_points::<256>(products, matrices, planes),
            inputs => {
                for ((product, matrix), plane) in products.iter_mut().zip(matrices.chunks_exact(inputs)).zip(planes) {
                    *product = multiply(zeros(), std::array::from_fn(|row| &plane[row * inputs..][..inputs]), matrix);
                }
            }
        }
    }

    /// Writes one tile's outputs, as far as they lie in the image and the channels exist.
    #[inline(always)]
    fn put(
        &self,
        y: &mut [f32],
        outputs: &[[Halves; OUT]; OUT],
        [top, left]: [usize; 2],
        block: usize,
        [height, width]: [usize; 2],
        image: Option<&[f32]>,
    ) {
        let channels = COLUMNS.min(self.outputs - block * COLUMNS);
        for (row, outputs) in (top..height).zip(outputs) {
            let mut at = (row * width + left) * self.outputs + block * COLUMNS;
            for (_, halves) in (left..width).zip(outputs) {
                put_plus(y, at, channels, *halves, image);
                at += self.outputs;
            }
        }
    }
}

/// One tile's outputs for a block of channels, A^T M A, and `start` added to each.
#[inline(always)]
fn from_basis(products: &[Tile; POINTS], tile: usize, start: Halves, factors: Factors) -> [[Halves; OUT]; OUT] {
    let mut outputs = [[start; OUT]; OUT];
    for (half, start) in start.into_iter().enumerate() {
        let mut columns = [[start; OUT]; IN];
        for (column, back) in columns.iter_mut().enumerate() {
            let p = |row: usize| products[row * IN + column][tile][half];
            *back = side_from_basis([p(0), p(1), p(2), p(3), p(4), p(5)], factors);
        }
        for (row, outputs) in outputs.iter_mut().enumerate() {
            let p = |column: usize| columns[column][row];
            let back = side_from_basis([p(0), p(1), p(2), p(3), p(4), p(5)], factors);
            outputs.iter_mut().zip(back).for_each(|(output, lanes)| output[half] = add(start, lanes));
        }
    }
    outputs
}

/// The products of tiles with a block's matrices, for so many inputs. A function of its own each, for engines of WebAssembly hand out
/// registers by function.
#[inline(never)]
fn multiply_known_points<const INPUTS: usize>(
    products: &mut [Tile; POINTS],
    matrices: &[Block],
    planes: ChunksExact<'_, f32>,
) {
    for ((product, matrix), plane) in products.iter_mut().zip(matrices.as_chunks().0).zip(planes) {
        let rows = plane.as_chunks::<INPUTS>().0.first_chunk().expect("a plane has room for all rows");
        *product = multiply_known(rows, matrix);
    }
}
