//! unnoise: diffusion models that run, step by step, in the browser.
//!
//! The crate is compiled to WebAssembly twice, for the CPU and for WebGPU, and called by the TypeScript in `www/`.
//! Imports only go down this list: `wasm`; `engine`; `unet`, `burn` and `sampler`; `model` and `kernels`; `math`. `error`
//! is below all.

#[cfg(not(any(feature = "kernels", feature = "burn")))]
compile_error!("one of the features `cpu`, `webgpu` and `burn` has to be on: there is nothing else to compute with");

#[cfg(feature = "burn")]
pub mod burn;
pub mod engine;
pub mod error;
#[cfg(feature = "kernels")]
pub mod kernels;
pub mod math;
pub mod model;
pub mod sampler;
#[cfg(feature = "kernels")]
pub mod unet;
#[cfg(target_arch = "wasm32")]
mod wasm;
