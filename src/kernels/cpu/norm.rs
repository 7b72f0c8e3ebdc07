//! Group normalisation on the CPU: what it comes to for each channel of an image.

use super::super::shape::GroupNormShape;
use super::device::Device;
use super::image::{Buffer, Image};
use super::lanes::{LANES, Lanes, add, load, mul, splat, store, sub};
use super::layout::{Frame, Parts};
use super::resample::{concatenated, gathered};
use super::slopes::Slopes;
use crate::math::activation::Activation;

/// Pixels whose sum is added to the others at once: about the square root of an image's.
const PIXELS_IN_PART: usize = 64;

/// Channels that are summed in registers.
const BLOCK: usize = 4 * LANES;

/// Each group of channels of each image is brought to mean 0 and variance 1, then each channel is scaled and shifted.
#[derive(Debug)]
pub struct GroupNorm {
    shape: GroupNormShape,
    gamma: Vec<f32>,
    beta: Vec<f32>,
}

/// What the operations read on the CPU.
pub type Source<'a> = super::super::source::Source<'a, Image, GroupNorm>;

impl GroupNorm {
    /// The normalisation that scales by `gamma` and shifts by `beta`, one number of each a channel.
    pub fn new(shape: GroupNormShape, gamma: Vec<f32>, beta: Vec<f32>, _device: &Device) -> Self {
        Self { shape, gamma, beta }
    }

    /// What the normalisation of this image comes to.
    pub(super) fn slopes(&self, image: Parts<'_>) -> Slopes {
        let mean = self.group_mean(image, |x, _| x, &vec![0.0; image.channels()]);
        let variance = self.group_mean(image, |x, mean| mul(sub(x, mean), sub(x, mean)), &mean);
        let slope: Vec<f32> = variance
            .iter()
            .zip(&self.gamma)
            .map(|(variance, gamma)| gamma / (variance + self.shape.eps as f32).sqrt())
            .collect();
        let offset = (0..slope.len()).map(|c| self.beta[c] - mean[c] * slope[c]).collect();
        Slopes { slope, offset, activation: self.shape.activation }
    }

    /// Y = (X - mean) / sqrt(variance + eps) * gamma + beta, then the activation.
    ///
    /// # Shapes
    /// - source: `[batch, height, width, channels]`
    /// - output: as source
    pub fn forward(&self, source: Source<'_>) -> Image {
        gathered(source.x, source.skip, 1, |parts| Some(self.slopes(parts)))
    }

    /// [`forward`](Self::forward) with a scale and a shift of each image's channels before the activation, which is
    /// `activation`: Y becomes Y (1 + scale) + shift.
    ///
    /// # Shapes
    /// - source: `[batch, height, width, channels]`
    /// - `scale_shift`: `[batch, 1, 1, 2 * channels]`, all scales before all shifts
    /// - output: as source
    pub fn forward_scaled(&self, source: Source<'_>, scale_shift: &Image, activation: Activation) -> Image {
        let x = concatenated(source);
        let [batch, height, width, channels] = x.dims();
        let (of_image, size) = (height * width * channels, [height, width]);
        let frame = Frame { size, before: 0, whole: size };
        let mut y = Buffer::take(batch * of_image);
        for (index, y) in y.chunks_exact_mut(of_image).enumerate() {
            let parts = Parts::of(&x, None, index);
            let slopes = self.slopes(parts).then(scale_shift.image(index), activation);
            parts.lay_out_in(y, frame, 1, Some(&slopes));
        }
        Image::new(y, x.dims())
    }

    /// For every channel, the mean of `term` over its group; `term` takes an element, and its channel's `parameter`.
    fn group_mean(&self, image: Parts<'_>, term: impl Fn(Lanes, Lanes) -> Lanes, parameter: &[f32]) -> Vec<f32> {
        let mut sums = vec![0.0; parameter.len()];
        let mut elements = 0;
        for (part, first, channels) in image.each() {
            if channels > 0 {
                let channels = first..first + channels;
                add_channel_sums(&mut sums[channels.clone()], part, &term, &parameter[channels]);
                elements += part.len();
            }
        }
        let in_group = sums.len() / self.shape.groups;
        let elements = (elements / self.shape.groups) as f32;
        for group in sums.chunks_exact_mut(in_group) {
            let mean = group.iter().sum::<f32>() / elements;
            group.fill(mean);
        }
        sums
    }
}

/// Adds to `sums`, for every channel, `term` of all its elements.
fn add_channel_sums(sums: &mut [f32], image: &[f32], term: impl Fn(Lanes, Lanes) -> Lanes, parameter: &[f32]) {
    let channels = sums.len();
    // In parts, for a long sum in f32 loses digits.
    for pixels in image.chunks(PIXELS_IN_PART * channels) {
        for (index, sums) in sums.chunks_mut(BLOCK).enumerate() {
            let at = index * BLOCK..index * BLOCK + sums.len();
            let parameter = padded(&parameter[at.clone()]);
            let mut part = [splat(0.0); BLOCK / LANES];
            let mut add_pixel = |pixel: &[f32; BLOCK]| {
                let terms = pixel.as_chunks().0.iter().zip(parameter.as_chunks().0);
                part.iter_mut().zip(terms).for_each(|(sum, (x, p))| *sum = add(*sum, term(load(x), load(p))));
            };
            for pixel in pixels.chunks_exact(channels) {
                match pixel[at.clone()].first_chunk() {
                    Some(pixel) => add_pixel(pixel),
                    None => add_pixel(&padded(&pixel[at.clone()])),
                }
            }
            let mut total = padded(sums);
            total.as_chunks_mut().0.iter_mut().zip(part).for_each(|(sum, part)| store(sum, add(load(sum), part)));
            sums.copy_from_slice(&total[..sums.len()]);
        }
    }
}

/// A block of numbers, with zeros behind them where they are fewer.
fn padded(numbers: &[f32]) -> [f32; BLOCK] {
    let mut padded = [0.0; BLOCK];
    padded[..numbers.len()].copy_from_slice(numbers);
    padded
}
