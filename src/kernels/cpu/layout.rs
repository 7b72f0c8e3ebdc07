//! What a convolution reads, laid out amid zeros: the one pass over its input in which channels are put together, pixels
//! repeated, and all of it normalised and activated.

use super::super::activation::Activation;
use super::activation::Exp;
use super::norm::Slopes;
use super::pixels::{Buffer, Pixels};

/// Where an image lies amid zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// Height and width of the image.
    pub size: [usize; 2],
    /// Rows above it, and columns left of it.
    pub before: usize,
    /// Height and width of the whole.
    pub whole: [usize; 2],
}

/// The images of one place in a batch that lie side by side: the channels of the first, then those of the second.
#[derive(Debug, Clone, Copy)]
pub struct Parts<'a> {
    x: &'a [f32],
    skip: &'a [f32],
    channels: [usize; 2],
    /// Pixels of a row.
    width: usize,
}

impl<'a> Parts<'a> {
    /// Image `index` of `x`, and of `skip` where there is one.
    pub fn of(x: &'a Pixels, skip: Option<&'a Pixels>, index: usize) -> Self {
        let [_, _, width, channels] = x.dims();
        let (skip, more) = skip.map_or((&[][..], 0), |skip| (skip.image(index), skip.dims()[3]));
        Self { x: x.image(index), skip, channels: [channels, more], width }
    }

    /// Channels of both.
    pub fn channels(&self) -> usize {
        self.channels[0] + self.channels[1]
    }

    /// Every image with its first channel.
    pub fn each(&self) -> [(&'a [f32], usize, usize); 2] {
        [(self.x, 0, self.channels[0]), (self.skip, self.channels[0], self.channels[1])]
    }

    /// Whether the images already lie in `frame`, side by side or not.
    pub fn lie_in(&self, frame: Frame, repeated: usize, slopes: Option<&Slopes>) -> bool {
        repeated == 1 && slopes.is_none() && frame.whole == frame.size
    }

    /// Lays the image out in `frame`, every pixel in `repeated` columns and rows, each channel by its slope where there
    /// are any.
    pub fn lay_out(&self, frame: Frame, repeated: usize, slopes: Option<&Slopes>) -> Buffer {
        let mut laid_out = Buffer::take(frame.whole[0] * frame.whole[1] * self.channels());
        self.lay_out_in(&mut laid_out, frame, repeated, slopes);
        laid_out
    }

    /// [`lay_out`](Self::lay_out), in numbers that are there.
    pub fn lay_out_in(&self, laid_out: &mut [f32], frame: Frame, repeated: usize, slopes: Option<&Slopes>) {
        let (channels, columns) = (self.channels(), frame.whole[1]);
        for (row, to) in laid_out.chunks_exact_mut(columns * channels).enumerate() {
            let Some(y) = row.checked_sub(frame.before).filter(|y| *y < frame.size[0]) else {
                to.fill(0.0);
                continue;
            };
            let (before, to) = to.split_at_mut(frame.before * channels);
            let (image, after) = to.split_at_mut(frame.size[1] * channels);
            before.fill(0.0);
            after.fill(0.0);
            for (x, pixel) in image.chunks_exact_mut(channels).enumerate() {
                self.pixel(pixel, y / repeated * self.width + x / repeated, slopes);
            }
        }
    }

    #[inline(always)]
    fn pixel(&self, to: &mut [f32], index: usize, slopes: Option<&Slopes>) {
        let (first, second) = to.split_at_mut(self.channels[0]);
        first.copy_from_slice(&self.x[index * self.channels[0]..][..self.channels[0]]);
        second.copy_from_slice(&self.skip[index * self.channels[1]..][..self.channels[1]]);
        if let Some(slopes) = slopes {
            slopes.apply(to);
        }
    }
}

impl Slopes {
    /// y = x * slope + offset in place, then the activation, for the channels of one pixel.
    #[inline(always)]
    pub fn apply(&self, pixel: &mut [f32]) {
        let exp = Exp::numbers();
        match self.activation {
            None => self.each(pixel, |y| y),
            Some(Activation::Silu) => self.each(pixel, |y| exp.silu(y)),
            Some(Activation::Mish) => self.each(pixel, |y| exp.mish(y)),
            Some(rare) => self.each(pixel, |y| rare.of(y)),
        }
    }

    #[inline(always)]
    fn each(&self, pixel: &mut [f32], activation: impl Fn(f32) -> f32) {
        let channels = pixel.iter_mut().zip(&self.slope).zip(&self.offset);
        channels.for_each(|((x, slope), offset)| *x = activation(*x * slope + offset));
    }
}
