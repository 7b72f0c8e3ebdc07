//! The activations between two layers, at one number.

/// The activation between two layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// x sigmoid(x), also called swish.
    Silu,
    /// x tanh(softplus(x)).
    Mish,
    /// x Phi(x), with the exact normal distribution function.
    Gelu,
    /// max(x, 0).
    Relu,
}

impl Activation {
    /// Its value at one number.
    pub fn of(self, x: f32) -> f32 {
        let x = f64::from(x);
        let y = match self {
            Self::Silu => x / (1.0 + libm::exp(-x)),
            Self::Mish => x * libm::tanh(x.max(0.0) + libm::log1p(libm::exp(-x.abs()))),
            Self::Gelu => 0.5 * x * (1.0 + libm::erf(x * std::f64::consts::FRAC_1_SQRT_2)),
            Self::Relu => x.max(0.0),
        };
        y as f32
    }
}
