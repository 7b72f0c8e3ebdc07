//! What comes out of the changed basis, and where it goes.

use std::ops::Range;

use super::super::lanes::{LANES, Lanes, add, load, store};
use super::super::matrix::{Block, COLUMNS, ROWS, Tile, pair};
use super::basis::{Factors, IN, OUT, POINTS, from_basis, side_from_basis};
use super::narrow::{any_from_basis, is_outer};
use super::tiles::{Spot, Tiles};

/// The outputs of an image.
#[derive(Debug)]
pub struct Outputs<'a> {
    /// Where they go.
    pub y: &'a mut [f32],
    /// An image that is added to them.
    pub image: Option<&'a [f32]>,
    /// Its tiles.
    pub tiles: Tiles,
    /// Channels of a pixel.
    pub channels: usize,
}

/// Where the outputs of a tile lie, for one vector of channels.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// The first of them.
    at: usize,
    /// To the next row, and to the next column.
    apart: [usize; 2],
    /// Rows and columns that lie in the image.
    size: [usize; 2],
}

/// The products of a part's tiles, and what is added to each channel of the block.
#[derive(Debug, Clone, Copy)]
pub struct Products<'a> {
    /// For every [`ROWS`] tiles, at every point.
    pub groups: &'a [[Tile; POINTS]],
    /// The block's first numbers.
    pub start: &'a Block,
}

impl Outputs<'_> {
    /// Writes a block of channels of a part's tiles, as far as they lie in the image and the channels exist.
    // A function of its own, for engines of WebAssembly hand out registers by function.
    #[inline(never)]
    pub fn put(&mut self, products: Products<'_>, part: Range<usize>, block: usize) {
        let factors = Factors::numbers();
        let ([height, width], side) = (self.tiles.size, self.tiles.side());
        let apart = [width * self.channels, self.channels];
        for tile in part.clone() {
            let spot = self.tiles.spot(part.start, tile);
            let [top, left] = spot.corner;
            let pixel = (top * width + left) * self.channels;
            for vector in 0..2 {
                let channel = block * COLUMNS + vector * LANES;
                let place =
                    Place { at: pixel + channel, apart, size: [side.min(height - top), side.min(width - left)] };
                if channel + LANES > self.channels {
                    self.put_part(place, products, spot, vector, self.channels.saturating_sub(channel));
                } else if spot.narrow == [false, false] {
                    put_all(self.y, self.image, place, products.whole(spot, vector, factors));
                } else {
                    put_all(self.y, self.image, place, products.any(spot, vector));
                }
            }
        }
    }

    /// Of the first channels of a vector.
    #[cold]
    #[inline(never)]
    fn put_part(
        &mut self,
        Place { at, apart, size }: Place,
        products: Products<'_>,
        spot: Spot,
        vector: usize,
        channels: usize,
    ) {
        let outputs = products.any(spot, vector);
        for (row, outputs) in outputs.iter().enumerate().take(size[0]) {
            for (column, lanes) in outputs.iter().enumerate().take(size[1]) {
                let at = at + row * apart[0] + column * apart[1];
                let mut numbers = [0.0; LANES];
                store(&mut numbers, *lanes);
                for (at, number) in (at..).zip(&numbers[..channels]) {
                    self.y[at] = number + self.image.map_or(0.0, |image| image[at]);
                }
            }
        }
    }
}

impl Products<'_> {
    /// The outputs of a whole tile.
    #[inline(always)]
    fn whole(self, Spot { at: [at, _], .. }: Spot, vector: usize, factors: Factors) -> [[Lanes; OUT]; OUT] {
        // From the tile's first product on, so that all of them lie at known distances from one address.
        let products = &self.groups[at / ROWS].as_flattened().as_flattened()[at % ROWS * 2 + vector..];
        let product = |row: usize, column: usize| products[(row * IN + column) * ROWS * 2];
        let side = |side| side_from_basis(side, factors);
        from_basis(product, pair(self.start)[vector], side, side)
    }

    /// The outputs of any tile.
    #[inline(never)]
    fn any(self, spot: Spot, vector: usize) -> [[Lanes; OUT]; OUT] {
        let product = |row: usize, column: usize| {
            let at = spot.at[usize::from(is_outer(column))];
            self.groups[at / ROWS][row * IN + column][at % ROWS][vector]
        };
        any_from_basis(product, pair(self.start)[vector], spot.narrow, Factors::numbers())
    }
}

/// Of all channels of a vector.
#[inline(always)]
fn put_all(y: &mut [f32], image: Option<&[f32]>, Place { at, apart, size }: Place, outputs: [[Lanes; OUT]; OUT]) {
    // With a condition at every output and not as so many turns: numbers that are reached by index lie in memory.
    for (row, outputs) in outputs.iter().enumerate() {
        for (column, lanes) in outputs.iter().enumerate() {
            if row >= size[0] || column >= size[1] {
                continue;
            }
            let at = at + row * apart[0] + column * apart[1];
            let lanes = match image {
                Some(image) => add(*lanes, load(image[at..].first_chunk().expect("as many as outputs"))),
                None => *lanes,
            };
            store(y[at..].first_chunk_mut().expect("channels of an output"), lanes);
        }
    }
}
