//! The hot operations in plain Rust, written so that the compiler vectorises them: SIMD128 on wasm.

pub mod conv;
pub mod norm;
mod silu;

use burn::tensor::Tensor;

/// The elements of a tensor on the CPU; without a copy where no one else holds it.
fn elements<const D: usize>(x: Tensor<D>) -> Vec<f32> {
    x.into_data().try_into_vec().expect("the network's tensors are f32, for they are uploaded as f32")
}
