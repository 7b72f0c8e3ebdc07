//! unnoise: diffusion models that run, step by step, in the browser.
//!
//! The crate is compiled to WebAssembly three times, for the CPU, for WebGPU and with burn, and called by the TypeScript in `www/`.
//! Imports only go down this list: `wasm`; `measure` and `train`; `run`; `options`; `noise`; `unet` and `burn`; `checkpoint` and `kernels`;
//! `sampler`; `math`; `error`.

#[cfg(not(any(feature = "kernels", feature = "burn")))]
compile_error!("one of the features `cpu`, `webgpu` and `burn` has to be on: there is nothing else to compute with");

#[cfg(feature = "burn")]
pub mod burn;
pub mod checkpoint;
pub mod error;
#[cfg(feature = "kernels")]
pub mod kernels;
pub mod math;
pub mod measure;
pub mod noise;
pub mod options;
pub mod run;
pub mod sampler;
#[cfg(feature = "burn")]
pub mod train;
#[cfg(feature = "kernels")]
pub mod unet;
#[cfg(target_arch = "wasm32")]
mod wasm;
