//! What comes out of the changed basis, and where it goes.

use super::super::lanes::{LANES, Lanes, add, load, store};
use super::super::matrix::{Block, COLUMNS, ROWS, Tile, halves};
use super::basis::{Factors, OUT, POINTS, from_basis};
use super::tiles::Tiles;

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

impl Outputs<'_> {
    /// Writes a block of channels of the [`ROWS`] tiles from `first` on, as far as they lie in the image and the channels exist.
    ///
    /// - `products`: of these tiles, at every point
    /// - `start`: what is added to each channel
    // A function of its own, for engines of WebAssembly hand out registers by function.
    #[inline(never)]
    pub fn put(&mut self, products: &[Tile; POINTS], first: usize, block: usize, start: &Block) {
        let factors = Factors::numbers();
        let [height, width] = self.tiles.size;
        for (row, tile) in (first..self.tiles.count()).take(ROWS).enumerate() {
            let [top, left] = self.tiles.corner(tile);
            let apart = [width * self.channels, self.channels];
            let pixel = (top * width + left) * self.channels;
            for half in 0..2 {
                let (channel, start) = (block * COLUMNS + half * LANES, halves(start)[half]);
                let place = Place { at: pixel + channel, apart, size: [height - top, width - left] };
                // From the tile's first product on, so that all of them lie at known distances from one address.
                let products = &products.as_flattened().as_flattened()[row * 2 + half..];
                if channel + LANES <= self.channels {
                    let outputs = from_basis(|point| products[point * ROWS * 2], start, factors);
                    put_whole(self.y, self.image, place, outputs);
                } else if channel < self.channels {
                    self.put_part(place, products, start, self.channels - channel);
                }
            }
        }
    }

    /// Of the first channels of a vector.
    #[cold]
    #[inline(never)]
    fn put_part(&mut self, Place { at, apart, size }: Place, products: &[Lanes], start: Lanes, channels: usize) {
        let outputs = from_basis(|point| products[point * ROWS * 2], start, Factors::numbers());
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

/// Of all channels of a vector.
#[inline(always)]
fn put_whole(y: &mut [f32], image: Option<&[f32]>, Place { at, apart, size }: Place, outputs: [[Lanes; OUT]; OUT]) {
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
