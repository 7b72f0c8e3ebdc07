//! `torch.manual_seed(s); torch.randn(shape)` on the CPU, without torch: a notebook's seed gives the notebook's picture.
//!
//! PyTorch draws 16 elements or more by one path, in f32, and fewer by another, in f64; both are followed, with the
//! normal that the second keeps for later. PyTorch's vectorised logarithm and cosine differ from any other in the last
//! bit, so the result is equal to f32 rounding.

use std::f64::consts::TAU;

use super::mt19937::Mt19937;

const BLOCK: usize = 16;
const HALF: usize = BLOCK / 2;

/// A generator as `torch.Generator` on the CPU: one stream that goes on from call to call.
#[derive(Debug, Clone)]
pub struct TorchGenerator {
    twister: Mt19937,
    /// The second normal of the last pair that the path of few elements made.
    kept: Option<f64>,
}

impl TorchGenerator {
    /// The generator after `torch.manual_seed(seed)`.
    pub fn new(seed: u64) -> Self {
        let low_half = (seed & u64::from(u32::MAX)) as u32;
        Self { twister: Mt19937::new(low_half), kept: None }
    }

    /// Fills `out` as `torch.randn(out.len(), generator=self)` would.
    pub fn fill_normal(&mut self, out: &mut [f32]) {
        if out.len() < BLOCK {
            for z in out {
                *z = self.one_normal() as f32;
            }
            return;
        }

        self.fill_uniform(out);
        let whole = out.len() / BLOCK * BLOCK;
        out[..whole].chunks_exact_mut(BLOCK).for_each(box_muller_block);
        if whole < out.len() {
            // The last 16 elements are drawn once more, over those of the block before.
            let first = out.len() - BLOCK;
            self.fill_uniform(&mut out[first..]);
            box_muller_block(&mut out[first..]);
        }
    }

    /// Uniform in [0, 1) with 24 bits.
    fn fill_uniform(&mut self, out: &mut [f32]) {
        const BITS: u32 = (1 << 24) - 1;
        const UNIT: f32 = 1.0 / (1 << 24) as f32;
        for u in out {
            *u = (self.twister.next_u32() & BITS) as f32 * UNIT;
        }
    }

    fn one_normal(&mut self) -> f64 {
        if let Some(normal) = self.kept.take() {
            return normal;
        }
        let angle = TAU * self.uniform_f64();
        let radius = (-2.0 * libm::log1p(-self.uniform_f64())).sqrt();
        self.kept = Some(radius * libm::sin(angle));
        radius * libm::cos(angle)
    }

    /// Uniform in [0, 1) with 53 bits.
    fn uniform_f64(&mut self) -> f64 {
        const BITS: u64 = (1 << 53) - 1;
        const UNIT: f64 = 1.0 / (1u64 << 53) as f64;
        (self.twister.next_u64() & BITS) as f64 * UNIT
    }
}

/// Sixteen uniforms to sixteen normals: element j takes its radius from `1 - u[j]` and its angle from `u[j + 8]`.
fn box_muller_block(block: &mut [f32]) {
    for j in 0..HALF {
        let radius = (-2.0 * libm::log(1.0 - f64::from(block[j]))).sqrt();
        let angle = TAU * f64::from(block[j + HALF]);
        block[j] = (radius * libm::cos(angle)) as f32;
        block[j + HALF] = (radius * libm::sin(angle)) as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seed_zero_begins_as_torch_prints_it() {
        let mut out = [0.0; 784];
        TorchGenerator::new(0).fill_normal(&mut out);
        let printed = [-1.125_839_8, -1.152_360_2, -0.250_578_58, -0.433_878_84, 0.848_710_3];
        assert!(out.iter().zip(printed).all(|(z, torch): (&f32, f32)| (z - torch).abs() < 1e-6), "{:?}", &out[..5]);
    }
}
