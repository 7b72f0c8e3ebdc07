//! The product of a few rows and a matrix: the one loop in which nearly all the time of a convolution is spent.

use super::lanes::{LANES, Lanes, multiply_add};

/// Columns and rows that are computed together: 8 vectors of sums, which leaves registers for their factors.
pub const COLUMNS: usize = 8;
/// See [`COLUMNS`].
pub const ROWS: usize = 4;

/// [`COLUMNS`] numbers.
pub type Block = [f32; COLUMNS];

/// Sums of [`ROWS`] rows, [`COLUMNS`] each.
pub type Tile = [Block; ROWS];

/// `sums`, and the product of `rows` and a matrix added to them. A row of the matrix is one [`Block`]; `rows` are as long as it
/// has rows.
#[inline(always)]
pub fn multiply(sums: Tile, rows: [&[f32]; ROWS], matrix: &[Block]) -> Tile {
    let [a, b, c, d] = rows;
    let [s, t, u, v] = sums;
    let mut sums = [halves(s), halves(t), halves(u), halves(v)];
    // One iterator for all of them: no index is checked, and one counter runs.
    for ((((matrix, a), b), c), d) in matrix.iter().zip(a).zip(b).zip(c).zip(d) {
        let columns = halves(*matrix);
        sums = [
            plus_product(sums[0], *a, columns),
            plus_product(sums[1], *b, columns),
            plus_product(sums[2], *c, columns),
            plus_product(sums[3], *d, columns),
        ];
    }
    let [s, t, u, v] = sums;
    [whole(s), whole(t), whole(u), whole(v)]
}

#[inline(always)]
fn plus_product(sums: [Lanes; 2], factor: f32, columns: [Lanes; 2]) -> [Lanes; 2] {
    let factor = [factor; LANES];
    [multiply_add(factor, columns[0], sums[0]), multiply_add(factor, columns[1], sums[1])]
}

#[inline(always)]
fn halves(block: Block) -> [Lanes; 2] {
    let [a, b, c, d, e, f, g, h] = block;
    [[a, b, c, d], [e, f, g, h]]
}

#[inline(always)]
fn whole([first, second]: [Lanes; 2]) -> Block {
    let ([a, b, c, d], [e, f, g, h]) = (first, second);
    [a, b, c, d, e, f, g, h]
}
