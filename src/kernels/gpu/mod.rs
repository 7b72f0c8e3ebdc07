//! The operations on WebGPU, through wgpu: kernels in WGSL, each in a file of its own, and what launches them.
//!
//! Numbers lie as on the CPU, `[batch, height, width, channels]`, but the channels of a pixel are filled up with zeros to
//! whole vectors of 4. Operations are only recorded when they are called; [`Gpu::submit`] and what reads numbers hand all
//! that was recorded to the device at once.

mod attention;
mod buffer;
mod context;
mod conv;
mod image;
mod kernel;
mod norm;
mod read;
mod resample;
mod update;

pub use attention::attention;
pub use context::{Gpu, OpenError};
pub use conv::GpuConvolution;
pub use image::GpuImage;
pub use norm::GpuGroupNorm;
pub use resample::{concatenated, doubled, halved};
pub use update::{GpuState, Updated};

/// Numbers of a vector.
const VECTOR: usize = 4;

/// Channels with what fills them up.
const fn filled(channels: usize) -> usize {
    channels.next_multiple_of(VECTOR)
}

/// A number as kernels have it. None of them is that large: buffers are not.
fn word(number: usize) -> u32 {
    u32::try_from(number).expect("a GPU's buffer has fewer than 2^32 numbers")
}
