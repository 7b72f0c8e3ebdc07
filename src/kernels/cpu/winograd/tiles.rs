//! The tiles of an image, and their way to the changed basis.

use std::ops::Range;

use super::super::lanes::LANES;
use super::super::layout::Frame;
use super::super::matrix::ROWS;
use super::basis::{Factors, IN, OUT, POINTS, to_basis};

/// The tiles of an image, row by row.
#[derive(Debug, Clone, Copy)]
pub struct Tiles {
    /// Height and width of the image.
    pub size: [usize; 2],
}

impl Tiles {
    /// How many there are.
    pub fn count(self) -> usize {
        self.size[0].div_ceil(OUT) * self.columns()
    }

    fn columns(self) -> usize {
        self.size[1].div_ceil(OUT)
    }

    /// Row and column of a tile's first output.
    pub fn corner(self, tile: usize) -> [usize; 2] {
        [tile / self.columns() * OUT, tile % self.columns() * OUT]
    }

    /// Where an image lies that is read: amid zeros enough for whole tiles.
    pub fn frame(self) -> Frame {
        Frame { size: self.size, before: 1, whole: self.size.map(|side| side.div_ceil(OUT) * OUT + IN - OUT) }
    }

    /// Some tiles of an image in its [`frame`](Self::frame) in the changed basis: for every [`ROWS`] of them, for each point, for
    /// each tile, the inputs.
    pub fn to_basis(self, some: Range<usize>, basis: &mut [f32], image: &[f32], inputs: usize) {
        // The usual numbers of inputs have loops of their own, which compute fewer addresses.
        match inputs {
            32 => self.to_basis_known::<32>(some, basis, image),
            64 => self.to_basis_known::<64>(some, basis, image),
            96 => self.to_basis_known::<96>(some, basis, image),
            128 => self.to_basis_known::<128>(some, basis, image),
            192 => self.to_basis_known::<192>(some, basis, image),
            256 => self.to_basis_known::<256>(some, basis, image),
            inputs => self.each_to_basis(some, basis, image, inputs),
        }
    }

    #[inline(never)]
    fn to_basis_known<const INPUTS: usize>(self, some: Range<usize>, basis: &mut [f32], image: &[f32]) {
        self.each_to_basis(some, basis, image, INPUTS);
    }

    #[inline(always)]
    fn each_to_basis(self, some: Range<usize>, basis: &mut [f32], image: &[f32], inputs: usize) {
        let (row, plane) = (self.frame().whole[1] * inputs, plane(inputs));
        let factors = Factors::numbers();
        for (index, tile) in some.enumerate() {
            let [top, left] = self.corner(tile);
            let from = std::array::from_fn(|side| &image[(top + side) * row + left * inputs..][..IN * inputs]);
            let at = index / ROWS * POINTS * plane + index % ROWS * inputs;
            to_basis(&mut basis[at..], plane, from, inputs, factors);
        }
    }
}

/// Numbers of [`ROWS`] tiles at one point of the basis. A little more than there are: at powers of two all points would compete
/// for the same lines of the cache.
pub const fn plane(inputs: usize) -> usize {
    ROWS * inputs + 4 * LANES
}
