//! The operations of the network as plain burn operations: the reference of these tests.
//!
//! Tensors are `[batch, height, width, channels]`, as the images are.

use burn::tensor::ops::{ConvOptions, PadMode};
use burn::tensor::{Device, Tensor, TensorData, activation, module};
use unnoise::kernels::{Activation, AttentionShape, ConvShape, Edge, GroupNormShape};

/// What a convolution reads.
#[derive(Debug, Clone)]
pub struct Source {
    pub x: Tensor<4>,
    pub skip: Option<Tensor<4>>,
    pub norm: Option<GroupNorm>,
    pub doubled: bool,
}

/// A group normalisation; `gamma` and `beta` have one number per channel.
#[derive(Debug, Clone)]
pub struct GroupNorm {
    pub shape: GroupNormShape,
    pub gamma: Vec<f32>,
    pub beta: Vec<f32>,
}

/// A convolution: weights `[outputs, inputs, side, side]`, one number of `bias` an output.
#[derive(Debug, Clone)]
pub struct Convolution {
    pub shape: ConvShape,
    pub weights: Vec<f32>,
    pub bias: Vec<f32>,
    pub divisor: f64,
}

pub fn tensor<const D: usize>(numbers: Vec<f32>, shape: [usize; D]) -> Tensor<D> {
    Tensor::from_data(TensorData::new(numbers, shape), &Device::flex())
}

impl From<Tensor<4>> for Source {
    fn from(x: Tensor<4>) -> Self {
        Self { x, skip: None, norm: None, doubled: false }
    }
}

impl Source {
    /// All channels as one tensor, normalised and doubled.
    fn into_tensor(self) -> Tensor<4> {
        let x = concatenated(self.x, self.skip);
        let x = match self.norm {
            Some(norm) => norm.forward(x),
            None => x,
        };
        if self.doubled { doubled(x) } else { x }
    }
}

impl Convolution {
    /// The convolution of a source, `added` to it; `[batch, 1, 1, outputs]` or as the output.
    pub fn forward(&self, source: Source, added: Option<Tensor<4>>) -> Tensor<4> {
        let y = self.convolve(source.into_tensor());
        let y = match added {
            Some(added) => y + added,
            None => y,
        };
        y.div_scalar(self.divisor)
    }

    fn convolve(&self, x: Tensor<4>) -> Tensor<4> {
        let ConvShape { inputs, outputs, side, stride, padding: (before, after) } = self.shape;
        let [batch, height, width, _] = x.dims();
        let weights = tensor(self.weights.clone(), [outputs, inputs, side, side]);
        let bias = Some(tensor(self.bias.clone(), [outputs]));
        if side == 1 {
            let weights = weights.permute([0, 2, 3, 1]).reshape([outputs, inputs]);
            let y = module::linear(x.reshape([batch * height * width, inputs]), weights.transpose(), bias);
            return y.reshape([batch, height, width, outputs]);
        }
        // burn-flex 0.22 ignores the end of an asymmetric padding, so those pixels are added before.
        let x =
            if before == after { x } else { x.pad([(before, after), (before, after), (0, 0)], PadMode::Constant(0.0)) };
        let padding = if before == after { before } else { 0 };
        let options = ConvOptions::new([stride; 2], [padding; 2], [1, 1], 1);
        module::conv2d(x.permute([0, 3, 1, 2]), weights, bias, options).permute([0, 2, 3, 1])
    }
}

impl GroupNorm {
    /// The normalisation, then its activation.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let y = self.normalise(x);
        self.shape.activation.map_or(y.clone(), |activation| activated(y, activation))
    }

    /// Y (1 + scale) + shift between the normalisation and `activation`; `scale_shift` is `[batch, 1, 1, 2 * channels]`.
    pub fn forward_scaled(&self, x: Tensor<4>, scale_shift: &Tensor<4>, activation: Activation) -> Tensor<4> {
        let y = self.forward(x);
        let channels = y.dims()[3];
        let [scale, shift] = [0, channels].map(|first| scale_shift.clone().narrow(3, first, channels));
        activated(y * scale.add_scalar(1.0) + shift, activation)
    }

    fn normalise(&self, x: Tensor<4>) -> Tensor<4> {
        let groups = self.shape.groups;
        let dims @ [batch, height, width, channels] = x.dims();
        let of_channels = |numbers: &[f32]| tensor(numbers.to_vec(), [1, 1, groups, channels / groups]);
        let mean = self.group_mean(x.clone());
        let x = x.reshape([batch, height * width, groups, channels / groups]) - mean;

        let variance = self.group_mean(x.clone().square().reshape(dims));
        let slope = of_channels(&self.gamma) / variance.add_scalar(self.shape.eps).sqrt();
        (x * slope + of_channels(&self.beta)).reshape(dims)
    }

    /// The mean of every group: `[batch, 1, groups, 1]`.
    fn group_mean(&self, x: Tensor<4>) -> Tensor<4> {
        let [batch, _, _, channels] = x.dims();
        let groups = self.shape.groups;
        let mean = x.mean_dim(2).mean_dim(1).reshape([batch, groups, channels / groups]).mean_dim(2);
        mean.reshape([batch, 1, groups, 1])
    }
}

pub fn activated<const D: usize>(x: Tensor<D>, by: Activation) -> Tensor<D> {
    match by {
        Activation::Silu => activation::silu(x),
        Activation::Mish => activation::mish(x),
        Activation::Gelu => activation::gelu(x),
        Activation::Relu => activation::relu(x),
    }
}

/// Every pixel becomes a block of 2x2.
pub fn doubled(x: Tensor<4>) -> Tensor<4> {
    let [batch, height, width, channels] = x.dims();
    let x = x.reshape([batch * height, 1, width, channels]);
    let x = Tensor::cat(vec![x.clone(), x], 3).reshape([batch * height, 1, 2 * width, channels]);
    Tensor::cat(vec![x.clone(), x], 1).reshape([batch, 2 * height, 2 * width, channels])
}

/// Every 2x2 block becomes its mean.
pub fn halved(x: Tensor<4>) -> Tensor<4> {
    let [batch, height, width, channels] = x.dims();
    let by_row = x.reshape([batch * height / 2, 2, width / 2, 2 * channels]).sum_dim(1);
    let sums = by_row.reshape([batch * height / 2, width / 2, 2, channels]).sum_dim(2);
    sums.div_scalar(4.0).reshape([batch, height / 2, width / 2, channels])
}

/// The filter [1, 3, 3, 1], normalised, over the pixels two by two.
pub fn halved_filtered(x: &Tensor<4>, edge: Edge) -> Tensor<4> {
    let [_, height, width, _] = x.dims();
    filtered(x, edge, [height / 2, width / 2], |index, tap| Some(2 * index + tap - 1), 8.0)
}

/// The same filter over twice as many pixels, every second of them zero.
pub fn doubled_filtered(x: &Tensor<4>, edge: Edge) -> Tensor<4> {
    let [_, height, width, _] = x.dims();
    let place = |index: isize, tap: isize| (index + tap) % 2 == 0;
    filtered(x, edge, [2 * height, 2 * width], |index, tap| place(index, tap).then(|| (index + tap - 2) / 2), 4.0)
}

fn filtered(
    x: &Tensor<4>,
    edge: Edge,
    [rows, columns]: [usize; 2],
    place: impl Fn(isize, isize) -> Option<isize>,
    divisor: f32,
) -> Tensor<4> {
    let [batch, height, width, channels] = x.dims();
    let numbers = x.clone().into_data().try_into_vec::<f32>().expect("f32");
    let taps = |index: usize, length: usize| {
        let tap = |(tap, weight): (isize, f32)| {
            let found = place(index as isize, tap)?;
            let mirrored = if found < 0 { -found } else { (2 * length as isize - 2 - found).min(found) };
            let is_there = found == mirrored || edge == Edge::Mirror;
            is_there.then_some((mirrored as usize, weight / divisor))
        };
        [(0, 1.0), (1, 3.0), (2, 3.0), (3, 1.0)].into_iter().filter_map(tap).collect::<Vec<_>>()
    };
    let mut y = Vec::new();
    for image in 0..batch {
        for row in 0..rows {
            for column in 0..columns {
                for channel in 0..channels {
                    let mut sum = 0.0;
                    for (i, down) in taps(row, height) {
                        for (j, across) in taps(column, width) {
                            sum += down * across * numbers[((image * height + i) * width + j) * channels + channel];
                        }
                    }
                    y.push(sum);
                }
            }
        }
    }
    tensor(y, [batch, rows, columns, channels])
}

/// The channels of `x`, and those of `skip` behind them.
pub fn concatenated(x: Tensor<4>, skip: Option<Tensor<4>>) -> Tensor<4> {
    match skip {
        Some(skip) => Tensor::cat(vec![x, skip], 3),
        None => x,
    }
}

/// The softmax of queries times keys over sqrt(`head_dim`), times the values, for every head.
pub fn attention(all: Tensor<4>, shape: AttentionShape) -> Tensor<4> {
    let AttentionShape { heads, head_dim } = shape;
    let [batch, height, width, _] = all.dims();
    // [batch, heads, pixels, head_dim]
    let part = |index: usize| {
        let part = all.clone().narrow(3, index * shape.inner(), shape.inner());
        part.reshape([batch, height * width, heads, head_dim]).swap_dims(1, 2)
    };
    let [queries, keys, values] = [0, 1, 2].map(part);
    let fit = activation::softmax(queries.div_scalar((head_dim as f64).sqrt()).matmul(keys.swap_dims(2, 3)), 3);
    fit.matmul(values).swap_dims(1, 2).reshape([batch, height, width, heads * head_dim])
}
