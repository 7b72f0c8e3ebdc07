//! The hot operations of the network, three times: in plain Rust for the CPU; as kernels of WebGPU; and as plain burn
//! operations, the reference that the others are tested against, which is in no module that is published.
//!
//! Images lie as `[batch, height, width, channels]`: all channels of a pixel together.

// Only lanes/simd128.rs has any: two instructions that take an address.
#![deny(unsafe_code)]

#[cfg(not(any(feature = "cpu", feature = "webgpu")))]
compile_error!("one of the features `cpu` and `webgpu` has to be on: there is nothing else to compute with");

mod activation;
mod attention;
mod conv;
#[cfg(feature = "cpu")]
mod cpu;
mod device;
#[cfg(feature = "webgpu")]
mod gpu;
mod half;
mod image;
mod norm;
#[cfg(feature = "reference")]
mod reference;
mod resample;
mod shape;
#[cfg(feature = "webgpu")]
mod update;

pub use activation::Activation;
pub use attention::attention;
pub use conv::{Added, Convolution};
#[cfg(feature = "bench")]
pub use cpu::peak;
pub use device::Device;
#[cfg(feature = "webgpu")]
pub use gpu::{Gpu, GpuImage, GpuState, OpenError, Updated};
pub use half::{f32_from_bf16, f32_from_f16};
pub use image::{Image, Source};
pub use norm::GroupNorm;
pub use resample::{concatenated, doubled, halved};
pub use shape::{AttentionShape, ConvShape, GroupNormShape};
#[cfg(feature = "webgpu")]
pub use update::{EpsHat, Update};
