//! Activations on the CPU, four numbers at a time.

use super::lanes::{Lanes, add, div, mul, multiply_add, not_above, not_below, power_of_two, splat, sub};

/// The numbers of [`exp`](Self::of) and what is made of it. They come from memory: constants in a loop are made anew in each of its
/// turns by engines of WebAssembly, with several instructions each.
#[derive(Debug, Clone, Copy)]
pub struct Exp {
    least: Lanes,
    most: Lanes,
    /// 1 / ln 2.
    log2_e: Lanes,
    /// Adding this rounds to an integer, which then stands in the lowest bits.
    rounding: Lanes,
    /// - ln 2 in two parts, of which the first is short: its product with a small integer is exact.
    minus_ln_2: [Lanes; 2],
    /// P in e^r = 1 + r + r^2 P(r), the highest power first: within 4e-9 for |r| <= ln 2 / 2.
    polynomial: [Lanes; 5],
    zero: Lanes,
    one: Lanes,
    two: Lanes,
    twenty: Lanes,
}

impl Exp {
    /// These numbers; to be asked for outside of loops.
    #[inline(always)]
    pub fn numbers() -> Self {
        let number = |number: f32| splat(std::hint::black_box(number));
        Self {
            least: number(-87.0),
            most: number(88.0),
            log2_e: number(std::f32::consts::LOG2_E),
            rounding: number(12_582_912.0),
            minus_ln_2: [number(-0.693_359_4), number(2.121_944_4e-4)],
            polynomial: [
                number(1.381_459_9e-3),
                number(8.368_717e-3),
                number(4.166_839e-2),
                number(0.166_665_2),
                number(0.499_999_93),
            ],
            zero: number(0.0),
            one: number(1.0),
            two: number(2.0),
            twenty: number(20.0),
        }
    }

    /// e^x, for x below -87 as at -87, and above 88 as at 88; NaN stays NaN.
    #[inline(always)]
    pub fn of(&self, x: Lanes) -> Lanes {
        let x = not_above(not_below(x, self.least), self.most);

        // e^x = 2^n e^r, |r| <= ln 2 / 2.
        let shifted = multiply_add(x, self.log2_e, self.rounding);
        let n = sub(shifted, self.rounding);
        let r = multiply_add(n, self.minus_ln_2[1], multiply_add(n, self.minus_ln_2[0], x));

        // Not one power after the other: each would wait for the one before.
        let [a, b, c, d, e] = self.polynomial;
        let square = mul(r, r);
        let p = multiply_add(multiply_add(a, square, multiply_add(b, r, c)), square, multiply_add(d, r, e));
        mul(multiply_add(p, square, add(r, self.one)), power_of_two(shifted, self.one))
    }

    /// x sigmoid(x), within 4 units in the last place; NaN stays NaN.
    #[inline(always)]
    pub fn silu(&self, x: Lanes) -> Lanes {
        div(x, add(self.one, self.of(sub(self.zero, x))))
    }

    /// x tanh(softplus(x)); NaN stays NaN.
    #[inline(always)]
    pub fn mish(&self, x: Lanes) -> Lanes {
        // tanh(log(1 + e^x)) = n / (n + 2) with n = e^x (e^x + 2); above 20 that is 1, and its parts may not overflow.
        let e = self.of(not_above(x, self.twenty));
        let n = mul(e, add(e, self.two));
        mul(x, div(n, add(n, self.two)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::lanes::{LANES, load, store};
    use super::*;
    use crate::math::activation::Activation;

    /// One number through a function of four.
    fn one(x: f32, of: impl Fn(&Exp, Lanes) -> Lanes) -> f32 {
        let mut y = [0.0; LANES];
        store(&mut y, of(&Exp::numbers(), load(&[x; LANES])));
        assert!(y.iter().all(|same| same.to_bits() == y[0].to_bits()), "all four are computed alike");
        y[0]
    }

    #[test]
    fn they_are_right_everywhere() {
        for i in -40_000..=40_000 {
            let x = i as f32 * 0.01;
            let exact = f64::from(x) / (1.0 + (-f64::from(x)).exp());
            let silu = one(x, Exp::silu);
            assert!(
                (f64::from(silu) - exact).abs() <= 5e-7 * exact.abs() + 1e-34,
                "silu({x}) = {silu} against {exact}"
            );
        }
        for i in -1_000..=1_000 {
            let x = i as f32 * 0.1;
            let exact = Activation::Mish.of(x);
            let mish = one(x, Exp::mish);
            assert!((mish - exact).abs() <= 5e-7 * exact.abs() + 1e-34, "mish({x}) = {mish} against {exact}");
        }
        assert!(one(f32::NAN, Exp::mish).is_nan(), "NaN stays NaN");
        assert!(one(f32::NAN, Exp::silu).is_nan(), "NaN stays NaN");
        assert!(one(f32::NAN, Exp::of).is_nan(), "NaN stays NaN");
    }
}
