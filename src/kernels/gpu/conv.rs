//! Convolutions on the device.

use super::super::shape::ConvShape;
use super::buffer::Buffer;
use super::context::{Gpu, Launch};
use super::image::Image;
use super::kernel::{Kernel, Shader};
use super::norm::{GroupNorm, Source};
use super::resample::beside;
use super::words::{VECTOR, filled, word};
use crate::math::form::Form;
use crate::math::half::halves;

/// Pixels of an invocation's tile.
const PIXELS: usize = 4;
/// Invocations of a workgroup.
const WORKGROUP: usize = 64;
/// Fewer workgroups than these leave most of a GPU idle: then the inputs of a tile are divided among several invocations.
const ENOUGH_WORKGROUPS: usize = 64;
/// Among so many at most.
const MOST_SLICES: usize = 16;

/// What is added to a convolution's output on the device.
pub type Added<'a> = super::super::source::Added<'a, Image, GroupNorm, Convolution>;

/// A convolution with its weights on the device.
#[derive(Debug)]
pub struct Convolution {
    shape: ConvShape,
    gpu: Gpu,
    weights: Weights,
    bias: Buffer,
    /// What the output, and what was added to it, is multiplied by.
    factor: f32,
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

impl Convolution {
    /// The convolution of `weights`, in the order `[outputs, inputs, side, side]`, and one number of `bias` per output. Here the weights have
    /// one form, and are halves where they can be.
    pub fn new(shape: ConvShape, weights: &[f32], bias: &[f32], _form: Form, gpu: &Gpu) -> Self {
        let mut filled_bias = bias.to_vec();
        filled_bias.resize(filled(shape.outputs), 0.0);
        let weights = Weights::keep(&outputs_innermost(shape, weights), gpu);
        Self { shape, gpu: gpu.clone(), weights, bias: gpu.keep(&filled_bias), factor: 1.0 }
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
        let normed = source.norm.map(|norm| norm.forward(Source { norm: None, doubled: false, ..source }));
        let plain = match &normed {
            Some(x) => Source::from(x),
            None => Source { norm: None, doubled: false, ..source },
        };
        let joined = joined(plain);
        let x = joined.as_ref().unwrap_or(plain.x);
        let skip = if joined.is_some() { None } else { plain.skip };
        self.launch(x, skip, source.doubled, added)
    }

    fn launch(&self, x: &Image, skip: Option<&Image>, doubled: bool, added: Added<'_>) -> Image {
        let [batch, height, width, _] = x.dims();
        let repeated = if doubled { 2 } else { 1 };
        let [rows, columns] = [height, width].map(|side| self.shape.output(side * repeated));
        let y = Image::empty(&self.gpu, [batch, rows, columns, self.shape.outputs]);
        let plus = Plus::of(added);
        debug_assert!(skip.is_none() || plus.skip.is_none(), "a shortcut's skip takes the place of the source's");
        let skip = skip.or(plus.skip);
        let ConvShape { side, stride, padding, .. } = self.shape;
        let through = plus.through.unwrap_or(self);
        let (doubled, skips) = (usize::from(doubled), usize::from(skip.is_some()));
        let halves = [&self.weights, &through.weights].map(|weights| usize::from(weights.halves));
        let pixels = batch * rows * columns;
        let tiles = pixels.div_ceil(PIXELS) * y.vectors();
        let slices = if self.gpu.is_hardware() { slices(tiles, side * side * x.vectors()) } else { 1 };
        let constants =
            [side, stride, padding.0, doubled, skips, plus.kind, halves[0], halves[1], usize::from(slices > 1)];
        let (skips, addeds) = (skip.map_or(0, Image::vectors), plus.image().map_or(0, Image::vectors));
        let first = plus.image().map_or(0, Image::first) / VECTOR;
        let shape =
            [rows, columns, height, width, pixels, x.vectors(), skips, y.vectors(), first, addeds, slices].map(word);
        let scale = through.weights.scale;
        let factors = [self.factor, scale, self.weights.scale / scale].map(f32::to_bits);
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
        self.gpu.launch(&launch, tiles.div_ceil(WORKGROUP / slices) * WORKGROUP);
        y
    }
}

/// Among how many invocations the inputs of a tile are divided: a power of two, and not more than there are turns.
fn slices(tiles: usize, turns: usize) -> usize {
    let mut slices = 1;
    while slices < MOST_SLICES && 2 * slices <= turns && tiles * slices < ENOUGH_WORKGROUPS * WORKGROUP {
        slices *= 2;
    }
    slices
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
    image: Option<&'a Image>,
    joined: Option<Image>,
    skip: Option<&'a Image>,
    through: Option<&'a Convolution>,
}

impl<'a> Plus<'a> {
    fn of(added: Added<'a>) -> Self {
        match added {
            Added::Nothing => Self::default(),
            Added::Channels(rows) => Self { kind: 1, image: Some(rows), ..Self::default() },
            Added::Image(image) => Self { kind: 2, image: Some(image), ..Self::default() },
            Added::Through(convolution, source) => {
                let joined = joined(source);
                let skip = if joined.is_some() { None } else { source.skip };
                Self { kind: 3, image: Some(source.x), joined, skip, through: Some(convolution) }
            }
        }
    }

    fn image(&self) -> Option<&Image> {
        self.joined.as_ref().or(self.image)
    }
}

/// Both images of a source as one, where the second one's channels would not begin at a whole vector.
fn joined(source: Source<'_>) -> Option<Image> {
    let (x, skip) = (source.x, source.skip?);
    (!x.dims()[3].is_multiple_of(VECTOR)).then(|| beside(x, skip))
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
