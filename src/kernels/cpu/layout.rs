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
            let first = y / repeated * self.width;
            if repeated == 1 && slopes.is_none() && self.channels[1] == 0 {
                image.copy_from_slice(&self.x[first * channels..][..image.len()]);
                continue;
            }
            for (x, pixel) in image.chunks_exact_mut(channels).enumerate() {
                self.pixel(pixel, first + x / repeated, slopes);
            }
        }
    }

    #[inline(always)]
    fn pixel(&self, to: &mut [f32], index: usize, slopes: Option<&Slopes>) {
        let (first, second) = to.split_at_mut(self.channels[0]);
        let parts = [(first, self.x, 0, self.channels[0]), (second, self.skip, self.channels[0], self.channels[1])];
        for (to, from, channel, channels) in parts {
            let from = &from[index * channels..][..channels];
            match slopes {
                Some(slopes) => slopes.apply(to, from, channel),
                None => to.copy_from_slice(from),
            }
        }
    }
}

impl Slopes {
    /// y = x * slope + offset, then the activation, for the channels of one pixel from `first` on. What is read is not copied first:
    /// a copy of so few numbers is a call in engines of WebAssembly.
    #[inline(always)]
    pub fn apply(&self, to: &mut [f32], from: &[f32], first: usize) {
        let exp = Exp::numbers();
        match self.activation {
            None => self.each(to, from, first, |y| y),
            Some(Activation::Silu) => self.each(to, from, first, |y| exp.silu(y)),
            Some(Activation::Mish) => self.each(to, from, first, |y| exp.mish(y)),
            Some(rare) => self.each(to, from, first, |y| rare.of(y)),
        }
    }

    #[inline(always)]
    fn each(&self, to: &mut [f32], from: &[f32], first: usize, activation: impl Fn(f32) -> f32) {
        let channels = self.slope[first..].iter().zip(&self.offset[first..]);
        for ((to, x), (slope, offset)) in to.iter_mut().zip(from).zip(channels) {
            *to = activation(*x * slope + offset);
        }
    }
}
