//! The arc between two noises.
//!
//! Shoemake 1985, as Song et al. 2020 (DDIM) go from one x_T to another: section 5.3 and eq. 67.

/// Below this sine of the angle, the straight line and the arc are equal to f32.
const SMALLEST_SINE: f64 = 1e-6;

/// The point at `fraction`, from 0 to 1, of the arc from `a` to `b`, which are of one length. Every stop is about as long
/// as noise is, so that its variance stays 1; the ends are `a` and `b` to the last bit.
pub fn slerp(a: &[f32], b: &[f32], fraction: f64) -> Vec<f32> {
    if fraction == 0.0 {
        return a.to_vec();
    }
    if fraction == 1.0 {
        return b.to_vec();
    }
    let (from_a, from_b) = factors(cosine(a, b), fraction);
    a.iter().zip(b).map(|(a, b)| (from_a * f64::from(*a) + from_b * f64::from(*b)) as f32).collect()
}

fn factors(cosine: f64, fraction: f64) -> (f64, f64) {
    let theta = libm::acos(cosine);
    let sine = libm::sin(theta);
    if sine >= SMALLEST_SINE {
        (libm::sin((1.0 - fraction) * theta) / sine, libm::sin(fraction * theta) / sine)
    } else {
        // Also where one of the two is zero and the sine is NaN.
        (1.0 - fraction, fraction)
    }
}

/// Cosine of the angle between two vectors; NaN where one of them is zero.
fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let [mut ab, mut aa, mut bb] = [0.0; 3];
    for (a, b) in a.iter().zip(b).map(|(a, b)| (f64::from(*a), f64::from(*b))) {
        ab += a * b;
        aa += a * a;
        bb += b * b;
    }
    (ab / (aa * bb).sqrt()).clamp(-1.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goes_along_the_arc_and_ends_at_both_ends() {
        let third = slerp(&[1.0, 0.0], &[0.0, 1.0], 1.0 / 3.0);
        let angle = std::f64::consts::FRAC_PI_6;
        assert!((f64::from(third[0]) - angle.cos()).abs() < 1e-7 && (f64::from(third[1]) - angle.sin()).abs() < 1e-7);
        assert_eq!(slerp(&[3.0, -0.0], &[-4.0, 3.0], 0.0)[1].to_bits(), (-0.0f32).to_bits());
        assert_eq!(slerp(&[3.0, 4.0], &[-4.0, 3.0], 1.0), [-4.0, 3.0]);
    }

    #[test]
    fn is_the_straight_line_where_there_is_no_arc() {
        assert_eq!(slerp(&[1.0, 2.0], &[3.0, 6.0], 0.5), [2.0, 4.0]);
        assert_eq!(slerp(&[0.0, 0.0], &[2.0, 4.0], 0.25), [0.5, 1.0]);
        assert_eq!(slerp(&[1.0, -2.0], &[-1.0, 2.0], 0.5), [0.0, 0.0]);
    }
}
