//! Vectors as SIMD128 registers. Arrays would do for most loops, but where the compiler takes one apart, it is five times slower.

use core::arch::wasm32::{
    f32x4_add, f32x4_div, f32x4_mul, f32x4_pmax, f32x4_pmin, f32x4_splat, f32x4_sub, i32x4_add, i32x4_shl, v128,
    v128_load, v128_store,
};

/// Numbers in a vector.
pub const LANES: usize = 4;

/// Numbers that are computed together.
pub type Lanes = v128;

/// The same number everywhere.
#[inline(always)]
pub fn splat(number: f32) -> Lanes {
    f32x4_splat(number)
}

/// Four numbers that lie in a row.
#[inline(always)]
#[expect(unsafe_code, reason = "the instruction takes an address")]
pub fn load(from: &[f32; LANES]) -> Lanes {
    // SAFETY: the reference is to 16 bytes that can be read, and the instruction takes them at any alignment.
    unsafe { v128_load(from.as_ptr().cast()) }
}

/// Puts them there.
#[inline(always)]
#[expect(unsafe_code, reason = "the instruction takes an address")]
pub fn store(to: &mut [f32; LANES], lanes: Lanes) {
    // SAFETY: the reference is to 16 bytes that can be written, and the instruction takes them at any alignment.
    unsafe { v128_store(to.as_mut_ptr().cast(), lanes) }
}

/// a + b
#[inline(always)]
pub fn add(a: Lanes, b: Lanes) -> Lanes {
    f32x4_add(a, b)
}

/// a - b
#[inline(always)]
pub fn sub(a: Lanes, b: Lanes) -> Lanes {
    f32x4_sub(a, b)
}

/// a * b
#[inline(always)]
pub fn mul(a: Lanes, b: Lanes) -> Lanes {
    f32x4_mul(a, b)
}

/// a / b
#[inline(always)]
pub fn div(a: Lanes, b: Lanes) -> Lanes {
    f32x4_div(a, b)
}

/// a where it is not above b, else b; NaN stays NaN.
#[inline(always)]
pub fn not_above(a: Lanes, b: Lanes) -> Lanes {
    f32x4_pmin(a, b)
}

/// a where it is not below b, else b; NaN stays NaN.
#[inline(always)]
pub fn not_below(a: Lanes, b: Lanes) -> Lanes {
    f32x4_pmax(a, b)
}

/// 2^n, where n stands in the lowest bits of `shifted`.
#[inline(always)]
pub fn power_of_two(shifted: Lanes, one: Lanes) -> Lanes {
    i32x4_add(i32x4_shl(shifted, 23), one)
}

/// a * b + c, rounded twice: the same bits on every processor.
#[cfg(not(target_feature = "relaxed-simd"))]
#[inline(always)]
pub fn multiply_add(a: Lanes, b: Lanes, c: Lanes) -> Lanes {
    f32x4_add(mul(a, b), c)
}

/// a * b + c in one instruction, rounded once where the processor has it so: the same bits on the same processor.
#[cfg(target_feature = "relaxed-simd")]
#[inline(always)]
pub fn multiply_add(a: Lanes, b: Lanes, c: Lanes) -> Lanes {
    core::arch::wasm32::f32x4_relaxed_madd(a, b, c)
}
