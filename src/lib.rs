//! unnoise: diffusion models that run, step by step, in the browser.
//!
//! The crate is compiled to WebAssembly twice, for the CPU and for WebGPU, and called by the TypeScript in `www/`.
//! Imports only go down this list: `wasm`, `engine`, `model` and `sampler`, `kernels`, `math`; `error` is below all.

pub mod engine;
pub mod error;
pub mod kernels;
pub mod math;
pub mod model;
pub mod sampler;
#[cfg(target_arch = "wasm32")]
mod wasm;
