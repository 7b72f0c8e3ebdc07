//! Fourier features of an image, which let a network see differences of single grey values (Kingma et al. 2021, appendix C).

use std::f64::consts::TAU;
use std::ops::RangeInclusive;

/// The exponents that features may have: from half a period over all values that a pixel has, to one per grey value.
pub const EXPONENTS: RangeInclusive<i32> = -4..=8;

/// `sin(2^n pi x)` and `cos(2^n pi x)` of every number x of an image, for all n between two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fourier {
    first: i32,
    last: i32,
}

impl Fourier {
    /// All n from the first to the last; `None` where they are not among [`EXPONENTS`], or the first is above the last.
    pub fn new(first: i32, last: i32) -> Option<Self> {
        let is_allowed = EXPONENTS.contains(&first) && EXPONENTS.contains(&last) && first <= last;
        is_allowed.then_some(Self { first, last })
    }

    /// The first n and the last.
    pub fn ends(self) -> [i32; 2] {
        [self.first, self.last]
    }

    /// All n.
    pub fn exponents(self) -> RangeInclusive<i32> {
        self.first..=self.last
    }

    /// Channels of an image with its features, for each channel of the image itself.
    pub fn channels_per_channel(self) -> usize {
        1 + 2 * self.exponents().count()
    }

    /// Images with their features behind them. Of an image of C channels these are: the image, the sines of channel 0 for each n, of
    /// channel 1, ..., and the cosines in the same order.
    ///
    /// - `x`: images of `image_len` numbers, each of planes of `pixels` numbers
    pub fn with_features(self, x: &[f32], image_len: usize, pixels: usize) -> Vec<f32> {
        let mut all = Vec::with_capacity(x.len() * self.channels_per_channel());
        for image in x.chunks_exact(image_len) {
            all.extend_from_slice(image);
            for of in [libm::sin, libm::cos] {
                for plane in image.chunks_exact(pixels) {
                    for n in self.exponents() {
                        all.extend(plane.iter().map(|x| of(TAU * turns(*x, n)) as f32));
                    }
                }
            }
        }
        all
    }
}

/// `2^n pi x` in turns, from -1/2 to 1/2: exactly, because a factor of 2 changes no digit.
fn turns(x: f32, n: i32) -> f64 {
    let turns = f64::from(x) * libm::exp2(f64::from(n - 1));
    turns - libm::round(turns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::PI;

    #[test]
    fn features_stand_behind_the_image() {
        let fourier = Fourier::new(0, 2).expect("allowed");
        assert_eq!(fourier.channels_per_channel(), 7);
        // Two images of two channels of one pixel.
        let x = [0.3, -0.7, 1.0, 0.1];
        let all = fourier.with_features(&x, 2, 1);
        assert_eq!(all.len(), 28);
        for (image, found) in x.chunks(2).zip(all.chunks(14)) {
            assert_eq!(&found[..2], image);
            for (c, x) in image.iter().enumerate() {
                for n in 0..3 {
                    let angle = 2f64.powi(n) * PI * f64::from(*x);
                    let at = 2 + c * 3 + n as usize;
                    assert!((f64::from(found[at]) - angle.sin()).abs() < 1e-7);
                    assert!((f64::from(found[at + 6]) - angle.cos()).abs() < 1e-7);
                }
            }
        }
    }

    #[test]
    fn only_exponents_of_the_range_are_allowed() {
        for (first, last) in [(-5, 0), (0, 9), (3, 2)] {
            assert_eq!(Fourier::new(first, last), None);
        }
    }
}
