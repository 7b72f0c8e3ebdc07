//! Random numbers, shapes and images.

use burn::tensor::Tensor;
use unnoise::kernels::Activation;

use super::plain::tensor;

/// A counter-based sequence in [-1, 1): splitmix64 of the counter.
pub struct Random(pub u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From `least` to `most`.
    pub fn integer(&mut self, least: usize, most: usize) -> usize {
        least + (self.next() % (most - least + 1) as u64) as usize
    }

    pub fn numbers(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| (self.next() >> 40) as f32 * 2f32.powi(-23) - 1.0).collect()
    }

    pub fn tensor<const D: usize>(&mut self, shape: [usize; D]) -> Tensor<D> {
        tensor(self.numbers(shape.iter().product()), shape)
    }

    /// Channels of an image and of the one behind it, which may be missing: odd ones, and at times together a usual number,
    /// for which there may be code of its own.
    pub fn channels(&mut self) -> (usize, usize) {
        let of_skip = self.integer(0, 12) * self.integer(0, 1);
        match self.integer(0, 5) {
            0 => ([32, 64, 96, 128, 192, 256][self.integer(0, 5)] - of_skip, of_skip),
            _ => (self.integer(1, 20), of_skip),
        }
    }

    /// None, SiLU, or one of the rarer ones.
    pub fn activation(&mut self) -> Option<Activation> {
        let silu = Some(Activation::Silu);
        let rare = [Activation::Mish, Activation::Gelu, Activation::Relu].map(Some);
        [None, None, silu, silu, silu, rare[0], rare[1], rare[2]][self.integer(0, 7)]
    }
}
