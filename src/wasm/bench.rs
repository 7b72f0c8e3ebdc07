//! Single operations of the CPU module, to be timed: only in the modules that `./build.sh bench` makes for itself.

use std::cell::Cell;
use std::hint::black_box;

use wasm_bindgen::prelude::*;

use crate::kernels::{
    Activation, Added, AttentionShape, ConvShape, Convolution, Device, Form, GroupNorm, GroupNormShape, Image, Source,
    attention, cpu::peak,
};

/// Convolutions of a chain.
const CHAIN: usize = 20;
/// Weights of a ring: about as many as the bundled model has, so that a layer's are as far away as they are in a step.
const RING_WEIGHTS: usize = 1_500_000;
/// Groups of a normalisation, and channels of a head.
const GROUPS: usize = 32;
const HEAD_DIM: usize = 64;

/// One operation on one shape.
#[wasm_bindgen]
pub struct KernelBench {
    work: Box<dyn Fn()>,
    products: f64,
}

#[wasm_bindgen]
impl KernelBench {
    /// The operation of this name, on an image of `side` x `side` pixels.
    #[wasm_bindgen(constructor)]
    pub fn new(kernel: &str, side: usize, inputs: usize, outputs: usize) -> Result<Self, JsValue> {
        let conv =
            |side_of_kernel, stride, padding| ConvShape { inputs, outputs, side: side_of_kernel, stride, padding };
        Ok(match kernel {
            "peak" => Self::new_peak(),
            "3x3" => Self::new_conv(conv(3, 1, (1, 1)), side, false, 1),
            "3x3, chain" => Self::new_conv(conv(3, 1, (1, 1)), side, false, CHAIN),
            "3x3, ring" => Self::new_ring(conv(3, 1, (1, 1)), side),
            "3x3, stride 2" => Self::new_conv(conv(3, 2, (0, 1)), side, false, 1),
            "3x3, doubled" => Self::new_conv(conv(3, 1, (1, 1)), side, true, 1),
            "1x1" => Self::new_conv(ConvShape::pointwise(inputs, outputs), side, false, 1),
            "norm and SiLU" => Self::new_norm(side, inputs),
            "attention" => Self::new_attention(side, inputs),
            _ => return Err(JsValue::from_str(&format!("there is no kernel {kernel}"))),
        })
    }

    /// Multiplications that the operation takes as it is defined; 0 where it is none of products.
    #[wasm_bindgen(getter)]
    pub fn products(&self) -> f64 {
        self.products
    }

    /// Computes it so many times.
    pub fn run(&self, times: u32) {
        (0..times).for_each(|_| (self.work)());
    }
}

impl KernelBench {
    fn new_peak() -> Self {
        const ROUNDS: u32 = 10_000;
        Self {
            work: Box::new(|| _ = black_box(peak::peak(black_box(ROUNDS)))),
            products: f64::from(ROUNDS * peak::PRODUCTS),
        }
    }

    fn new_conv(shape: ConvShape, side: usize, doubled: bool, times: usize) -> Self {
        let x = image(side, shape.inputs);
        let convolution =
            Convolution::new(shape, &wave(shape.num_weights()), &wave(shape.outputs), Form::Wide, &Device::Cpu);
        let output = shape.output(if doubled { 2 * side } else { side });
        let products = times * output * output * shape.num_weights();
        let work = move || {
            let mut y = convolution.forward(Source { doubled, ..Source::from(&x) }, Added::Nothing);
            for _ in 1..times {
                y = convolution.forward(Source::from(&y), Added::Nothing);
            }
            black_box(y);
        };
        Self { work: Box::new(work), products: products as f64 }
    }

    /// Layers of equal shape one after the other, one of them each time.
    fn new_ring(shape: ConvShape, side: usize) -> Self {
        let x = image(side, shape.inputs);
        let (weights, bias) = (wave(shape.num_weights()), wave(shape.outputs));
        let layers = RING_WEIGHTS.div_ceil(weights.len());
        let layers: Vec<_> =
            (0..layers).map(|_| Convolution::new(shape, &weights, &bias, Form::Wide, &Device::Cpu)).collect();
        let next = Cell::new(0);
        let work = move || {
            let layer = next.replace((next.get() + 1) % layers.len());
            black_box(layers[layer].forward(Source::from(&x), Added::Nothing));
        };
        Self { work: Box::new(work), products: (side * side * shape.num_weights()) as f64 }
    }

    fn new_norm(side: usize, channels: usize) -> Self {
        let x = image(side, channels);
        let shape = GroupNormShape { channels, groups: GROUPS, eps: 1e-6, activation: Some(Activation::Silu) };
        let norm = GroupNorm::new(shape, wave(channels), wave(channels), &Device::Cpu);
        Self { work: Box::new(move || _ = black_box(norm.forward(Source::from(&x)))), products: 0.0 }
    }

    fn new_attention(side: usize, inner: usize) -> Self {
        let x = image(side, 3 * inner);
        let shape = AttentionShape { heads: inner / HEAD_DIM, head_dim: HEAD_DIM };
        let products = 2 * side.pow(4) * inner;
        Self { work: Box::new(move || _ = black_box(attention(&x, shape))), products: products as f64 }
    }
}

fn image(side: usize, channels: usize) -> Image {
    Image::upload(&wave(side * side * channels), [1, channels, side, side], &Device::Cpu)
}

/// Numbers below 0.05, so that chains of convolutions stay finite.
fn wave(count: usize) -> Vec<f32> {
    (0..count).map(|i| 0.05 * libm::sinf(0.37 * (i % 9973) as f32)).collect()
}
