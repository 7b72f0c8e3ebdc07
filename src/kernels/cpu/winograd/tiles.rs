//! The tiles of an image, and their way to the changed basis.

use std::ops::Range;

use super::super::lanes::LANES;
use super::super::layout::Frame;
use super::super::matrix::{ROWS, known_or};
use super::basis::{Factors, IN, OUT, POINTS, to_basis};
use super::narrow::{self, NARROW, is_outer};

/// Groups of [`ROWS`] tiles that go by all weights before the next ones: enough that reading the weights costs little, and few enough
/// to stay near.
pub const PART: usize = 4;

/// The tiles of an image, in one of two ways. All of them are narrow; or first come the whole ones, then those at its right edge that are narrow, at its lower edge, and in the corner.
#[derive(Debug, Clone, Copy)]
pub struct Tiles {
    /// Height and width of the image.
    pub size: [usize; 2],
    /// Whole tiles down and across.
    whole: [usize; 2],
    /// Whether a narrow one follows.
    narrow: [bool; 2],
    /// Whether all of them are narrow, the whole ones too.
    all_narrow: bool,
}

/// Where a tile lies.
#[derive(Debug, Clone, Copy)]
pub struct Spot {
    /// Row and column of its first output.
    pub corner: [usize; 2],
    /// Whether it has two rows, and two columns.
    pub narrow: [bool; 2],
    /// Which one of its part it is, at the inner and at the outer columns of the basis. There are fewer at the outer ones.
    pub at: [usize; 2],
}

impl Tiles {
    /// The tiles of an image of this height and width: as large as it goes, or all of them narrow.
    pub fn of(size: [usize; 2], all_narrow: bool) -> Self {
        if all_narrow {
            return Self { size, whole: size.map(|side| side.div_ceil(NARROW)), narrow: [false; 2], all_narrow };
        }
        let all = size.map(|side| side.div_ceil(OUT));
        // Narrow tiles belong to groups of their own, which must be in one part with the others.
        let are_few = all[0] * all[1] <= PART * ROWS;
        let narrow = size.map(|side| are_few && matches!(side % OUT, 1 | 2));
        Self { size, whole: std::array::from_fn(|side| all[side] - usize::from(narrow[side])), narrow, all_narrow }
    }

    /// How many there are.
    pub fn count(self) -> usize {
        self.of_each_kind().iter().sum()
    }

    /// Whole ones, those of two columns, of two rows, and of both.
    fn of_each_kind(self) -> [usize; 4] {
        let [[down, across], [lower, right]] = [self.whole, self.narrow.map(usize::from)];
        [down * across, down * right, lower * across, lower * right]
    }

    /// Outputs of a whole tile along a side.
    pub fn side(self) -> usize {
        if self.all_narrow { NARROW } else { OUT }
    }

    /// How many of a part of so many tiles have a point of the basis, if any of the image's has.
    pub fn with_point(self, part: usize, point: usize) -> usize {
        let [_, right, lower, corner] = self.of_each_kind();
        match [is_outer(point / IN), is_outer(point % IN)] {
            [false, false] => part,
            [true, false] => part - lower - corner,
            [false, true] => part - right - corner,
            [true, true] => part - lower - right - corner,
        }
    }

    /// Where a tile of the part that begins at `first` lies.
    pub fn spot(self, first: usize, tile: usize) -> Spot {
        let ([down, across], [whole, right, lower, _]) = (self.whole, self.of_each_kind());
        let spot = |corner: [usize; 2], narrow, outer| Spot {
            corner: corner.map(|tiles| tiles * self.side()),
            narrow: if self.all_narrow { [true; 2] } else { narrow },
            at: [tile - first, outer - first],
        };
        if tile < whole {
            spot([tile / across, tile % across], [false, false], tile)
        } else if tile < whole + right {
            spot([tile - whole, across], [false, true], tile)
        } else if tile < whole + right + lower {
            let column = tile - whole - right;
            spot([down, column], [true, false], whole + column)
        } else {
            spot([down, across], [true, true], tile)
        }
    }

    /// Where an image lies that is read: amid zeros enough for whole tiles.
    pub fn frame(self) -> Frame {
        let step = self.side();
        Frame { size: self.size, before: 1, whole: self.size.map(|side| side.div_ceil(step) * step + IN - step) }
    }

    /// A part of an image in its [`frame`](Self::frame) in the changed basis: for every [`ROWS`] of its tiles, for each point, for each
    /// tile, the inputs.
    pub fn to_basis(self, part: Range<usize>, basis: &mut [f32], image: &[f32], inputs: usize) {
        known_or!(inputs, to_basis_known(self, part, basis, image), self.each_to_basis(part, basis, image, inputs));
    }

    #[inline(always)]
    fn each_to_basis(self, part: Range<usize>, basis: &mut [f32], image: &[f32], inputs: usize) {
        let (row, plane) = (self.frame().whole[1] * inputs, plane(inputs));
        let factors = Factors::numbers();
        for tile in part.clone() {
            let Spot { corner: [top, left], narrow: is_narrow, at } = self.spot(part.start, tile);
            let from = std::array::from_fn(|side| &image[(top + side) * row + left * inputs..][..IN * inputs]);
            let at = at.map(|at| at / ROWS * POINTS * plane + at % ROWS * inputs);
            match is_narrow {
                [false, false] => to_basis(&mut basis[at[0]..], plane, from, inputs, factors),
                [false, true] => narrow::to_basis::<false, true>(basis, at, plane, from, inputs),
                [true, false] => narrow::to_basis::<true, false>(basis, at, plane, from, inputs),
                [true, true] => narrow::to_basis::<true, true>(basis, at, plane, from, inputs),
            }
        }
    }
}

#[inline(never)]
fn to_basis_known<const INPUTS: usize>(tiles: Tiles, part: Range<usize>, basis: &mut [f32], image: &[f32]) {
    tiles.each_to_basis(part, basis, image, INPUTS);
}

/// Numbers of [`ROWS`] tiles at one point of the basis. A little more than there are: at powers of two all points would compete
/// for the same lines of the cache.
pub const fn plane(inputs: usize) -> usize {
    ROWS * inputs + 4 * LANES
}
