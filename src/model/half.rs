//! Numbers of 16 bits, widened exactly.

/// The value of an IEEE half: 1 sign bit, 5 bits of exponent, 10 of mantissa.
pub fn f32_from_f16(half: u16) -> f32 {
    /// 2^112: the exponent's bias goes from 15 to 127, and subnormals become normal, exactly.
    const BIAS: f32 = f32::from_bits((127 + 112) << 23);
    let sign = u32::from(half & 0x8000) << 16;
    let magnitude = u32::from(half & 0x7fff) << 13;
    // Infinity and NaN. Chosen by a mask, not by a branch, so that the compiler makes vectors of it.
    let special = if magnitude >= 31 << 23 { 0x7f80_0000 } else { 0 };
    let bits = (f32::from_bits(magnitude) * BIAS).to_bits();
    f32::from_bits(sign | bits | special)
}

/// The value of a bfloat16: the upper half of an f32.
pub fn f32_from_bf16(half: u16) -> f32 {
    f32::from_bits(u32::from(half) << 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_widened_exactly() {
        let known = [
            (0x0000, 0.0),
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x0400, 2f32.powi(-14)),
            (0x0001, 2f32.powi(-24)),
        ];
        for (half, value) in known {
            assert_eq!(f32_from_f16(half), value, "half {half:#06x}");
        }
        assert_eq!(f32_from_f16(0x83ff), -1023.0 * 2f32.powi(-24), "the largest subnormal, negated");
        assert_eq!(f32_from_f16(0xfc00), f32::NEG_INFINITY, "infinity");
        assert!(f32_from_f16(0x7e00).is_nan(), "NaN");
    }

    #[test]
    fn bfloats_are_widened_exactly() {
        for (half, value) in [(0x3f80, 1.0), (0xc049, -3.140_625), (0x0000, 0.0)] {
            assert_eq!(f32_from_bf16(half), value, "half {half:#06x}");
        }
    }
}
