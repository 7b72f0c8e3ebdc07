//! The product of a few rows and a matrix: the one loop in which nearly all the time of a convolution is spent.

use super::lanes::{LANES, Lanes, add, load, multiply_add, splat, store};

/// Columns and rows that are computed together: 8 vectors of sums, which leaves registers for their factors.
pub const COLUMNS: usize = 8;
/// See [`COLUMNS`].
pub const ROWS: usize = 4;

/// [`COLUMNS`] numbers.
pub type Block = [f32; COLUMNS];

/// The same in two registers.
pub type Pair = [Lanes; 2];

/// Sums of [`ROWS`] rows, [`COLUMNS`] each.
pub type Tile = [Pair; ROWS];

/// What the outputs of an image begin with, before any product is added.
#[derive(Debug, Clone, Copy)]
pub struct Begin<'a> {
    /// One number for every output, in blocks.
    pub channels: &'a [Block],
    /// One number for every element.
    pub image: Option<&'a [f32]>,
}

/// Calls a function for lengths that are known to it where `$len` is one of the usual ones, and else computes `$other`. Loops of known
/// length compute fewer addresses.
macro_rules! known_or {
    ($len:expr, $known:ident($($argument:expr),*), $other:expr) => {
        match $len {
            32 => $known::<32>($($argument),*),
            64 => $known::<64>($($argument),*),
            96 => $known::<96>($($argument),*),
            128 => $known::<128>($($argument),*),
            192 => $known::<192>($($argument),*),
            256 => $known::<256>($($argument),*),
            _ => $other,
        }
    };
}
pub(super) use known_or;

/// A tile of nothing.
#[inline(always)]
pub fn zeros() -> Tile {
    [[splat(0.0); 2]; ROWS]
}

/// `sums`, and the product of `rows` and a matrix added to them. A row of the matrix is one [`Block`]; `rows` are as long as it
/// has rows.
#[inline(always)]
pub fn multiply(mut sums: Tile, rows: [&[f32]; ROWS], matrix: &[Block]) -> Tile {
    // Of one length, so that no index is checked in the loop. More turns at once were tried and are slower.
    let rows = rows.map(|row| &row[..matrix.len()]);
    for (k, columns) in matrix.iter().enumerate() {
        let columns = pair(columns);
        for (sums, row) in sums.iter_mut().zip(rows) {
            *sums = plus_product(*sums, row[k], columns);
        }
    }
    sums
}

/// [`multiply`] of rows that lie side by side, and whose length is known here: all are reached from one address.
#[inline(always)]
pub fn multiply_known<const LEN: usize>(mut sums: Tile, rows: &[[f32; LEN]; ROWS], matrix: &[Block; LEN]) -> Tile {
    // By index: iterators would count beside it, an addition more.
    for k in 0..LEN {
        let columns = pair(&matrix[k]);
        for row in 0..ROWS {
            sums[row] = plus_product(sums[row], rows[row][k], columns);
        }
    }
    sums
}

#[inline(always)]
fn plus_product(sums: Pair, factor: f32, columns: Pair) -> Pair {
    let factor = splat(factor);
    [multiply_add(factor, columns[0], sums[0]), multiply_add(factor, columns[1], sums[1])]
}

/// A block in registers.
#[inline(always)]
pub fn pair(block: &Block) -> Pair {
    let [first, second] = block.as_chunks::<LANES>().0 else { unreachable!("a block is two vectors") };
    [load(first), load(second)]
}

/// Puts the first numbers of a block there, as many as there is room for.
#[inline(always)]
pub fn put(to: &mut [f32], [first, second]: Pair) {
    match to.as_chunks_mut().0 {
        [a, b] => {
            store(a, first);
            store(b, second);
        }
        _ => {
            let mut block = [[0.0; LANES]; 2];
            store(&mut block[0], first);
            store(&mut block[1], second);
            to.copy_from_slice(&block.as_flattened()[..to.len()]);
        }
    }
}

/// Writes the first `len` sums, and adds what stands there in the image that is added.
#[inline(always)]
pub fn put_plus(y: &mut [f32], at: usize, len: usize, sums: Pair, image: Option<&[f32]>) {
    let to = &mut y[at..at + len];
    let Some(image) = image.map(|image| &image[at..at + len]) else { return put(to, sums) };
    match image.as_chunks::<LANES>().0 {
        [first, second] => put(to, [add(sums[0], load(first)), add(sums[1], load(second))]),
        _ => {
            put(to, sums);
            to.iter_mut().zip(image).for_each(|(y, image)| *y += image);
        }
    }
}
