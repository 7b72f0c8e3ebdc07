//! Dynamic thresholding of a predicted image.

/// Clips an image at a quantile of its own and divides by that (Saharia et al. 2022, section 2.3; diffusers' `thresholding`).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Threshold {
    /// The share of the pixels that are not clipped, from 0 to 1.
    pub ratio: f64,
    /// The most that an image is divided by, at least 1.
    pub most: f64,
}

impl Threshold {
    /// Thresholds one image. It then lies in [-1, 1].
    pub fn apply(self, image: &mut [f64]) {
        let bound = self.quantile(image).clamp(1.0, self.most);
        image.iter_mut().for_each(|x| *x = x.clamp(-bound, bound) / bound);
    }

    /// The quantile of the absolute values, linear between neighbours.
    fn quantile(self, image: &[f64]) -> f64 {
        let mut values: Vec<f64> = image.iter().map(|x| x.abs()).collect();
        values.sort_unstable_by(f64::total_cmp);
        let Some(last) = values.len().checked_sub(1) else { return 1.0 };
        let place = self.ratio * last as f64;
        let (below, above) = (values[place as usize], values[last.min(place as usize + 1)]);
        below + place.fract() * (above - below)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_divides_by_a_quantile_between_1_and_the_most() {
        let of = |most: f64, ratio: f64| {
            let mut image = [0.0, -0.5, 1.0, -2.0, 4.0];
            Threshold { ratio, most }.apply(&mut image);
            image
        };
        assert_eq!(of(9.0, 0.75), [0.0, -0.25, 0.5, -1.0, 1.0]);
        assert_eq!(of(9.0, 0.875), [0.0, -0.5 / 3.0, 1.0 / 3.0, -2.0 / 3.0, 1.0]);
        assert_eq!(of(1.0, 1.0), [0.0, -0.5, 1.0, -1.0, 1.0]);
        assert_eq!(of(9.0, 0.25), [0.0, -0.5, 1.0, -1.0, 1.0]);
    }
}
