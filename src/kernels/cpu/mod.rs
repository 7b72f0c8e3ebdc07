//! The hot operations in plain Rust, written so that the compiler vectorises them: SIMD128 on wasm.

pub mod attention;
pub mod conv;
mod lanes;
mod layout;
mod matrix;
pub mod norm;
mod patches;
pub mod pixels;
mod silu;
mod winograd;
