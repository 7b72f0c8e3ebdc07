//! The same image or layer on the CPU and on the GPU.

use pollster::block_on;
use unnoise::kernels::gpu::Gpu;
use unnoise::kernels::{Activation, ConvShape, Form, GroupNormShape, cpu, gpu};

/// One thing, on both.
pub struct Pair<C, G> {
    pub cpu: C,
    pub gpu: G,
}

/// Numbers that are the same at every run: an xorshift generator.
pub struct Random(pub u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// From `least` to `most`.
    pub fn integer(&mut self, least: usize, most: usize) -> usize {
        least + (self.next() >> 20) as usize % (most - least + 1)
    }

    /// Between -1 and 1.
    pub fn numbers(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| (self.next() >> 40) as f32 / (1 << 23) as f32 - 1.0).collect()
    }

    pub fn activation(&mut self) -> Option<Activation> {
        let all = [Activation::Silu, Activation::Mish, Activation::Gelu, Activation::Relu];
        all.get(self.integer(0, all.len())).copied()
    }
}

impl Pair<cpu::Image, gpu::Image> {
    /// An image `[batch, channels, height, width]`.
    pub fn random(random: &mut Random, dims: [usize; 4], gpu: &Gpu) -> Self {
        let numbers = random.numbers(dims.iter().product());
        Self {
            cpu: cpu::Image::upload(&numbers, dims, &cpu::Device::Cpu),
            gpu: gpu::Image::upload(&numbers, dims, gpu),
        }
    }
}

/// A convolution whose output is divided by `divisor`.
pub fn convolution(
    random: &mut Random,
    shape: ConvShape,
    divisor: f64,
    gpu: &Gpu,
) -> Pair<cpu::Convolution, gpu::Convolution> {
    let (weights, bias) = (random.numbers(shape.num_weights()), random.numbers(shape.outputs));
    Pair {
        cpu: cpu::Convolution::new(shape, &weights, &bias, Form::Wide, &cpu::Device::Cpu).divided_by(divisor),
        gpu: gpu::Convolution::new(shape, &weights, &bias, Form::Plain, gpu).divided_by(divisor),
    }
}

pub fn normalisation(random: &mut Random, shape: GroupNormShape, gpu: &Gpu) -> Pair<cpu::GroupNorm, gpu::GroupNorm> {
    let [gamma, beta] = [(); 2].map(|()| random.numbers(shape.channels));
    Pair {
        cpu: cpu::GroupNorm::new(shape, gamma.clone(), beta.clone(), &cpu::Device::Cpu),
        gpu: gpu::GroupNorm::new(shape, gamma, beta, gpu),
    }
}

/// The L2 norm of the difference is at most `tolerance` times that of what is expected.
pub fn within(tolerance: f64, found: gpu::Image, expected: cpu::Image, what: &str) {
    assert_eq!(found.dims(), expected.dims(), "{what}");
    let found = block_on(found.download()).expect("the GPU");
    let expected = block_on(expected.download()).expect("the CPU");
    let norm = |terms: &mut dyn Iterator<Item = f64>| terms.map(|term| term * term).sum::<f64>().sqrt();
    let error = norm(&mut found.iter().zip(&expected).map(|(a, b)| f64::from(*a) - f64::from(*b)));
    let size = norm(&mut expected.iter().map(|b| f64::from(*b)));
    // An image may be all zeros, behind a rectifier. NaN is not within.
    assert!(error <= tolerance * size, "{what}: L2 {error:e} beside {size:e}");
}
