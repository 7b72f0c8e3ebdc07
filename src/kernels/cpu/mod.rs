//! The hot operations in plain Rust, written so that the compiler vectorises them: SIMD128 on wasm.

mod activation;
mod aligned;
mod attention;
mod conv;
mod device;
mod filter;
mod image;
mod lanes;
mod layout;
mod matrix;
mod norm;
mod patches;
#[cfg(feature = "bench")]
pub mod peak;
mod resample;
mod slopes;
mod winograd;

pub use attention::attention;
pub use conv::{Added, Convolution};
pub use device::Device;
pub use filter::{doubled_filtered, halved_filtered};
pub use image::Image;
pub use norm::{GroupNorm, Source};
pub use resample::{concatenated, doubled, halved};
