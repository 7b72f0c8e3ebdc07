//! The operations on WebGPU, through wgpu: kernels in WGSL, each in a file of its own, and what launches them.
//!
//! Numbers lie as on the CPU, `[batch, height, width, channels]`, but the channels of a pixel are filled up with zeros to
//! whole vectors of 4. Operations are only recorded when they are called; [`Gpu::submit`] and what reads numbers hand all
//! that was recorded to the device at once.

mod attention;
mod buffer;
mod context;
mod conv;
mod cost;
mod image;
mod kernel;
mod norm;
mod open;
mod pixels;
mod potential;
mod read;
mod resample;
mod update;
mod words;

pub use attention::attention;
pub use buffer::GpuMemory;
pub use context::Gpu;
pub use conv::{Added, Convolution};
pub use cost::Cost;
pub use image::Image;
pub use norm::{GroupNorm, Source};
pub use open::OpenError;
pub use potential::Wanted;
pub use resample::{concatenated, doubled, doubled_filtered, halved, halved_filtered};
pub use update::{Change, EpsHat, GpuState, Moves, Update, Updated};

/// The device of networks on WebGPU.
pub type Device = Gpu;
