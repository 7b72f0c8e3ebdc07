//! What a convolution reads, laid out amid zeros: the one pass over its input in which channels are put together, pixels
//! repeated, and all of it normalised and activated.

use super::activation::Exp;
use super::image::{Buffer, Image};
use super::lanes::each;
use super::slopes::Slopes;
use crate::math::activation::Activation;

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
    /// Image of a row.
    width: usize,
}

impl<'a> Parts<'a> {
    /// Image `index` of `x`, and of `skip` where there is one.
    pub fn of(x: &'a Image, skip: Option<&'a Image>, index: usize) -> Self {
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
        let exp = Exp::numbers();
        let to = (laid_out, frame, repeated);
        match slopes.map(|slopes| (slopes, slopes.activation)) {
            // Not as slices: a copy of so few numbers is a call in engines of WebAssembly.
            None => self.each_pixel(to, |to, from, _| each(to, [from], |[x]| x)),
            Some((slopes, None)) => self.each_pixel(to, |to, from, first| slopes.each(to, from, first, |y| y)),
            Some((slopes, Some(Activation::Silu))) => {
                self.each_pixel(to, |to, from, first| slopes.each(to, from, first, |y| exp.silu(y)));
            }
            Some((slopes, Some(Activation::Mish))) => {
                self.each_pixel(to, |to, from, first| slopes.each(to, from, first, |y| exp.mish(y)));
            }
            Some((slopes, Some(rare))) => self.each_pixel(to, |to, from, first| {
                slopes.each(to, from, first, |y| y);
                to.iter_mut().for_each(|y| *y = rare.of(*y));
            }),
        }
    }

    /// Lays the image out, each part of a pixel by `write`, which also takes the part's first channel.
    #[inline(always)]
    fn each_pixel(
        &self,
        (laid_out, frame, repeated): (&mut [f32], Frame, usize),
        write: impl Fn(&mut [f32], &[f32], usize),
    ) {
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
            let first = y / repeated * self.width;
            // One call of `write`, so that it is part of the loop and keeps its numbers there.
            for (part, begin, count) in self.each().into_iter().filter(|(.., count)| *count > 0) {
                for (x, pixel) in image.chunks_exact_mut(channels).enumerate() {
                    let at = (first + x / repeated) * count;
                    write(&mut pixel[begin..begin + count], &part[at..at + count], begin);
                }
            }
        }
    }
}
