//! Activations on the CPU that are vectorised.

/// x sigmoid(x), within 4 units in the last place; NaN stays NaN.
///
/// Without branches or calls, so that the compiler makes vectors of it.
#[inline(always)]
pub fn silu(x: f32) -> f32 {
    x / (1.0 + exp(-x))
}

/// x tanh(softplus(x)); NaN stays NaN.
#[inline(always)]
pub fn mish(x: f32) -> f32 {
    // tanh(log(1 + e^x)) = n / (n + 2) with n = e^x (e^x + 2); above 20 that is 1, and its parts may not overflow.
    let e = exp(if x > 20.0 { 20.0 } else { x });
    let n = e * (e + 2.0);
    x * (n / (n + 2.0))
}

/// e^x, for x below -87 as at -87, and above 88 as at 88.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    /// Adding this rounds to an integer, which then stands in the lowest bits.
    const ROUNDING: f32 = 12_582_912.0;
    /// ln 2 in two parts, of which the first is short: its product with a small integer is exact.
    const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];

    // Comparisons, for min and max do not vectorise; both are false for NaN.
    let x = if x < -87.0 { -87.0 } else { x };
    let x = if x > 88.0 { 88.0 } else { x };

    // e^x = 2^n e^r, |r| <= ln 2 / 2.
    let shifted = x * std::f32::consts::LOG2_E + ROUNDING;
    let n = shifted - ROUNDING;
    let r = x - n * LN_2[0] - n * LN_2[1];
    let power = f32::from_bits(shifted.to_bits().wrapping_add(127) << 23);

    // Cephes' polynomial for e^r.
    let p = 1.987_569_1e-4;
    let p = p * r + 1.398_199_9e-3;
    let p = p * r + 8.333_452e-3;
    let p = p * r + 4.166_579_6e-2;
    let p = p * r + 0.166_666_66;
    let p = p * r + 0.5;
    (p * r * r + r + 1.0) * power
}

#[cfg(test)]
mod tests {
    use super::super::super::activation::Activation;
    use super::*;

    #[test]
    fn they_are_right_everywhere() {
        for i in -40_000..=40_000 {
            let x = i as f32 * 0.01;
            let exact = f64::from(x) / (1.0 + (-f64::from(x)).exp());
            let error = (f64::from(silu(x)) - exact).abs();
            assert!(error <= 5e-7 * exact.abs() + 1e-34, "silu({x}) = {} against {exact}", silu(x));
        }
        for i in -1_000..=1_000 {
            let x = i as f32 * 0.1;
            let exact = Activation::Mish.of(x);
            assert!((mish(x) - exact).abs() <= 5e-7 * exact.abs() + 1e-34, "mish({x}) = {} against {exact}", mish(x));
        }
        assert!(mish(f32::NAN).is_nan(), "NaN stays NaN");
        assert!(silu(f32::NAN).is_nan(), "NaN stays NaN");
    }
}
