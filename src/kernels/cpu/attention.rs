//! Attention on the CPU.

use super::super::shape::AttentionShape;
use super::activation::Exp;
use super::matrix::{Block, COLUMNS, Halves, ROWS, multiply, put, zeros};
use super::pixels::{Buffer, Pixels};

/// A matrix of runs in the elements of an image: row r begins at `first + r * stride`.
#[derive(Debug, Clone, Copy)]
struct Rows<'a> {
    elements: &'a [f32],
    first: usize,
    stride: usize,
    count: usize,
    len: usize,
}

/// [`attention`](super::super::attention::attention).
pub fn attention(queries_keys_values: &Pixels, shape: AttentionShape) -> Pixels {
    let [batch, height, width, channels] = queries_keys_values.dims();
    let pixels = height * width;
    let inner = shape.inner();
    let mut mixed = Buffer::take(batch * pixels * inner);
    let mut fit = Buffer::take(pixels * pixels.next_multiple_of(COLUMNS));
    for (index, mixed) in mixed.chunks_exact_mut(pixels * inner).enumerate() {
        for head in 0..shape.heads {
            let elements = queries_keys_values.image(index);
            let [queries, keys, values] = [0, 1, 2].map(|part| {
                let first = part * inner + head * shape.head_dim;
                Rows { elements, first, stride: channels, count: pixels, len: shape.head_dim }
            });
            fit_by_pixel(&mut fit, queries, keys, shape.scale() as f32);
            mix(&mut mixed[head * shape.head_dim..], inner, &fit, values);
        }
    }
    Pixels::new(mixed, [batch, height, width, inner])
}

/// The weights of all keys for each query, filled up to whole blocks with zeros.
fn fit_by_pixel(fit: &mut [f32], queries: Rows<'_>, keys: Rows<'_>, scale: f32) {
    let width = keys.count.next_multiple_of(COLUMNS);
    let mut columns = vec![[0.0; COLUMNS]; keys.len];
    for first in (0..keys.count).step_by(COLUMNS) {
        for (lane, key) in (first..keys.count).take(COLUMNS).enumerate() {
            columns.iter_mut().zip(keys.row(key)).for_each(|(column, key)| column[lane] = *key);
        }
        products(queries, &columns, |query, block| put(&mut fit[query * width + first..][..COLUMNS], block));
    }
    for fit in fit.chunks_exact_mut(width).take(queries.count) {
        let (fit, beyond) = fit.split_at_mut(keys.count);
        softmax(fit, scale);
        beyond.fill(0.0);
    }
}

/// Softmax of numbers times `scale`, in place.
fn softmax(numbers: &mut [f32], scale: f32) {
    let largest = numbers.iter().copied().fold(f32::NEG_INFINITY, |a, b| if b > a { b } else { a });
    let exp = Exp::numbers();
    numbers.iter_mut().for_each(|x| *x = exp.of((*x - largest) * scale));
    let sum: f32 = numbers.iter().sum();
    numbers.iter_mut().for_each(|x| *x /= sum);
}

/// For every row of `fit`, the mean of the values by its weights; rows of `mixed` begin `stride` apart.
fn mix(mixed: &mut [f32], stride: usize, fit: &[f32], values: Rows<'_>) {
    let width = values.count.next_multiple_of(COLUMNS);
    let fit = Rows { elements: fit, first: 0, stride: width, count: values.count, len: values.count };
    let mut columns = vec![[0.0; COLUMNS]; values.count];
    for first in (0..values.len).step_by(COLUMNS) {
        let lanes = COLUMNS.min(values.len - first);
        for (index, column) in columns.iter_mut().enumerate() {
            column[..lanes].copy_from_slice(&values.row(index)[first..first + lanes]);
        }
        products(fit, &columns, |pixel, block| {
            put(&mut mixed[pixel * stride + first..][..lanes], block);
        });
    }
}

/// Every row times a matrix of [`COLUMNS`] columns.
fn products(rows: Rows<'_>, matrix: &[Block], mut to: impl FnMut(usize, Halves)) {
    for first in (0..rows.count).step_by(ROWS) {
        let row = |r: usize| rows.row((first + r).min(rows.count - 1));
        let tile = multiply(zeros(), [row(0), row(1), row(2), row(3)], matrix);
        (first..rows.count).zip(tile).for_each(|(row, block)| to(row, block));
    }
}

impl<'a> Rows<'a> {
    fn row(&self, row: usize) -> &'a [f32] {
        &self.elements[self.first + row * self.stride..][..self.len]
    }
}
