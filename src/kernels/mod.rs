//! The hot operations of the network, twice: in plain Rust for the CPU, and as kernels of WebGPU. Both back ends have the same
//! names, and a module is built with one of them.
//!
//! Images lie as `[batch, height, width, channels]`: all channels of a pixel together.

// Only lanes/simd128.rs has any: two instructions that take an address.
#![deny(unsafe_code)]

#[cfg(feature = "cpu")]
pub mod cpu;
#[cfg(feature = "webgpu")]
pub mod gpu;
mod shape;
mod source;

/// The back end that networks of this build run on: WebGPU where it is built in. Natively both can be, by their own names.
#[cfg(not(feature = "webgpu"))]
pub use cpu as backend;
#[cfg(feature = "webgpu")]
pub use gpu as backend;

pub use crate::math::activation::Activation;
pub use crate::math::filter::Edge;
pub use crate::math::form::Form;
pub use backend::{
    Added, Convolution, Device, GroupNorm, Image, Source, attention, concatenated, doubled, doubled_filtered, halved,
    halved_filtered,
};
pub use shape::{AttentionShape, ConvShape, GroupNormShape};
