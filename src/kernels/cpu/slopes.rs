//! A normalisation as what it comes to for each channel of an image.

use super::lanes::{Lanes, each, multiply_add};
use crate::math::activation::Activation;

/// A normalisation of one image: y = x * slope + offset by channel, then the activation.
#[derive(Debug)]
pub struct Slopes {
    /// One for each channel.
    pub slope: Vec<f32>,
    /// One for each channel.
    pub offset: Vec<f32>,
    /// What follows.
    pub activation: Option<Activation>,
}

impl Slopes {
    /// These, then y (1 + scale) + shift, all scales before all shifts, then the activation.
    pub fn then(self, scale_shift: &[f32], activation: Activation) -> Self {
        let (scale, shift) = scale_shift.split_at(self.slope.len());
        let slope = self.slope.iter().zip(scale).map(|(slope, scale)| slope * (1.0 + scale)).collect();
        let offset = self.offset.iter().zip(scale).zip(shift);
        let offset = offset.map(|((offset, scale), shift)| offset * (1.0 + scale) + shift).collect();
        Self { slope, offset, activation: Some(activation) }
    }

    /// y = x * slope + offset, then the activation, for the channels of one pixel from `first` on.
    #[inline(always)]
    pub fn each(&self, to: &mut [f32], from: &[f32], first: usize, activation: impl Fn(Lanes) -> Lanes) {
        let (slope, offset) = (&self.slope[first..][..from.len()], &self.offset[first..][..from.len()]);
        each(to, [from, slope, offset], |[x, slope, offset]| activation(multiply_add(x, slope, offset)));
    }
}
