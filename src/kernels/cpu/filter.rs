//! Halving and doubling by a filter on the CPU.

use super::image::{Buffer, Image};
use crate::math::filter::{Edge, Tap};

/// Half as high and wide, by the filter [1, 3, 3, 1] / 8 along both sides, which are even.
pub fn halved_filtered(x: &Image, edge: Edge) -> Image {
    let [_, height, width, _] = x.dims();
    filtered(x, [height / 2, width / 2], |index, length| edge.halving(index, length))
}

/// Twice as high and wide, by the filter [1, 3, 3, 1] / 4 along both sides of the image with zeros between its pixels.
pub fn doubled_filtered(x: &Image, edge: Edge) -> Image {
    let [_, height, width, _] = x.dims();
    filtered(x, [2 * height, 2 * width], |index, length| edge.doubling(index, length))
}

/// Every pixel of an image of `size` becomes the sum of what `taps` says of its row, and of its column.
fn filtered<const N: usize>(x: &Image, size: [usize; 2], taps: impl Fn(usize, usize) -> [Tap; N]) -> Image {
    let ([batch, height, width, channels], [rows, columns]) = (x.dims(), size);
    let mut y = Buffer::take(batch * rows * columns * channels);
    let mut row = Buffer::take(width * channels);
    for (index, y) in y.chunks_exact_mut(columns * channels).enumerate() {
        let image = x.image(index / rows).chunks_exact(width * channels);
        sum(&mut row, taps(index % rows, height), |from| image.clone().nth(from));
        for (column, y) in y.chunks_exact_mut(channels).enumerate() {
            sum(y, taps(column, width), |from| row.chunks_exact(channels).nth(from));
        }
    }
    Image::new(y, [batch, rows, columns, channels])
}

/// The weighted sum of what `part` finds.
fn sum<'a, const N: usize>(to: &mut [f32], taps: [Tap; N], part: impl Fn(usize) -> Option<&'a [f32]>) {
    to.fill(0.0);
    for (from, weight) in taps {
        for (to, from) in to.iter_mut().zip(part(from).unwrap_or_default()) {
            *to += weight * from;
        }
    }
}
