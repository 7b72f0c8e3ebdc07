//! The hot operations in plain Rust, written so that the compiler vectorises them: SIMD128 on wasm.

mod activation;
mod aligned;
pub mod attention;
pub mod conv;
mod lanes;
mod layout;
mod matrix;
pub mod norm;
mod patches;
#[cfg(feature = "bench")]
pub mod peak;
pub mod pixels;
pub mod resample;
mod winograd;
