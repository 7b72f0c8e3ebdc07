//! Four numbers at a time: a SIMD128 register on WebAssembly, and an array of which the compiler makes vectors elsewhere.

#[cfg(not(target_arch = "wasm32"))]
mod array;
#[cfg(target_arch = "wasm32")]
mod simd128;

#[cfg(not(target_arch = "wasm32"))]
pub use array::{Lanes, add, load, multiply_add, splat, store, sub};
#[cfg(target_arch = "wasm32")]
pub use simd128::{Lanes, add, load, multiply_add, splat, store, sub};

/// Numbers in a vector.
pub const LANES: usize = 4;

/// 2 a
#[inline(always)]
pub fn twice(a: Lanes) -> Lanes {
    add(a, a)
}

/// 4 a. By sums, for a factor would be a constant, which engines of WebAssembly make anew with several instructions.
#[inline(always)]
pub fn four_times(a: Lanes) -> Lanes {
    twice(twice(a))
}
