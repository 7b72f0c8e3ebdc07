//! Tiles of two rows, of two columns, or of both: the last ones of an image that has one or two pixels more than whole tiles.
//!
//! Along such a side F(2, 3) needs four points, which are among the six of F(4, 3): 0, 1, -1 and infinity. So these tiles take a part of the
//! very weights of the whole ones, but for a factor each, and there are fewer products at the points that they lack.

use super::super::lanes::{LANES, Lanes, add, load, mul, multiply_add, store, sub};
use super::basis::{Factors, IN, OUT, from_basis, side_from_basis, side_to_basis};

/// Outputs of a narrow tile along a side.
pub const NARROW: usize = 2;

/// Whether narrow tiles lack a point: 2 and -2.
pub const fn is_outer(point: usize) -> bool {
    matches!(point, 3 | 4)
}

/// [`to_basis`](super::basis::to_basis) of a tile of two rows (`ROWS`), two columns (`COLUMNS`), or both.
///
/// - `at`: where its runs begin at the inner columns of the basis, and where at the outer ones
#[inline(never)]
pub fn to_basis<const ROWS: bool, const COLUMNS: bool>(
    to: &mut [f32],
    at: [usize; 2],
    plane: usize,
    from: [&[f32]; IN],
    inputs: usize,
) {
    let factors = Factors::numbers();
    for k in (0..inputs).step_by(LANES) {
        let number = |row: usize, column: usize| -> Lanes {
            load(from[row][column * inputs + k..].first_chunk().expect("a vector of inputs"))
        };
        let columns: [_; IN] = std::array::from_fn(|column| {
            any_side_to_basis::<ROWS>(std::array::from_fn(|row| number(row, column)), factors)
        });
        for row in (0..IN).filter(|row| !(ROWS && is_outer(*row))) {
            let side = any_side_to_basis::<COLUMNS>(std::array::from_fn(|column| columns[column][row]), factors);
            for column in (0..IN).filter(|column| !(COLUMNS && is_outer(*column))) {
                let at = at[usize::from(is_outer(column))] + (row * IN + column) * plane + k;
                store(to[at..].first_chunk_mut().expect("a vector of a run"), side[column]);
            }
        }
    }
}

/// The outputs of any tile, and `start` added to each; those beyond a narrow tile are of no interest.
#[inline(always)]
pub fn any_from_basis(
    product: impl Fn(usize, usize) -> Lanes,
    start: Lanes,
    narrow: [bool; 2],
    factors: Factors,
) -> [[Lanes; OUT]; OUT] {
    let whole_side = |side| side_from_basis(side, factors);
    let narrow_side = |side| narrow_side_from_basis(side, factors);
    match narrow {
        [false, false] => from_basis(product, start, whole_side, whole_side),
        [false, true] => from_basis(product, start, whole_side, narrow_side),
        [true, false] => from_basis(product, start, narrow_side, whole_side),
        [true, true] => from_basis(product, start, narrow_side, narrow_side),
    }
}

#[inline(always)]
fn any_side_to_basis<const NARROW: bool>(side: [Lanes; IN], factors: Factors) -> [Lanes; IN] {
    if NARROW { narrow_side_to_basis(side, factors) } else { side_to_basis(side, factors) }
}

/// B^T d along a side of two outputs, by factors that make up for the weights being those of F(4, 3): 4 at 0, and -3 at 1 and -1, which
/// is left to the way back.
#[inline(always)]
fn narrow_side_to_basis([d0, d1, d2, d3, ..]: [Lanes; IN], Factors { four, .. }: Factors) -> [Lanes; IN] {
    let none = sub(d0, d0);
    [mul(sub(d0, d2), four), add(d1, d2), sub(d2, d1), none, none, sub(d3, d1)]
}

/// A^T m along a side of two outputs.
#[inline(always)]
fn narrow_side_from_basis([m0, m1, m2, _, _, m5]: [Lanes; IN], Factors { minus_three, .. }: Factors) -> [Lanes; OUT] {
    let (even, odd) = (add(m1, m2), sub(m1, m2));
    let [first, second] = [multiply_add(even, minus_three, m0), multiply_add(odd, minus_three, m5)];
    [first, second, first, second]
}
