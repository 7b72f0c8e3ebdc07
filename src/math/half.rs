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

/// Numbers as IEEE halves, each times a power of two, and what brings a half back; none where one of them would not come back
/// exactly. Those that come from halves come back, whatever a device makes of subnormal ones: there are none.
pub fn halves(numbers: &[f32]) -> Option<(Vec<u16>, f32)> {
    /// The exponents of the largest and of the smallest normal half.
    const EXPONENTS: [i32; 2] = [15, -14];
    let exponent = |bits: u32| (bits >> 23) as i32 - 127;
    let largest = numbers.iter().fold(0, |largest, number| number.abs().to_bits().max(largest));
    // The largest number becomes one of the largest halves.
    let up = if largest == 0 { 0 } else { EXPONENTS[0] - exponent(largest) };
    let (factor, back) = (power_of_two(up)?, power_of_two(-up)?);
    let half = |number: &f32| {
        let bits = (number * factor).to_bits();
        let (sign, magnitude) = ((bits >> 16) as u16 & 0x8000, bits & 0x7fff_ffff);
        let fits = magnitude & 0x1fff == 0 && (EXPONENTS[1]..=EXPONENTS[0]).contains(&exponent(magnitude));
        let half = if fits { ((magnitude - ((127 - 15) << 23)) >> 13) as u16 } else { 0 };
        (fits || magnitude == 0).then_some(sign | half)
    };
    // As large as it will be: one that grows would take as much memory as the numbers.
    let mut halves = Vec::with_capacity(numbers.len());
    for number in numbers {
        halves.push(half(number)?);
    }
    Some((halves, back))
}

fn power_of_two(exponent: i32) -> Option<f32> {
    let biased = u32::try_from(exponent + 127).ok().filter(|biased| (1..255).contains(biased))?;
    Some(f32::from_bits(biased << 23))
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
    fn halves_come_back_and_nothing_else_does() {
        for numbers in [&[1.0, -0.333_251_95, 0.0, -0.0, 2f32.powi(-24), 1023.0 * 2f32.powi(-24)][..], &[0.0], &[]] {
            let (found, back) = halves(numbers).expect("all of them are halves");
            assert!(found.iter().all(|half| half & 0x7fff == 0 || half & 0x7c00 != 0), "none is subnormal");
            let again: Vec<f32> = found.iter().map(|half| f32_from_f16(*half) * back).collect();
            assert_eq!(
                again.iter().map(|x| x.to_bits()).collect::<Vec<_>>(),
                numbers.iter().map(|x| x.to_bits()).collect::<Vec<_>>()
            );
        }
        // A digit too many, two numbers too far apart, and what is not a number.
        for numbers in [&[0.1][..], &[1.0, 1e-10], &[f32::NAN], &[f32::INFINITY, 1.0]] {
            assert!(halves(numbers).is_none(), "{numbers:?}");
        }
    }

    #[test]
    fn bfloats_are_widened_exactly() {
        for (half, value) in [(0x3f80, 1.0), (0xc049, -3.140_625), (0x0000, 0.0)] {
            assert_eq!(f32_from_bf16(half), value, "half {half:#06x}");
        }
    }
}
