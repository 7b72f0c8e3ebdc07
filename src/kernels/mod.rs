//! The hot operations of the network: each as plain burn operations, which run on every device and are the reference,
//! and once more in plain Rust for the CPU, where it pays.
//!
//! Images lie as `[batch, height, width, channels]`: all channels of a pixel together.

#![forbid(unsafe_code)]

mod attention;
mod conv;
#[cfg(feature = "cpu")]
mod cpu;
mod image;
mod norm;
mod plain;
mod shape;

use burn::tensor::Device;

pub use attention::{attention, plain as plain_attention};
pub use conv::{Added, Convolution};
pub use image::{Image, Source};
pub use norm::GroupNorm;
pub use plain::doubled;
pub use shape::{AttentionShape, ConvShape, GroupNormShape};

/// Whether the CPU's own versions run on `device`.
pub fn is_cpu(device: &Device) -> bool {
    #[cfg(feature = "cpu")]
    return *device == Device::flex();
    #[cfg(not(feature = "cpu"))]
    {
        let _ = device;
        false
    }
}
