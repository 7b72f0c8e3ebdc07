//! The filter [1, 3, 3, 1] that halves and doubles without jags (Karras et al. 2019, StyleGAN): what lies outside of the image.

/// What the filter finds beyond the first and the last pixel of a row or column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// Zeros: NCSN++.
    Zero,
    /// The image, mirrored at its outermost pixels: K-diffusion.
    Mirror,
}

/// A pixel of the row that is filtered, and its weight.
pub type Tap = (usize, f32);

impl Edge {
    /// What makes pixel `index` of a row of half as many pixels as `length`, which is even.
    pub fn halving(self, index: usize, length: usize) -> [Tap; 4] {
        let tap = |place: usize, weight| self.tap(2 * index + place, length, weight);
        [tap(0, 0.125), tap(1, 0.375), tap(2, 0.375), tap(3, 0.125)]
    }

    /// What makes pixel `index` of a row of twice as many pixels as `length`.
    pub fn doubling(self, index: usize, length: usize) -> [Tap; 2] {
        let nearest = index / 2;
        // Shifted by one, as in `tap`: the one before an even pixel, the one behind an odd one.
        let other = if index.is_multiple_of(2) { nearest } else { nearest + 2 };
        [(nearest, 0.75), self.tap(other, length, 0.25)]
    }

    /// The pixel `shifted - 1`, which may be one before the first or one behind the last.
    fn tap(self, shifted: usize, length: usize, weight: f32) -> Tap {
        match shifted {
            1.. if shifted <= length => (shifted - 1, weight),
            0 => (usize::from(length > 1), if self == Self::Mirror { weight } else { 0.0 }),
            _ => (length.saturating_sub(2), if self == Self::Mirror { weight } else { 0.0 }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(taps: &[Tap], row: &[f32]) -> f32 {
        taps.iter().map(|(pixel, weight)| row[*pixel] * weight).sum()
    }

    #[test]
    fn beyond_the_edge_are_zeros_or_the_mirrored_image() {
        let row = [8.0, 16.0, 32.0, 64.0];
        assert_eq!(sum(&Edge::Zero.halving(0, 4), &row), 3.0 + 6.0 + 4.0);
        assert_eq!(sum(&Edge::Mirror.halving(0, 4), &row), 2.0 + 3.0 + 6.0 + 4.0);
        assert_eq!(sum(&Edge::Zero.halving(1, 4), &row), 2.0 + 12.0 + 24.0);
        assert_eq!(sum(&Edge::Mirror.halving(1, 4), &row), 2.0 + 12.0 + 24.0 + 4.0);
        assert_eq!(sum(&Edge::Zero.doubling(0, 4), &row), 6.0);
        assert_eq!(sum(&Edge::Mirror.doubling(0, 4), &row), 6.0 + 4.0);
        assert_eq!(sum(&Edge::Zero.doubling(1, 4), &row), 6.0 + 4.0);
        assert_eq!(sum(&Edge::Zero.doubling(2, 4), &row), 12.0 + 2.0);
        assert_eq!(sum(&Edge::Mirror.doubling(7, 4), &row), 48.0 + 8.0);
    }

    #[test]
    fn what_is_everywhere_the_same_stays_so_within_the_image() {
        for length in [2, 6] {
            let row = vec![1.0; length];
            assert!((0..length / 2).all(|index| sum(&Edge::Mirror.halving(index, length), &row) == 1.0), "halved");
            assert!((0..2 * length).all(|index| sum(&Edge::Mirror.doubling(index, length), &row) == 1.0), "doubled");
        }
    }
}
