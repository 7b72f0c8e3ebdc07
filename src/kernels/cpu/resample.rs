//! What moves pixels about on the CPU, where no operation does it while it reads.

use super::super::source::Source;
use super::image::{Buffer, Image};
use super::layout::{Frame, Parts};
use super::slopes::Slopes;

/// Every block of 2x2 becomes its mean; both sides are even.
pub fn halved(x: &Image) -> Image {
    let [batch, height, width, channels] = x.dims();
    let mut y = Buffer::take(x.elements().len() / 4);
    let rows = x.elements().chunks_exact(2 * width * channels);
    for (two, to) in rows.zip(y.chunks_exact_mut(width / 2 * channels)) {
        let (upper, lower) = two.split_at(width * channels);
        let blocks = upper.chunks_exact(2 * channels).zip(lower.chunks_exact(2 * channels));
        for ((upper, lower), to) in blocks.zip(to.chunks_exact_mut(channels)) {
            for (c, mean) in to.iter_mut().enumerate() {
                *mean = (upper[c] + lower[c] + upper[channels + c] + lower[channels + c]) / 4.0;
            }
        }
    }
    Image::new(y, [batch, height / 2, width / 2, channels])
}

/// Every pixel becomes a block of 2x2.
pub fn doubled(x: &Image) -> Image {
    gathered(x, None, 2, |_| None)
}

/// The channels of a source and those behind them as one image, as they are.
pub fn concatenated<N>(source: Source<'_, Image, N>) -> Image {
    match source.skip {
        None => source.x.clone(),
        skip => gathered(source.x, skip, 1, |_| None),
    }
}

/// The channels of `x` and those of `skip` as one image, every pixel in `repeated` columns and rows, each image's by the
/// slopes that `slopes` finds for it.
pub fn gathered(
    x: &Image,
    skip: Option<&Image>,
    repeated: usize,
    slopes: impl Fn(Parts<'_>) -> Option<Slopes>,
) -> Image {
    let [batch, height, width, channels] = x.dims();
    let channels = channels + skip.map_or(0, |skip| skip.dims()[3]);
    let size = [height * repeated, width * repeated];
    let frame = Frame { size, before: 0, whole: size };
    let of_image = size[0] * size[1] * channels;
    let mut y = Buffer::take(batch * of_image);
    for (index, y) in y.chunks_exact_mut(of_image).enumerate() {
        let parts = Parts::of(x, skip, index);
        parts.lay_out_in(y, frame, repeated, slopes(parts).as_ref());
    }
    Image::new(y, [batch, size[0], size[1], channels])
}
