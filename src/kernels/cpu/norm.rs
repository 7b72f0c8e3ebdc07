//! Group normalisation and SiLU on the CPU, in place.

use burn::tensor::{Device, Tensor, TensorData};

use super::super::norm::GroupNormShape;
use super::elements;
use super::silu::silu;

/// Pixels whose sum is added to the others at once: about the square root of an image's.
const PIXELS_IN_PART: usize = 64;

/// A group normalisation with its weights.
#[derive(Debug)]
pub struct CpuGroupNorm {
    shape: GroupNormShape,
    gamma: Vec<f32>,
    beta: Vec<f32>,
}

impl CpuGroupNorm {
    /// The normalisation that scales by `gamma` and shifts by `beta`.
    pub fn new(shape: GroupNormShape, gamma: Vec<f32>, beta: Vec<f32>) -> Self {
        Self { shape, gamma, beta }
    }

    /// [`GroupNorm::forward`](super::super::norm::GroupNorm::forward).
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let dims @ [_, height, width, channels] = x.dims();
        let mut x = elements(x);
        for image in x.chunks_exact_mut(height * width * channels) {
            let mean = self.group_mean(image, |x, _| x, &vec![0.0; channels]);
            let variance = self.group_mean(image, |x, mean| (x - mean) * (x - mean), &mean);
            // Per channel: y = x * slope + offset.
            let slope: Vec<f32> = variance
                .iter()
                .zip(&self.gamma)
                .map(|(variance, gamma)| gamma / (variance + self.shape.eps as f32).sqrt())
                .collect();
            let offset: Vec<f32> = (0..channels).map(|c| self.beta[c] - mean[c] * slope[c]).collect();
            if self.shape.silu {
                for_each_pixel(image, &slope, &offset, silu);
            } else {
                for_each_pixel(image, &slope, &offset, |y| y);
            }
        }
        Tensor::from_data(TensorData::new(x, dims), &Device::flex())
    }

    /// For every channel, the mean of `term` over its group; `term` takes an element, and its channel's `parameter`.
    fn group_mean(&self, image: &[f32], term: impl Fn(f32, f32) -> f32, parameter: &[f32]) -> Vec<f32> {
        let channels = parameter.len();
        let mut sums = vec![0.0; channels];
        // In parts, for a long sum in f32 loses digits.
        for pixels in image.chunks(PIXELS_IN_PART * channels) {
            let mut part = vec![0.0; channels];
            for pixel in pixels.chunks_exact(channels) {
                for ((sum, x), parameter) in part.iter_mut().zip(pixel).zip(parameter) {
                    *sum += term(*x, *parameter);
                }
            }
            sums.iter_mut().zip(&part).for_each(|(sum, part)| *sum += part);
        }
        let in_group = channels / self.shape.groups;
        let elements = (image.len() / self.shape.groups) as f32;
        for group in sums.chunks_exact_mut(in_group) {
            let mean = group.iter().sum::<f32>() / elements;
            group.fill(mean);
        }
        sums
    }
}

/// y = then(x * slope + offset) in place, slope and offset by channel.
#[inline(always)]
fn for_each_pixel(image: &mut [f32], slope: &[f32], offset: &[f32], then: impl Fn(f32) -> f32) {
    for pixel in image.chunks_exact_mut(slope.len()) {
        for ((x, slope), offset) in pixel.iter_mut().zip(slope).zip(offset) {
            *x = then(*x * slope + offset);
        }
    }
}
