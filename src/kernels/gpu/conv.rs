//! Convolutions on the device.

use super::super::conv::Added;
use super::super::image::{Image, Source};
use super::super::shape::ConvShape;
use super::buffer::Buffer;
use super::context::{Gpu, Launch};
use super::image::GpuImage;
use super::kernel::{Kernel, Shader};
use super::resample::concatenated;
use super::{VECTOR, filled, word};

/// Pixels of an invocation's tile.
const PIXELS: usize = 4;

/// A convolution with its weights on the device.
#[derive(Debug)]
pub struct GpuConvolution {
    shape: ConvShape,
    gpu: Gpu,
    /// For every tap and input one number an output, both filled up with zeros to whole vectors.
    weights: Buffer,
    bias: Buffer,
}

impl GpuConvolution {
    /// The convolution of `weights`, in the order `[outputs, inputs, side, side]`.
    pub fn new(shape: ConvShape, weights: &[f32], bias: &[f32], gpu: &Gpu) -> Self {
        let mut filled_bias = bias.to_vec();
        filled_bias.resize(filled(shape.outputs), 0.0);
        let weights = gpu.keep(&outputs_innermost(shape, weights));
        Self { shape, gpu: gpu.clone(), weights, bias: gpu.keep(&filled_bias) }
    }

    /// [`Convolution::forward`](super::super::conv::Convolution::forward); the output is multiplied by `factor` in the end.
    pub fn forward(&self, source: Source<'_>, added: Added<'_>, factor: f32) -> GpuImage {
        let normed = source.norm.map(|norm| norm.forward(Source { norm: None, doubled: false, ..source }));
        let (x, skip) = match &normed {
            Some(x) => (x.on_gpu(), None),
            None => (source.x.on_gpu(), source.skip.map(Image::on_gpu)),
        };
        match skip {
            // The second image's channels begin at a whole vector, or both have to be copied.
            Some(skip) if !x.dims()[3].is_multiple_of(VECTOR) => {
                self.launch(&concatenated(x, skip), None, source.doubled, added, factor)
            }
            skip => self.launch(x, skip, source.doubled, added, factor),
        }
    }

    fn launch(&self, x: &GpuImage, skip: Option<&GpuImage>, doubled: bool, added: Added<'_>, factor: f32) -> GpuImage {
        let [batch, height, width, _] = x.dims();
        let repeated = if doubled { 2 } else { 1 };
        let [rows, columns] = [height, width].map(|side| self.shape.output(side * repeated));
        let y = GpuImage::empty(&self.gpu, [batch, rows, columns, self.shape.outputs]);
        let (kind, image) = match added {
            Added::Nothing => (0, x),
            Added::Channels(image) => (1, image.on_gpu()),
            Added::Image(image) => (2, image.on_gpu()),
        };
        let ConvShape { side, stride, padding, .. } = self.shape;
        let constants = [side, stride, padding.0, usize::from(doubled), usize::from(skip.is_some()), kind];
        let pixels = batch * rows * columns;
        let skips = skip.map_or(0, GpuImage::vectors);
        let shape = [rows, columns, height, width, pixels, x.vectors(), skips, y.vectors()].map(word);
        let launch = Launch {
            kernel: Kernel { shader: Shader::Conv, constants: constants.map(word).to_vec() },
            buffers: &[x.buffer(), skip.unwrap_or(x).buffer(), &self.weights, &self.bias, image.buffer(), y.buffer()],
            shape: &[&shape[..], &[word(image.first() / VECTOR), factor.to_bits()]].concat(),
        };
        self.gpu.launch(&launch, pixels.div_ceil(PIXELS) * y.vectors());
        y
    }
}

/// `[outputs, inputs, side, side]` as `[side, side, inputs, outputs]`, the last two filled up.
fn outputs_innermost(shape: ConvShape, weights: &[f32]) -> Vec<f32> {
    let taps = shape.side * shape.side;
    let (inputs, outputs) = (filled(shape.inputs), filled(shape.outputs));
    let mut laid_out = vec![0.0; taps * inputs * outputs];
    for (output, weights) in weights.chunks_exact(shape.inputs * taps).enumerate() {
        for (input, weights) in weights.chunks_exact(taps).enumerate() {
            for (tap, weight) in weights.iter().enumerate() {
                laid_out[(tap * inputs + input) * outputs + output] = *weight;
            }
        }
    }
    laid_out
}
