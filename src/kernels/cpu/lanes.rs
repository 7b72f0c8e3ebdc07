//! Four numbers at a time, written so that the compiler makes a vector of them: a SIMD128 register on wasm.

/// Numbers in a vector.
pub const LANES: usize = 4;

/// Numbers that are computed together.
pub type Lanes = [f32; LANES];

/// The first four numbers of a slice.
#[inline(always)]
pub fn load(from: &[f32]) -> Lanes {
    [from[0], from[1], from[2], from[3]]
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

/// a * b + c, rounded twice: the same bits on every processor.
#[inline(always)]
pub fn multiply_add(a: Lanes, b: Lanes, c: Lanes) -> Lanes {
    [a[0] * b[0] + c[0], a[1] * b[1] + c[1], a[2] * b[2] + c[2], a[3] * b[3] + c[3]]
}

/// A number times a vector.
#[inline(always)]
pub fn times(factor: f32, a: Lanes) -> Lanes {
    [factor * a[0], factor * a[1], factor * a[2], factor * a[3]]
}
