//! The hot operations of the network, twice: in plain Rust for the CPU, and as kernels of WebGPU. Both back ends have the same
//! names, and a module is built with one of them.
//!
//! Images lie as `[batch, height, width, channels]`: all channels of a pixel together.

// Only lanes/simd128.rs has any: two instructions that take an address.
#![deny(unsafe_code)]

#[cfg(not(any(feature = "cpu", feature = "webgpu")))]
compile_error!("one of the features `cpu` and `webgpu` has to be on: there is nothing else to compute with");

mod activation;
#[cfg(feature = "cpu")]
pub mod cpu;
#[cfg(feature = "webgpu")]
pub mod gpu;
mod half;
pub mod memory;
mod shape;
mod source;

/// The back end that networks of this build run on: WebGPU where it is built in. Natively both can be, by their own names.
#[cfg(not(feature = "webgpu"))]
pub use cpu as backend;
#[cfg(feature = "webgpu")]
pub use gpu as backend;

pub use activation::Activation;
pub use backend::{Added, Convolution, Device, GroupNorm, Image, Source, attention, concatenated, doubled, halved};
pub use half::{f32_from_bf16, f32_from_f16, halves};
pub use shape::{AttentionShape, ConvShape, GroupNormShape};
