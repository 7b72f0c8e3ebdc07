//! Activations on the CPU that are vectorised.

/// The numbers of [`exp`]. They are read from memory: constants in a loop are made anew in each of its turns by engines of WebAssembly,
/// with several instructions each.
#[derive(Debug)]
pub struct Exp {
    least: f32,
    most: f32,
    /// 1 / ln 2.
    log2_e: f32,
    /// Adding this rounds to an integer, which then stands in the lowest bits.
    rounding: f32,
    /// ln 2 in two parts, of which the first is short: its product with a small integer is exact.
    ln_2: [f32; 2],
    /// Cephes' polynomial for e^r.
    polynomial: [f32; 6],
    one: f32,
}

static EXP: Exp = Exp {
    least: -87.0,
    most: 88.0,
    log2_e: std::f32::consts::LOG2_E,
    rounding: 12_582_912.0,
    ln_2: [0.693_359_4, -2.121_944_4e-4],
    polynomial: [1.987_569_1e-4, 1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 0.166_666_66, 0.5],
    one: 1.0,
};

impl Exp {
    /// These numbers; to be asked for outside of loops.
    #[inline(always)]
    pub fn numbers() -> &'static Self {
        std::hint::black_box(&EXP)
    }

    /// e^x, for x below -87 as at -87, and above 88 as at 88.
    #[inline(always)]
    pub fn of(&self, x: f32) -> f32 {
        // Comparisons, for min and max do not vectorise; both are false for NaN.
        let x = if x < self.least { self.least } else { x };
        let x = if x > self.most { self.most } else { x };

        // e^x = 2^n e^r, |r| <= ln 2 / 2.
        let shifted = x * self.log2_e + self.rounding;
        let n = shifted - self.rounding;
        let r = x - n * self.ln_2[0] - n * self.ln_2[1];
        let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(self.one.to_bits()));

        let [first, rest @ ..] = self.polynomial;
        let p = rest.into_iter().fold(first, |p, coefficient| p * r + coefficient);
        (p * r * r + r + self.one) * power
    }

    /// x sigmoid(x), within 4 units in the last place; NaN stays NaN.
    ///
    /// Without branches or calls, so that the compiler makes vectors of it.
    #[inline(always)]
    pub fn silu(&self, x: f32) -> f32 {
        x / (self.one + self.of(-x))
    }

    /// x tanh(softplus(x)); NaN stays NaN.
    #[inline(always)]
    pub fn mish(&self, x: f32) -> f32 {
        // tanh(log(1 + e^x)) = n / (n + 2) with n = e^x (e^x + 2); above 20 that is 1, and its parts may not overflow.
        let e = self.of(if x > 20.0 { 20.0 } else { x });
        let n = e * (e + 2.0);
        x * (n / (n + 2.0))
    }
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
            let error = (f64::from(Exp::numbers().silu(x)) - exact).abs();
            assert!(error <= 5e-7 * exact.abs() + 1e-34, "silu({x}) = {} against {exact}", Exp::numbers().silu(x));
        }
        for i in -1_000..=1_000 {
            let x = i as f32 * 0.1;
            let exact = Activation::Mish.of(x);
            assert!(
                (Exp::numbers().mish(x) - exact).abs() <= 5e-7 * exact.abs() + 1e-34,
                "mish({x}) = {} against {exact}",
                Exp::numbers().mish(x)
            );
        }
        assert!(Exp::numbers().mish(f32::NAN).is_nan(), "NaN stays NaN");
        assert!(Exp::numbers().silu(f32::NAN).is_nan(), "NaN stays NaN");
    }
}
