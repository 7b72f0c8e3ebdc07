//! The CPU's own operations compute what plain burn operations compute, over many odd shapes.

#![cfg(feature = "reference")]

use burn::tensor::{Tensor, TensorData};
use unnoise::kernels::{
    Activation, Added, AttentionShape, ConvShape, Convolution, Device, GroupNorm, GroupNormShape, Image, Source,
    attention, concatenated, doubled, halved,
};

/// Both sum in f32, in another order: some units in the last place of sums of up to about 1000 terms.
const TOLERANCE: f64 = 2e-6;
/// Winograd's change of basis subtracts: it costs a digit.
const TOLERANCE_OF_WINOGRAD: f64 = 1e-5;

/// A counter-based sequence in [-1, 1): splitmix64 of the counter.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From `least` to `most`.
    fn integer(&mut self, least: usize, most: usize) -> usize {
        least + (self.next() % (most - least + 1) as u64) as usize
    }

    fn numbers(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| (self.next() >> 40) as f32 * 2f32.powi(-23) - 1.0).collect()
    }

    fn tensor<const D: usize>(&mut self, shape: [usize; D]) -> Tensor<D> {
        Tensor::from_data(TensorData::new(self.numbers(shape.iter().product()), shape), &burn::tensor::Device::flex())
    }
}

/// Channels of an image and of the one behind it, which may be missing: odd ones, and at times together a usual number, for which there
/// may be code of its own.
fn channels(random: &mut Random) -> (usize, usize) {
    let of_skip = random.integer(0, 12) * random.integer(0, 1);
    match random.integer(0, 5) {
        0 => ([32, 64, 96, 128, 192, 256][random.integer(0, 5)] - of_skip, of_skip),
        _ => (random.integer(1, 20), of_skip),
    }
}

/// None, SiLU, or one of the rarer ones.
fn activation(random: &mut Random) -> Option<Activation> {
    let silu = Some(Activation::Silu);
    [None, None, silu, silu, silu, Some(Activation::Mish), Some(Activation::Gelu), Some(Activation::Relu)]
        [random.integer(0, 7)]
}

fn assert_same(found: Image, expected: Tensor<4>, what: &str) {
    assert_within(TOLERANCE, found, expected, what);
}

fn assert_within(tolerance: f64, found: Image, expected: Tensor<4>, what: &str) {
    let found = found.into_tensor();
    assert_eq!(found.dims(), expected.dims(), "{what}");
    let [found, expected] = [found, expected].map(|x| x.into_data().try_into_vec::<f32>().expect("f32"));
    let norm = |terms: &mut dyn Iterator<Item = f64>| terms.map(|term| term * term).sum::<f64>().sqrt();
    let error = norm(&mut found.iter().zip(&expected).map(|(a, b)| f64::from(*a) - f64::from(*b)));
    let size = norm(&mut expected.iter().map(|b| f64::from(*b)));
    // An image may be all zeros, behind a rectifier.
    assert!(error <= tolerance * size, "{what}: L2 {error:e} beside {size:e}");
}

/// A norm, a skip connection, doubled pixels and what is added, each there or not, against the same of plain burn.
#[test]
fn convolution_is_that_of_plain_burn() {
    let random = &mut Random(1);
    for _ in 0..600 {
        let side = [1, 3][random.integer(0, 1)];
        let (stride, padding) = [(1, (1, 1)), (1, (1, 1)), (2, (1, 1)), (2, (0, 1)), (1, (0, 0))][random.integer(0, 4)];
        let (stride, padding) = if side == 1 { (1, (0, 0)) } else { (stride, padding) };
        let (of_x, of_skip) = channels(random);
        let (inputs, outputs) = (of_x + of_skip, random.integer(1, 20));
        let shape = ConvShape { inputs, outputs, side, stride, padding };
        let [batch, height, width] = [random.integer(1, 3), random.integer(3, 11), random.integer(3, 11)];
        let doubled = random.integer(0, 3) == 0;

        let image = |random: &mut Random, channels| random.tensor([batch, height, width, channels]);
        let (x, skip) = (image(random, of_x), (of_skip > 0).then(|| image(random, of_skip)));
        let norm = (random.integer(0, 1) == 1).then(|| {
            let shape = GroupNormShape { channels: inputs, groups: 1, eps: 1e-6, activation: activation(random) };
            (shape, random.numbers(inputs), random.numbers(inputs))
        });
        let (weights, bias) = (random.numbers(shape.num_weights()), random.numbers(outputs));
        let sides = [height, width].map(|side| shape.output(if doubled { 2 * side } else { side }));
        let added = match random.integer(0, 2) {
            0 => None,
            1 => Some((true, random.tensor([batch, 1, 1, outputs]))),
            _ => Some((false, random.tensor([batch, sides[0], sides[1], outputs]))),
        };

        let divisor = [1.0, 1.0, 1.5][random.integer(0, 2)];

        // Once with the CPU's own images and operations, once with burn's tensors.
        let run = |of: &dyn Fn(Tensor<4>) -> Image, is_plain: bool| {
            let convolution = match is_plain {
                true => Convolution::plain(shape, &weights, &bias),
                false => Convolution::new(shape, &weights, &bias, &Device::Cpu),
            };
            let convolution = convolution.divided_by(divisor);
            let norm = norm.clone().map(|(shape, gamma, beta)| match is_plain {
                true => GroupNorm::plain(shape, gamma, beta),
                false => GroupNorm::new(shape, gamma, beta, &Device::Cpu),
            });
            let (x, skip) = (of(x.clone()), skip.clone().map(of));
            let added = added.clone().map(|(is_channels, image)| (is_channels, of(image)));
            let added = match &added {
                None => Added::Nothing,
                Some((true, channels)) => Added::Channels(channels),
                Some((false, image)) => Added::Image(image),
            };
            convolution.forward(Source { x: &x, skip: skip.as_ref(), norm: norm.as_ref(), doubled }, added)
        };
        let found = run(&Image::from_tensor, false);
        let expected = run(&Image::Tensor, true).into_tensor();
        let what = format!("{shape:?} of {batch} x {height} x {width}, doubled {doubled}, {norm:?}");
        let is_winograd = side == 3 && stride == 1 && padding == (1, 1);
        assert_within(if is_winograd { TOLERANCE_OF_WINOGRAD } else { TOLERANCE }, found, expected, &what);
    }
}

#[test]
fn group_norm_is_that_of_plain_burn() {
    let random = &mut Random(2);
    for _ in 0..300 {
        let groups = random.integer(1, 8);
        let channels = groups * random.integer(1, 6);
        let eps = [1e-6, 1e-5, 0.1][random.integer(0, 2)];
        let shape = GroupNormShape { channels, groups, eps, activation: activation(random) };
        let dims @ [batch, height, width, _] =
            [random.integer(1, 3), random.integer(1, 9), random.integer(2, 9), channels];
        // Far from centred, so that a variance computed as a difference would show.
        let x = random.tensor(dims).add_scalar(3.0);

        let (gamma, beta) = (random.numbers(channels), random.numbers(channels));
        let cpu = GroupNorm::new(shape, gamma.clone(), beta.clone(), &Device::Cpu);
        let plain = GroupNorm::plain(shape, gamma, beta);
        let what = format!("{shape:?} of {batch} x {height} x {width}");
        let expected = plain.forward(Source::from(&Image::Tensor(x.clone()))).into_tensor();
        assert_same(cpu.forward(Source::from(&Image::from_tensor(x))), expected, &what);
    }
}

#[test]
fn attention_is_that_of_plain_burn() {
    let random = &mut Random(5);
    for _ in 0..200 {
        let shape = AttentionShape { heads: random.integer(1, 3), head_dim: random.integer(1, 20) };
        let [batch, height, width] = [random.integer(1, 3), random.integer(1, 7), random.integer(1, 7)];
        // Large enough for a softmax that is far from uniform.
        let x = random.tensor([batch, height, width, 3 * shape.inner()]).mul_scalar(3.0);
        let what = format!("{shape:?} of {batch} x {height} x {width}");
        let expected = attention(Image::Tensor(x.clone()), shape).into_tensor();
        assert_same(attention(Image::from_tensor(x), shape), expected, &what);
    }
}

/// A scale and a shift of each image's channels behind the norm, as time comes into some residual blocks.
#[test]
fn scaled_group_norm_is_that_of_plain_burn() {
    let random = &mut Random(6);
    for _ in 0..200 {
        let groups = random.integer(1, 4);
        let (of_x, of_skip) = (groups * random.integer(1, 5), groups * random.integer(0, 3));
        let channels = of_x + of_skip;
        let shape = GroupNormShape { channels, groups, eps: 1e-5, activation: None };
        let [batch, height, width] = [random.integer(1, 3), random.integer(1, 6), random.integer(2, 6)];
        let (x, skip) = (random.tensor([batch, height, width, of_x]), random.tensor([batch, height, width, of_skip]));
        let scale_shift = random.tensor([batch, 1, 1, 2 * channels]);
        let (gamma, beta) = (random.numbers(channels), random.numbers(channels));
        let activation = activation(random).unwrap_or(Activation::Relu);

        let run = |norm: GroupNorm, of: &dyn Fn(Tensor<4>) -> Image| {
            let (x, skip, scale_shift) = (of(x.clone()), of(skip.clone()), of(scale_shift.clone()));
            let source = Source { skip: (of_skip > 0).then_some(&skip), ..Source::from(&x) };
            norm.forward_scaled(source, &scale_shift, activation)
        };
        let cpu = GroupNorm::new(shape, gamma.clone(), beta.clone(), &Device::Cpu);
        let expected = run(GroupNorm::plain(shape, gamma, beta), &Image::Tensor).into_tensor();
        assert_same(run(cpu, &Image::from_tensor), expected, &format!("{shape:?} of {batch} x {height} x {width}"));
    }
}

#[test]
fn pixels_are_moved_as_by_plain_burn() {
    let random = &mut Random(7);
    for _ in 0..100 {
        let [batch, height, width] = [random.integer(1, 3), 2 * random.integer(1, 4), 2 * random.integer(1, 4)];
        let (x, skip) = (random.integer(1, 9), random.integer(1, 9));
        let [x, skip] = [x, skip].map(|channels| random.tensor([batch, height, width, channels]));
        for moved in [halved, doubled] {
            assert_same(
                moved(Image::from_tensor(x.clone())),
                moved(Image::Tensor(x.clone())).into_tensor(),
                "one image",
            );
        }
        let both = |of: &dyn Fn(Tensor<4>) -> Image| {
            let (x, skip) = (of(x.clone()), of(skip.clone()));
            concatenated(Source { skip: Some(&skip), ..Source::from(&x) })
        };
        assert_same(both(&Image::from_tensor), both(&Image::Tensor).into_tensor(), "two images");
    }
}

/// Sums of f32 over a large image keep their digits.
#[test]
fn group_norm_of_a_large_image_is_exact() {
    let random = &mut Random(4);
    let (side, channels) = (512, 2);
    let shape = GroupNormShape { channels, groups: 1, eps: 1e-6, activation: None };
    let x = random.tensor([1, side, side, channels]).add_scalar(1.0);

    let values: Vec<f64> = x.to_data().iter::<f64>().collect();
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / count;
    let exact: Vec<f32> = values.iter().map(|x| ((x - mean) / (variance + 1e-6).sqrt()) as f32).collect();
    let exact = Tensor::from_data(TensorData::new(exact, x.dims()), &burn::tensor::Device::flex());

    let norm = GroupNorm::new(shape, vec![1.0; channels], vec![0.0; channels], &Device::Cpu);
    assert_same(norm.forward(Source::from(&Image::from_tensor(x))), exact, "512 x 512");
}

/// Networks share images: what an operation reads must stay as it is.
#[test]
fn inputs_stay_as_they_are() {
    let random = &mut Random(3);
    let x = random.tensor([1, 4, 4, 24]);
    let before = x.to_data();

    let image = Image::from_tensor(x);
    let shape = GroupNormShape { channels: 24, groups: 2, eps: 1e-6, activation: Some(Activation::Silu) };
    let norm = GroupNorm::new(shape, vec![1.0; 24], vec![0.0; 24], &Device::Cpu);
    norm.forward(Source::from(&image));
    for shape in
        [ConvShape::pointwise(24, 24), ConvShape { inputs: 24, outputs: 24, side: 3, stride: 1, padding: (1, 1) }]
    {
        let convolution = Convolution::new(shape, &random.numbers(shape.num_weights()), &[0.0; 24], &Device::Cpu);
        convolution.forward(Source::from(&image).normed(&norm), Added::Image(&image));
    }
    attention(image.clone(), AttentionShape { heads: 2, head_dim: 4 });

    assert_eq!(image.into_tensor().into_data(), before);
}
