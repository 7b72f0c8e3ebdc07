//! What matrices are made of.

use std::ops::{Add, Mul};

use half::f16;

/// A number of a matrix, and what products of it are summed in.
pub trait Number: Copy {
    /// What is multiplied and summed.
    type Sum: Copy + Default + Add<Output = Self::Sum> + Mul<Output = Self::Sum>;

    /// The number to sum by.
    fn up(self) -> Self::Sum;

    /// A sum, rounded to such a number.
    fn down(sum: Self::Sum) -> Self;
}

impl Number for f32 {
    type Sum = Self;

    fn up(self) -> Self {
        self
    }

    fn down(sum: Self) -> Self {
        sum
    }
}

impl Number for f64 {
    type Sum = Self;

    fn up(self) -> Self {
        self
    }

    fn down(sum: Self) -> Self {
        sum
    }
}

impl Number for f16 {
    type Sum = f32;

    fn up(self) -> f32 {
        self.to_f32()
    }

    fn down(sum: f32) -> Self {
        Self::from_f32(sum)
    }
}
