//! The CPU's own operations compute what plain burn operations compute, over many odd shapes.

#![cfg(feature = "cpu")]

use burn::tensor::{Device, Tensor, TensorData};
use unnoise::kernels::{Added, ConvShape, Convolution, GroupNorm, GroupNormShape};

/// Both sum in f32, in another order: some units in the last place of sums of up to about 1000 terms.
const TOLERANCE: f64 = 2e-6;

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
        Tensor::from_data(TensorData::new(self.numbers(shape.iter().product()), shape), &Device::flex())
    }
}

fn assert_same(found: Tensor<4>, expected: Tensor<4>, what: &str) {
    assert_eq!(found.dims(), expected.dims(), "{what}");
    let [found, expected] = [found, expected].map(|x| x.into_data().try_into_vec::<f32>().expect("f32"));
    let norm = |terms: &mut dyn Iterator<Item = f64>| terms.map(|term| term * term).sum::<f64>().sqrt();
    let error = norm(&mut found.iter().zip(&expected).map(|(a, b)| f64::from(*a) - f64::from(*b)));
    let error = error / norm(&mut expected.iter().map(|b| f64::from(*b)));
    assert!(error < TOLERANCE, "{what}: relative L2 {error:e}");
}

#[test]
fn convolution_is_that_of_plain_burn() {
    let random = &mut Random(1);
    for _ in 0..300 {
        let side = [1, 3][random.integer(0, 1)];
        let (stride, padding) = [(1, (1, 1)), (2, (1, 1)), (2, (0, 1)), (1, (0, 0))][random.integer(0, 3)];
        let (stride, padding) = if side == 1 { (1, (0, 0)) } else { (stride, padding) };
        let (inputs, outputs) = (random.integer(1, 20), random.integer(1, 20));
        let shape = ConvShape { inputs, outputs, side, stride, padding };
        let [batch, height, width] = [random.integer(1, 3), random.integer(3, 11), random.integer(3, 11)];
        let x = random.tensor([batch, height, width, inputs]);
        let added = match random.integer(0, 2) {
            0 => Added::Nothing,
            1 => Added::Channels(random.tensor([batch, outputs])),
            _ => Added::Image(random.tensor([batch, shape.output(height), shape.output(width), outputs])),
        };

        let (weights, bias) = (random.numbers(shape.num_weights()), random.numbers(outputs));
        let [cpu, plain] =
            [Convolution::new, Convolution::plain].map(|new| new(shape, &weights, &bias, &Device::flex()));
        let what = format!("{shape:?} of {batch} x {height} x {width}");
        assert_same(cpu.forward(x.clone(), added.clone()), plain.forward(x, added), &what);
    }
}

#[test]
fn group_norm_is_that_of_plain_burn() {
    let random = &mut Random(2);
    for _ in 0..300 {
        let groups = random.integer(1, 8);
        let channels = groups * random.integer(1, 6);
        let eps = [1e-6, 1e-5, 0.1][random.integer(0, 2)];
        let shape = GroupNormShape { channels, groups, eps, silu: random.integer(0, 1) == 1 };
        let dims @ [batch, height, width, _] =
            [random.integer(1, 3), random.integer(1, 9), random.integer(2, 9), channels];
        // Far from centred, so that a variance computed as a difference would show.
        let x = random.tensor(dims).add_scalar(3.0);

        let (gamma, beta) = (random.numbers(channels), random.numbers(channels));
        let [cpu, plain] =
            [GroupNorm::new, GroupNorm::plain].map(|new| new(shape, gamma.clone(), beta.clone(), &Device::flex()));
        let what = format!("{shape:?} of {batch} x {height} x {width}");
        assert_same(cpu.forward(x.clone()), plain.forward(x), &what);
    }
}

/// Sums of f32 over a large image keep their digits.
#[test]
fn group_norm_of_a_large_image_is_exact() {
    let random = &mut Random(4);
    let (side, channels) = (512, 2);
    let shape = GroupNormShape { channels, groups: 1, eps: 1e-6, silu: false };
    let x = random.tensor([1, side, side, channels]).add_scalar(1.0);

    let values: Vec<f64> = x.to_data().iter::<f64>().collect();
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / count;
    let exact: Vec<f32> = values.iter().map(|x| ((x - mean) / (variance + 1e-6).sqrt()) as f32).collect();
    let exact = Tensor::from_data(TensorData::new(exact, x.dims()), &Device::flex());

    let norm = GroupNorm::new(shape, vec![1.0; channels], vec![0.0; channels], &Device::flex());
    assert_same(norm.forward(x), exact, "512 x 512");
}

/// An operation may compute in place, but not in a tensor that someone else holds.
#[test]
fn inputs_that_are_shared_stay_as_they_are() {
    let random = &mut Random(3);
    let x = random.tensor([1, 4, 4, 8]);
    let before = x.to_data();

    let shape = GroupNormShape { channels: 8, groups: 2, eps: 1e-6, silu: true };
    GroupNorm::new(shape, vec![1.0; 8], vec![0.0; 8], &Device::flex()).forward(x.clone());
    let shape = ConvShape::pointwise(8, 8);
    let convolution = Convolution::new(shape, &random.numbers(64), &[0.0; 8], &Device::flex());
    convolution.forward(x.clone(), Added::Image(x.clone()));

    assert_eq!(x.into_data(), before);
}
