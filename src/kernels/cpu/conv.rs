//! Convolutions on the CPU: which way each goes, and what it reads and begins with.

use super::super::shape::ConvShape;
use super::device::Device;
use super::image::{Buffer, Image};
use super::layout::Parts;
use super::matrix::{Begin, Block, COLUMNS};
use super::norm::{GroupNorm, Source};
use super::patches::Patches;
use super::slopes::Slopes;
use super::winograd::Winograd;
use crate::math::form::Form;

/// What is added to a convolution's output on the CPU.
pub type Added<'a> = super::super::source::Added<'a, Image, GroupNorm, Convolution>;

/// A convolution with its weights, laid out as they are read.
#[derive(Debug)]
pub struct Convolution {
    shape: ConvShape,
    way: Way,
    /// One number for every output, the last block filled up with zeros.
    bias: Vec<Block>,
    /// What the output, and what was added to it, is multiplied by.
    factor: f32,
}

#[derive(Debug)]
enum Way {
    Winograd(Winograd),
    Patches(Patches),
}

impl Convolution {
    /// The convolution of `weights`, in the order `[outputs, inputs, side, side]`, held in this form, and one number of `bias` per output.
    pub fn new(shape: ConvShape, weights: &[f32], bias: &[f32], form: Form, _device: &Device) -> Self {
        let way = match form {
            Form::Wide | Form::Narrow if Winograd::suits(shape) => {
                Way::Winograd(Winograd::new(shape, weights, form == Form::Narrow))
            }
            Form::Halves => Way::Patches(Patches::new(shape, weights).halved()),
            _ => Way::Patches(Patches::new(shape, weights)),
        };
        Self { shape, way, bias: blocks(bias), factor: 1.0 }
    }

    /// The same with its output, and what was added to it, divided by `divisor`.
    pub fn divided_by(self, divisor: f64) -> Self {
        Self { factor: (1.0 / divisor) as f32, ..self }
    }

    /// Applies the convolution.
    ///
    /// # Shapes
    /// - source: `[batch, height, width, inputs]`
    /// - output: `[batch, output(height), output(width), outputs]`
    pub fn forward(&self, source: Source<'_>, added: Added<'_>) -> Image {
        match added {
            Added::Nothing => self.forward_plus(source, None, None),
            Added::Channels(channels) => self.forward_plus(source, Some(channels), None),
            Added::Image(image) => self.forward_plus(source, None, Some(image)),
            Added::Through(convolution, through) => {
                let image = convolution.forward(through, Added::Nothing);
                self.forward_plus(source, None, Some(&image))
            }
        }
    }

    fn forward_plus(&self, source: Source<'_>, channels: Option<&Image>, image: Option<&Image>) -> Image {
        let Source { x, skip, norm, doubled } = source;
        let repeated = if doubled { 2 } else { 1 };
        let [batch, height, width, _] = x.dims();
        let size = [height * repeated, width * repeated];
        let [rows, columns] = size.map(|side| self.shape.output(side));
        let mut y = Buffer::take(batch * rows * columns * self.shape.outputs);
        for (index, y) in y.chunks_exact_mut(rows * columns * self.shape.outputs).enumerate() {
            let parts = Parts::of(x, skip, index);
            let slopes = norm.map(|norm| norm.slopes(parts));
            let channels = channels.map(|channels| plus(&self.bias, channels.image(index)));
            let image = image.map(|image| image.image(index));
            let begin = Begin { channels: channels.as_deref().unwrap_or(&self.bias), image };
            self.write(y, parts, size, repeated, slopes.as_ref(), begin);
        }
        if self.factor != 1.0 {
            y.iter_mut().for_each(|y| *y *= self.factor);
        }
        Image::new(y, [batch, rows, columns, self.shape.outputs])
    }

    /// The convolution of one image.
    fn write(
        &self,
        y: &mut [f32],
        parts: Parts<'_>,
        size: [usize; 2],
        repeated: usize,
        slopes: Option<&Slopes>,
        begin: Begin<'_>,
    ) {
        match &self.way {
            Way::Winograd(winograd) => {
                let laid_out = parts.lay_out(winograd.frame(size), repeated, slopes);
                winograd.write(y, &laid_out, size, begin);
            }
            Way::Patches(patches) => {
                let frame = patches.frame(size);
                if patches.are_pixels() && parts.lie_in(frame, repeated, slopes) {
                    patches.write(y, parts.each().map(|(image, ..)| image), frame, begin);
                } else {
                    patches.write(y, [&parts.lay_out(frame, repeated, slopes), &[]], frame, begin);
                }
            }
        }
    }
}

/// Numbers in blocks, the last one filled up with zeros.
fn blocks(numbers: &[f32]) -> Vec<Block> {
    let mut blocks = vec![[0.0; COLUMNS]; numbers.len().div_ceil(COLUMNS)];
    for (block, numbers) in blocks.iter_mut().zip(numbers.chunks(COLUMNS)) {
        block[..numbers.len()].copy_from_slice(numbers);
    }
    blocks
}

fn plus(blocks: &[Block], numbers: &[f32]) -> Vec<Block> {
    let mut sums = blocks.to_vec();
    for (sums, numbers) in sums.iter_mut().zip(numbers.chunks(COLUMNS)) {
        sums.iter_mut().zip(numbers).for_each(|(sum, number)| *sum += number);
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::half::f32_from_bf16;

    /// Numbers from -1 to 1 that are halves.
    fn halves(count: usize) -> Vec<f32> {
        (0..count).map(|i| (i * 37 % 129) as f32 / 64.0 - 1.0).collect()
    }

    /// Numbers of bfloat16 from 1 to 2.
    fn bfloats(count: usize) -> Vec<f32> {
        (0..count).map(|i| f32_from_bf16(0x3f80 + (i * 37 % 128) as u16)).collect()
    }

    #[test]
    fn halves_give_the_same_sums_in_half_the_memory() {
        for (side, stride, padding, weights) in [
            (1, 1, (0, 0), halves as fn(usize) -> _),
            (3, 1, (1, 1), halves),
            (3, 2, (0, 1), halves),
            (3, 1, (1, 1), bfloats),
        ] {
            let shape = ConvShape { inputs: 12, outputs: 20, side, stride, padding };
            let (weights, bias) = (weights(shape.num_weights()), halves(20));
            let x = Image::upload(&halves(2 * 12 * 36), [2, 12, 6, 6], &Device::Cpu);
            let output = |form| {
                let convolution = Convolution::new(shape, &weights, &bias, form, &Device::Cpu);
                convolution
                    .forward(Source::from(&x), Added::Image(&convolution.forward(Source::from(&x), Added::Nothing)))
            };
            assert_eq!(output(Form::Halves).elements(), output(Form::Plain).elements(), "{shape:?}");
        }
    }

    #[test]
    fn only_weights_that_are_halves_are_kept_as_halves() {
        let shape = ConvShape::pointwise(8, 8);
        let is_halved = |weights: &[f32]| {
            let convolution = Convolution::new(shape, weights, &[0.0; 8], Form::Halves, &Device::Cpu);
            matches!(convolution.way, Way::Patches(patches) if patches.is_halved())
        };
        assert!(is_halved(&halves(64)));
        assert!(!is_halved(&[0.1; 64]));
        // A half has all digits of a bfloat16, and fewer exponents.
        let with = |small: f32| [bfloats(63), vec![small]].concat();
        assert!(is_halved(&with(2f32.powi(-29))));
        assert!(!is_halved(&with(2f32.powi(-30))));
    }
}
