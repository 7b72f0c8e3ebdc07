//! Convolutions on the device.

use super::super::conv::Added;
use super::super::half::halves;
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
    weights: Weights,
    bias: Buffer,
}

/// For every tap and input one number an output, both filled up with zeros to whole vectors.
#[derive(Debug)]
struct Weights {
    buffer: Buffer,
    /// Whether they are halves.
    halves: bool,
    /// What brings their products back to size.
    scale: f32,
}

impl GpuConvolution {
    /// The convolution of `weights`, in the order `[outputs, inputs, side, side]`.
    pub fn new(shape: ConvShape, weights: &[f32], bias: &[f32], gpu: &Gpu) -> Self {
        let mut filled_bias = bias.to_vec();
        filled_bias.resize(filled(shape.outputs), 0.0);
        let weights = Weights::keep(&outputs_innermost(shape, weights), gpu);
        Self { shape, gpu: gpu.clone(), weights, bias: gpu.keep(&filled_bias) }
    }

    /// [`Convolution::forward`](super::super::conv::Convolution::forward); the output is multiplied by `factor` in the end.
    pub fn forward(&self, source: Source<'_>, added: Added<'_>, factor: f32) -> GpuImage {
        let normed = source.norm.map(|norm| norm.forward(Source { norm: None, doubled: false, ..source }));
        let plain = match &normed {
            Some(x) => Source::from(x),
            None => Source { norm: None, doubled: false, ..source },
        };
        let joined = joined(plain);
        let x = joined.as_ref().map_or(plain.x.on_gpu(), |x| x);
        let skip = if joined.is_some() { None } else { plain.skip.map(Image::on_gpu) };
        self.launch(x, skip, source.doubled, added, factor)
    }

    fn launch(&self, x: &GpuImage, skip: Option<&GpuImage>, doubled: bool, added: Added<'_>, factor: f32) -> GpuImage {
        let [batch, height, width, _] = x.dims();
        let repeated = if doubled { 2 } else { 1 };
        let [rows, columns] = [height, width].map(|side| self.shape.output(side * repeated));
        let y = GpuImage::empty(&self.gpu, [batch, rows, columns, self.shape.outputs]);
        let plus = Plus::of(added);
        debug_assert!(skip.is_none() || plus.skip.is_none(), "a shortcut's skip takes the place of the source's");
        let skip = skip.or(plus.skip);
        let ConvShape { side, stride, padding, .. } = self.shape;
        let through = plus.through.unwrap_or(self);
        let (doubled, skips) = (usize::from(doubled), usize::from(skip.is_some()));
        let halves = [&self.weights, &through.weights].map(|weights| usize::from(weights.halves));
        let constants = [side, stride, padding.0, doubled, skips, plus.kind, halves[0], halves[1]];
        let pixels = batch * rows * columns;
        let (skips, addeds) = (skip.map_or(0, GpuImage::vectors), plus.image().map_or(0, GpuImage::vectors));
        let first = plus.image().map_or(0, GpuImage::first) / VECTOR;
        let shape = [rows, columns, height, width, pixels, x.vectors(), skips, y.vectors(), first, addeds].map(word);
        let scale = through.weights.scale;
        let factors = [factor, scale, self.weights.scale / scale].map(f32::to_bits);
        let launch = Launch {
            kernel: Kernel { shader: Shader::Conv, constants: constants.map(word).to_vec() },
            buffers: &[
                x.buffer(),
                skip.unwrap_or(x).buffer(),
                &self.weights.buffer,
                &self.bias,
                plus.image().unwrap_or(x).buffer(),
                &through.weights.buffer,
                &through.bias,
                y.buffer(),
            ],
            shape: &[&shape[..], &factors].concat(),
        };
        self.gpu.launch(&launch, pixels.div_ceil(PIXELS) * y.vectors());
        y
    }
}

impl Weights {
    /// As halves where the device takes them and they are halves in all but their type: half the memory, and the same sums.
    fn keep(weights: &[f32], gpu: &Gpu) -> Self {
        match halves(weights).filter(|_| gpu.takes_halves()) {
            Some((halves, scale)) => Self { buffer: gpu.keep(&halves), halves: true, scale },
            None => Self { buffer: gpu.keep(weights), halves: false, scale: 1.0 },
        }
    }
}

/// What is added to a convolution, as its kernel takes it.
#[derive(Default)]
struct Plus<'a> {
    kind: usize,
    image: Option<&'a GpuImage>,
    joined: Option<GpuImage>,
    skip: Option<&'a GpuImage>,
    through: Option<&'a GpuConvolution>,
}

impl<'a> Plus<'a> {
    fn of(added: Added<'a>) -> Self {
        match added {
            Added::Nothing => Self::default(),
            Added::Channels(rows) => Self { kind: 1, image: Some(rows.on_gpu()), ..Self::default() },
            Added::Image(image) => Self { kind: 2, image: Some(image.on_gpu()), ..Self::default() },
            Added::Through(convolution, source) => {
                let joined = joined(source);
                let skip = if joined.is_some() { None } else { source.skip.map(Image::on_gpu) };
                let through = Some(convolution.on_gpu());
                Self { kind: 3, image: Some(source.x.on_gpu()), joined, skip, through }
            }
        }
    }

    fn image(&self) -> Option<&GpuImage> {
        self.joined.as_ref().or(self.image)
    }
}

/// Both images of a source as one, where the second one's channels would not begin at a whole vector.
fn joined(source: Source<'_>) -> Option<GpuImage> {
    let (x, skip) = (source.x.on_gpu(), source.skip?.on_gpu());
    (!x.dims()[3].is_multiple_of(VECTOR)).then(|| concatenated(x, skip))
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
