//! Vectors as arrays.

/// Numbers in a vector.
pub const LANES: usize = 4;

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

/// a * b
#[inline(always)]
pub fn mul(a: Lanes, b: Lanes) -> Lanes {
    [a[0] * b[0], a[1] * b[1], a[2] * b[2], a[3] * b[3]]
}

/// a / b
#[inline(always)]
pub fn div(a: Lanes, b: Lanes) -> Lanes {
    [a[0] / b[0], a[1] / b[1], a[2] / b[2], a[3] / b[3]]
}

/// a where it is not above b, else b; NaN stays NaN.
#[inline(always)]
pub fn not_above(a: Lanes, b: Lanes) -> Lanes {
    std::array::from_fn(|lane| if b[lane] < a[lane] { b[lane] } else { a[lane] })
}

/// a where it is not below b, else b; NaN stays NaN.
#[inline(always)]
pub fn not_below(a: Lanes, b: Lanes) -> Lanes {
    std::array::from_fn(|lane| if a[lane] < b[lane] { b[lane] } else { a[lane] })
}

/// 2^n, where n stands in the lowest bits of `shifted`.
#[inline(always)]
pub fn power_of_two(shifted: Lanes, one: Lanes) -> Lanes {
    std::array::from_fn(|lane| f32::from_bits((shifted[lane].to_bits() << 23).wrapping_add(one[lane].to_bits())))
}

/// a * b + c, rounded twice.
#[inline(always)]
pub fn multiply_add(a: Lanes, b: Lanes, c: Lanes) -> Lanes {
    [a[0] * b[0] + c[0], a[1] * b[1] + c[1], a[2] * b[2] + c[2], a[3] * b[3] + c[3]]
}
