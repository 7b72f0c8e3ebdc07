//! Convolutions on the CPU, without a table of patches.
//!
//! With all channels of a pixel together, one row of a patch is one run of numbers. So a convolution is a product of
//! matrices whose left rows are runs in the padded image, at `side` places each, and overlap.

use burn::tensor::{Device, Tensor, TensorData};

use super::super::conv::{Added, ConvShape};
use super::elements;

/// Outputs and pixels that are computed together: 8 vectors of sums, which leaves registers for their factors.
const OUTPUTS: usize = 8;
const PIXELS: usize = 4;

/// Sums of [`PIXELS`] pixels, [`OUTPUTS`] each.
type Tile = [[f32; OUTPUTS]; PIXELS];

/// The weights of a convolution, in the order in which they are read.
#[derive(Debug)]
pub struct Packed {
    shape: ConvShape,
    /// For every [`OUTPUTS`] outputs, the last ones filled up with zeros: `side` rows of `side * inputs` weights each.
    weights: Vec<[f32; OUTPUTS]>,
    /// One for every output, filled up likewise.
    bias: Vec<[f32; OUTPUTS]>,
}

/// An image with its padding, and where each output pixel's patch begins.
struct Patches {
    elements: Vec<f32>,
    starts: Vec<usize>,
    /// Elements from one row of a patch to the next, and of one such row.
    row_stride: usize,
    row: usize,
}

impl Packed {
    /// Lay out `weights`, in the order `[outputs, inputs, side, side]`.
    pub fn new(shape: ConvShape, weights: &[f32], bias: &[f32]) -> Self {
        let ConvShape { inputs, outputs, side, .. } = shape;
        let in_block = side * side * inputs;
        let blocks = outputs.div_ceil(OUTPUTS);
        let mut packed =
            Self { shape, weights: vec![[0.0; OUTPUTS]; blocks * in_block], bias: vec![[0.0; OUTPUTS]; blocks] };
        for (output, (weights, bias)) in weights.chunks_exact(in_block).zip(bias).enumerate() {
            let (block, lane) = (output / OUTPUTS, output % OUTPUTS);
            packed.bias[block][lane] = *bias;
            for (input, weights) in weights.chunks_exact(side * side).enumerate() {
                for (tap, weight) in weights.iter().enumerate() {
                    packed.weights[block * in_block + tap * inputs + input][lane] = *weight;
                }
            }
        }
        packed
    }

    /// [`Convolution::forward`](super::super::conv::Convolution::forward).
    pub fn forward(&self, x: Tensor<4>, added: Added) -> Tensor<4> {
        let [batch, height, width, inputs] = x.dims();
        let [rows, columns] = [self.shape.output(height), self.shape.output(width)];
        let pixels = rows * columns;
        let outputs = self.shape.outputs;
        let (channels, image) = match added {
            Added::Nothing => (None, None),
            Added::Channels(channels) => (Some(elements(channels)), None),
            Added::Image(image) => (None, Some(elements(image))),
        };
        // What is added is there first.
        let mut y = image.unwrap_or_else(|| vec![0.0; batch * pixels * outputs]);
        let x = elements(x);
        for (index, y) in y.chunks_exact_mut(pixels * outputs).enumerate() {
            let patches = Patches::new(self.shape, &x[index * height * width * inputs..], [height, width]);
            let channels = channels.as_ref().map(|channels| &channels[index * outputs..(index + 1) * outputs]);
            self.add_to(y, &patches, channels);
        }
        Tensor::from_data(TensorData::new(y, [batch, rows, columns, outputs]), &Device::flex())
    }

    /// Adds the convolution of one image, its bias and `channels` to `y`.
    fn add_to(&self, y: &mut [f32], patches: &Patches, channels: Option<&[f32]>) {
        let outputs = self.shape.outputs;
        let blocks = self.weights.chunks_exact(self.shape.side * patches.row).zip(&self.bias);
        for (block, (weights, bias)) in blocks.enumerate() {
            let first = block * OUTPUTS;
            let lanes = OUTPUTS.min(outputs - first);
            let mut start = *bias;
            if let Some(channels) = channels {
                start.iter_mut().zip(&channels[first..]).for_each(|(start, channel)| *start += channel);
            }
            for (tile, starts) in patches.starts.chunks(PIXELS).enumerate() {
                let sums = self.tile(weights, patches, starts, start);
                for (pixel, sums) in sums[..starts.len()].iter().enumerate() {
                    let at = (tile * PIXELS + pixel) * outputs + first;
                    y[at..at + lanes].iter_mut().zip(sums).for_each(|(y, sum)| *y += sum);
                }
            }
        }
    }

    /// [`OUTPUTS`] outputs of the pixels whose patches begin at `starts`; of fewer than [`PIXELS`], the last is
    /// repeated.
    fn tile(&self, weights: &[[f32; OUTPUTS]], patches: &Patches, starts: &[usize], start: [f32; OUTPUTS]) -> Tile {
        let mut sums = [start; PIXELS];
        for (row, weights) in weights.chunks_exact(patches.row).enumerate() {
            let run = |pixel: usize| {
                let at = starts[pixel.min(starts.len() - 1)] + row * patches.row_stride;
                &patches.elements[at..at + patches.row]
            };
            sums = multiply(sums, weights, [run(0), run(1), run(2), run(3)]);
        }
        sums
    }
}

/// Adds the products of [`PIXELS`] rows and a matrix.
#[inline(always)]
fn multiply(mut sums: Tile, weights: &[[f32; OUTPUTS]], [a, b, c, d]: [&[f32]; PIXELS]) -> Tile {
    for ((((weights, a), b), c), d) in weights.iter().zip(a).zip(b).zip(c).zip(d) {
        for lane in 0..OUTPUTS {
            sums[0][lane] += a * weights[lane];
            sums[1][lane] += b * weights[lane];
            sums[2][lane] += c * weights[lane];
            sums[3][lane] += d * weights[lane];
        }
    }
    sums
}

impl Patches {
    /// The patches of the first image of `x`.
    fn new(shape: ConvShape, x: &[f32], [height, width]: [usize; 2]) -> Self {
        let ConvShape { inputs, side, stride, padding: (before, after), .. } = shape;
        let [rows, columns] = [shape.output(height), shape.output(width)];
        let padded_width = width + before + after;
        let mut elements = vec![0.0; (height + before + after) * padded_width * inputs];
        for (row, x) in x[..height * width * inputs].chunks_exact(width * inputs).enumerate() {
            let at = ((row + before) * padded_width + before) * inputs;
            elements[at..at + x.len()].copy_from_slice(x);
        }
        let pixel = |row, column| (row * stride * padded_width + column * stride) * inputs;
        let starts = (0..rows).flat_map(|row| (0..columns).map(move |column| pixel(row, column))).collect();
        Self { elements, starts, row_stride: padded_width * inputs, row: side * inputs }
    }
}
