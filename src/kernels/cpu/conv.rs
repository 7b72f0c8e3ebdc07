//! Convolutions on the CPU: which way each goes, and what it reads and begins with.

use super::super::conv::Added;
use super::super::image::Source;
use super::super::shape::ConvShape;
use super::layout::Parts;
use super::matrix::{Block, COLUMNS};
use super::norm::Slopes;
use super::patches::Patches;
use super::pixels::{Buffer, Pixels, pixels};
use super::winograd::Winograd;

/// A convolution with its weights, laid out as they are read.
#[derive(Debug)]
pub struct CpuConvolution {
    shape: ConvShape,
    way: Way,
    /// One number for every output, the last block filled up with zeros.
    bias: Vec<Block>,
}

#[derive(Debug)]
enum Way {
    Winograd(Winograd),
    Patches(Patches),
}

/// What the outputs of an image begin with, before any product is added.
#[derive(Debug, Clone, Copy)]
pub struct Begin<'a> {
    /// One number for every output, in blocks.
    pub channels: &'a [Block],
    /// One number for every element.
    pub image: Option<&'a [f32]>,
}

impl CpuConvolution {
    /// The convolution of `weights`, in the order `[outputs, inputs, side, side]`.
    pub fn new(shape: ConvShape, weights: &[f32], bias: &[f32]) -> Self {
        let way = if Winograd::suits(shape) {
            Way::Winograd(Winograd::new(shape, weights))
        } else {
            Way::Patches(Patches::new(shape, weights))
        };
        Self { shape, way, bias: blocks(bias) }
    }

    /// [`Convolution::forward`](super::super::conv::Convolution::forward).
    ///
    /// The output, and what is added to it, is multiplied by `factor`.
    pub fn forward(&self, source: Source<'_>, added: Added<'_>, factor: f32) -> Pixels {
        let (x, skip) = (pixels(source.x), source.skip.map(pixels));
        let repeated = if source.doubled { 2 } else { 1 };
        let [batch, height, width, _] = x.dims();
        let size = [height * repeated, width * repeated];
        let [rows, columns] = size.map(|side| self.shape.output(side));
        let mut y = Buffer::take(batch * rows * columns * self.shape.outputs);
        for (index, y) in y.chunks_exact_mut(rows * columns * self.shape.outputs).enumerate() {
            let parts = Parts::of(x, skip, index);
            let slopes = source.norm.map(|norm| norm.on_cpu().expect("norms are loaded where convolutions are"));
            let slopes = slopes.map(|norm| norm.slopes(parts));
            let (channels, image) = match added {
                // What goes through another convolution comes as an image.
                Added::Nothing | Added::Through(..) => (None, None),
                Added::Channels(channels) => (Some(pixels(channels).image(index)), None),
                Added::Image(image) => (None, Some(pixels(image).image(index))),
            };
            let channels = channels.map(|channels| plus(&self.bias, channels));
            let begin = Begin { channels: channels.as_deref().unwrap_or(&self.bias), image };
            self.write(y, parts, size, repeated, slopes.as_ref(), begin);
        }
        if factor != 1.0 {
            y.iter_mut().for_each(|y| *y *= factor);
        }
        Pixels::new(y, [batch, rows, columns, self.shape.outputs])
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
                let laid_out = parts.lay_out(Winograd::frame(size), repeated, slopes);
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
