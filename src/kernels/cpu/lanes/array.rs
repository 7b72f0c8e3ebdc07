//! Vectors as arrays.

use super::LANES;

/// Numbers that are computed together.
pub type Lanes = [f32; LANES];

/// The same number everywhere.
#[inline(always)]
pub fn splat(number: f32) -> Lanes {
    [number; LANES]
}

/// Four numbers that lie in a row.
#[inline(always)]
pub fn load(from: &[f32; LANES]) -> Lanes {
    *from
}

/// Puts them there.
#[inline(always)]
pub fn store(to: &mut [f32; LANES], lanes: Lanes) {
    *to = lanes;
}

/// a + b
#[inline(always)]
pub fn add(a: Lanes, b: Lanes) -> Lanes {
    [a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3]]
}

/// a - b
#[inline(always)]
pub fn sub(a: Lanes, b: Lanes) -> Lanes {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2], a[3] - b[3]]
}

/// a * b + c, rounded twice.
#[inline(always)]
pub fn multiply_add(a: Lanes, b: Lanes, c: Lanes) -> Lanes {
    [a[0] * b[0] + c[0], a[1] * b[1] + c[1], a[2] * b[2] + c[2], a[3] * b[3] + c[3]]
}
