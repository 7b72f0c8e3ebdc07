//! Attention on the CPU.

use super::super::shape::AttentionShape;
use super::activation::Exp;
use super::image::{Buffer, Image};
use super::lanes::{div, each_in_place, mul, splat, sub};
use super::matrix::{Block, COLUMNS, Pair, ROWS, multiply, put, zeros};

/// A matrix of runs in the elements of an image: row r begins at `first + r * stride`.
#[derive(Debug, Clone, Copy)]
struct Rows<'a> {
    elements: &'a [f32],
    first: usize,
    stride: usize,
    count: usize,
    len: usize,
}

/// Queries that go by all keys before the next ones: few enough for their weights to stay in the nearest cache.
const QUERIES: usize = 4 * ROWS;

/// For every pixel and head, the mean of all pixels' values, weighted by the softmax of its query's products with their
/// keys over sqrt(`head_dim`) (Vaswani et al. 2017, eq. 1).
///
/// # Shapes
/// - `queries_keys_values`: `[batch, height, width, 3 * inner]`, each of the three with its heads side by side
/// - output: `[batch, height, width, inner]`
pub fn attention(queries_keys_values: &Image, shape: AttentionShape) -> Image {
    let [batch, height, width, channels] = queries_keys_values.dims();
    let (pixels, inner, head_dim) = (height * width, shape.inner(), shape.head_dim);
    let mut mixed = Buffer::take(batch * pixels * inner);
    let mut keys = Buffer::take(pixels.next_multiple_of(COLUMNS) * head_dim);
    let mut values = Buffer::take(pixels * head_dim.next_multiple_of(COLUMNS));
    let mut fit = Buffer::take(QUERIES * pixels.next_multiple_of(COLUMNS));
    for (index, mixed) in mixed.chunks_exact_mut(pixels * inner).enumerate() {
        for head in 0..shape.heads {
            let elements = queries_keys_values.image(index);
            let [queries, of_keys, of_values] = [0, 1, 2].map(|part| {
                let first = part * inner + head * head_dim;
                Rows { elements, first, stride: channels, count: pixels, len: head_dim }
            });
            let (keys, values) = (by_row(&mut keys, of_keys), by_column(&mut values, of_values));
            for first in (0..pixels).step_by(QUERIES) {
                let queries = queries.part(first, QUERIES);
                weigh(&mut fit, queries, keys, pixels, shape.scale() as f32);
                let to = &mut mixed[first * inner + head * head_dim..];
                mix(to, inner, &fit, queries.count, values, [pixels, head_dim]);
            }
        }
    }
    Image::new(mixed, [batch, height, width, inner])
}

/// Matrices of [`COLUMNS`] rows each, standing as columns; those that are missing are zeros.
fn by_row<'a>(to: &'a mut [f32], rows: Rows<'_>) -> &'a [Block] {
    let matrices = to.as_chunks_mut().0;
    for (block, matrix) in matrices.chunks_exact_mut(rows.len).enumerate() {
        matrix.fill([0.0; COLUMNS]);
        for (lane, row) in (block * COLUMNS..rows.count).take(COLUMNS).enumerate() {
            matrix.iter_mut().zip(rows.row(row)).for_each(|(column, number)| column[lane] = *number);
        }
    }
    matrices
}

/// Matrices of [`COLUMNS`] columns each; those that are missing are zeros.
fn by_column<'a>(to: &'a mut [f32], rows: Rows<'_>) -> &'a [Block] {
    let matrices = to.as_chunks_mut().0;
    for (block, matrix) in matrices.chunks_exact_mut(rows.count).enumerate() {
        let (first, lanes) = (block * COLUMNS, COLUMNS.min(rows.len - block * COLUMNS));
        for (row, to) in matrix.iter_mut().enumerate() {
            *to = [0.0; COLUMNS];
            to[..lanes].copy_from_slice(&rows.row(row)[first..first + lanes]);
        }
    }
    matrices
}

/// The weights of all keys for each query, filled up to whole blocks with zeros.
fn weigh(fit: &mut [f32], queries: Rows<'_>, keys: &[Block], count: usize, scale: f32) {
    let width = count.next_multiple_of(COLUMNS);
    for (block, matrix) in keys.chunks_exact(queries.len).enumerate() {
        products(queries, matrix, |query, sums| put(&mut fit[query * width + block * COLUMNS..][..COLUMNS], sums));
    }
    for fit in fit.chunks_exact_mut(width).take(queries.count) {
        let (fit, beyond) = fit.split_at_mut(count);
        softmax(fit, scale);
        beyond.fill(0.0);
    }
}

/// Softmax of numbers times `scale`, in place.
fn softmax(numbers: &mut [f32], scale: f32) {
    let largest = folded(numbers, f32::NEG_INFINITY, |a, b| if b > a { b } else { a });
    let (exp, largest, scale) = (Exp::numbers(), splat(largest), splat(scale));
    each_in_place(numbers, |x| exp.of(mul(sub(x, largest), scale)));
    let sum = folded(numbers, 0.0, |a, b| a + b);
    let sum = splat(sum);
    each_in_place(numbers, |x| div(x, sum));
}

/// All numbers folded into one, a block of them at a time: one after the other, each would wait for the one before.
#[inline(always)]
fn folded(numbers: &[f32], start: f32, fold: impl Fn(f32, f32) -> f32) -> f32 {
    let (blocks, rest) = numbers.as_chunks::<COLUMNS>();
    let mut folded = [start; COLUMNS];
    for block in blocks {
        folded.iter_mut().zip(block).for_each(|(folded, number)| *folded = fold(*folded, *number));
    }
    folded.iter().chain(rest).fold(start, |a, b| fold(a, *b))
}

/// For every query, the mean of the values by its weights; rows of `mixed` begin `stride` apart.
fn mix(
    mixed: &mut [f32],
    stride: usize,
    fit: &[f32],
    queries: usize,
    values: &[Block],
    [pixels, head_dim]: [usize; 2],
) {
    let width = pixels.next_multiple_of(COLUMNS);
    let fit = Rows { elements: fit, first: 0, stride: width, count: queries, len: pixels };
    for (block, matrix) in values.chunks_exact(pixels).enumerate() {
        let (first, lanes) = (block * COLUMNS, COLUMNS.min(head_dim - block * COLUMNS));
        products(fit, matrix, |query, sums| put(&mut mixed[query * stride + first..][..lanes], sums));
    }
}

/// Every row times a matrix of [`COLUMNS`] columns.
fn products(rows: Rows<'_>, matrix: &[Block], mut to: impl FnMut(usize, Pair)) {
    for first in (0..rows.count).step_by(ROWS) {
        let row = |r: usize| rows.row((first + r).min(rows.count - 1));
        let tile = multiply(zeros(), std::array::from_fn(row), matrix);
        (first..rows.count).zip(tile).for_each(|(row, block)| to(row, block));
    }
}

impl<'a> Rows<'a> {
    /// So many of them, from `first` on, as far as there are any.
    fn part(self, first: usize, count: usize) -> Self {
        Self { first: self.first + first * self.stride, count: count.min(self.count - first), ..self }
    }

    fn row(&self, row: usize) -> &'a [f32] {
        &self.elements[self.first + row * self.stride..][..self.len]
    }
}
