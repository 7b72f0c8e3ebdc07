//! The changes of basis of F(4x4, 3x3): of weights once, of tiles and their outputs in vectors of channels.

use super::super::lanes::{LANES, Lanes, add, load, multiply_add, splat, store, sub};
use super::super::matrix::{Block, COLUMNS};

/// Outputs of a tile along a side, and the inputs it needs.
pub const OUT: usize = 4;
/// See [`OUT`].
pub const IN: usize = 6;
/// Numbers of a tile in the changed basis.
pub const POINTS: usize = IN * IN;
/// Weights of an input and an output.
pub const TAPS: usize = 9;

/// How weights are brought to the changed basis, along a side.
const G: [[f64; 3]; IN] = [
    [1.0 / 4.0, 0.0, 0.0],
    [-1.0 / 6.0, -1.0 / 6.0, -1.0 / 6.0],
    [-1.0 / 6.0, 1.0 / 6.0, -1.0 / 6.0],
    [1.0 / 24.0, 1.0 / 12.0, 1.0 / 6.0],
    [1.0 / 24.0, -1.0 / 12.0, 1.0 / 6.0],
    [0.0, 0.0, 1.0],
];

/// What sides are multiplied by: for whole tiles powers of two, so that it makes no difference whether the product is rounded. From
/// memory, for engines of WebAssembly make constants anew where they are used.
#[derive(Debug, Clone, Copy)]
pub struct Factors {
    two: Lanes,
    pub four: Lanes,
    minus_four: Lanes,
    eight: Lanes,
    pub minus_three: Lanes,
}

impl Factors {
    /// These numbers; to be asked for outside of loops.
    #[inline(always)]
    pub fn numbers() -> Self {
        let [two, four, minus_four, eight, minus_three] = std::hint::black_box([2.0, 4.0, -4.0, 8.0, -3.0]).map(splat);
        Self { two, four, minus_four, eight, minus_three }
    }
}

/// G w G^T of one input's weights for a block of outputs: each point goes to `put`.
#[inline(always)]
pub fn changed(taps: &[[f64; COLUMNS]; TAPS], mut put: impl FnMut(usize, Block)) {
    for (row, side) in G.iter().enumerate() {
        let column = |column: usize| dot(side, [&taps[column], &taps[3 + column], &taps[6 + column]]);
        let columns = [column(0), column(1), column(2)];
        for (column, side) in G.iter().enumerate() {
            put(row * IN + column, dot(side, columns.each_ref()).map(|weight| weight as f32));
        }
    }
}

/// A row of [`G`] times a column of three, for a block of outputs.
#[inline(always)]
fn dot(side: &[f64; 3], [a, b, c]: [&[f64; COLUMNS]; 3]) -> [f64; COLUMNS] {
    std::array::from_fn(|lane| side[0] * a[lane] + side[1] * b[lane] + side[2] * c[lane])
}

/// B^T d B of one tile: six rows of six pixels, `inputs` numbers each, as [`POINTS`] runs of so many that begin `plane` apart.
#[inline(always)]
pub fn to_basis(to: &mut [f32], plane: usize, from: [&[f32]; IN], inputs: usize, factors: Factors) {
    let from = from.map(|row| row.as_chunks::<LANES>().0);
    let (inputs, plane) = (inputs / LANES, plane / LANES);
    let to = &mut to.as_chunks_mut::<LANES>().0[..(POINTS - 1) * plane + inputs];
    for k in 0..inputs {
        // From here on, so that all numbers of a row lie at known distances from one address.
        let (from, to) = (from.map(|row| &row[k..]), &mut to[k..]);
        let columns: [_; IN] = std::array::from_fn(|column| {
            side_to_basis(std::array::from_fn(|row| load(&from[row][column * inputs])), factors)
        });
        for row in 0..IN {
            let side = side_to_basis(std::array::from_fn(|column| columns[column][row]), factors);
            side.into_iter().enumerate().for_each(|(column, lanes)| store(&mut to[(row * IN + column) * plane], lanes));
        }
    }
}

/// B^T d along a side.
#[inline(always)]
pub fn side_to_basis(
    [d0, d1, d2, d3, d4, d5]: [Lanes; IN],
    Factors { two, four, minus_four, .. }: Factors,
) -> [Lanes; IN] {
    let (even, odd) = (multiply_add(d2, minus_four, d4), multiply_add(d1, minus_four, d3));
    let (even_2, odd_2) = (sub(d4, d2), sub(d3, d1));
    [
        multiply_add(sub(d0, d2), four, even_2),
        add(even, odd),
        sub(even, odd),
        multiply_add(odd_2, two, even_2),
        sub(even_2, add(odd_2, odd_2)),
        multiply_add(sub(d1, d3), four, sub(d5, d3)),
    ]
}

/// A^T m along a side.
#[inline(always)]
pub fn side_from_basis(
    [m0, m1, m2, m3, m4, m5]: [Lanes; IN],
    Factors { two, four, eight, .. }: Factors,
) -> [Lanes; OUT] {
    let (even, odd) = (add(m1, m2), sub(m1, m2));
    let (even_2, odd_2) = (add(m3, m4), sub(m3, m4));
    [
        add(add(m0, even), even_2),
        multiply_add(odd_2, two, odd),
        multiply_add(even_2, four, even),
        add(multiply_add(odd_2, eight, odd), m5),
    ]
}

/// A^T M A of one tile for a vector of channels, with these ways back along columns and rows, and `start` added to each output.
/// `product` takes row and column of a point.
#[inline(always)]
pub fn from_basis(
    product: impl Fn(usize, usize) -> Lanes,
    start: Lanes,
    down: impl Fn([Lanes; IN]) -> [Lanes; OUT],
    across: impl Fn([Lanes; IN]) -> [Lanes; OUT],
) -> [[Lanes; OUT]; OUT] {
    let columns: [_; IN] = std::array::from_fn(|column| down(std::array::from_fn(|row| product(row, column))));
    std::array::from_fn(|row| across(std::array::from_fn(|column| columns[column][row])).map(|lanes| add(lanes, start)))
}
