//! What is learnt.

use crate::checkpoint::value;
use crate::error::Error;

/// The most examples.
const MOST_EXAMPLES: usize = 100_000;

/// The longest side of an image, in pixels.
const LONGEST_SIDE: usize = 64;

/// Examples of one shape, one after the other, with a class each where there are classes.
#[derive(Debug, Clone, PartialEq)]
pub struct Data {
    x: Vec<f32>,
    shape: [usize; 3],
    labels: Option<Vec<u64>>,
    is_points: bool,
    mean_square: f64,
}

impl Data {
    /// Points of the plane, two numbers each, of any scale. About unit variance is best.
    ///
    /// # Errors
    /// `invalid-data`.
    pub fn points(x: Vec<f32>) -> Result<Self, Error> {
        if x.is_empty() || !x.len().is_multiple_of(2) || x.len() / 2 > MOST_EXAMPLES {
            let allowed = format!("two numbers for each of 1 to {MOST_EXAMPLES} points");
            return Err(Error::invalid("data.points", format!("{} numbers", x.len()), allowed));
        }
        value::each("data.points", &x, f32::is_finite, "finite numbers")?;
        Ok(Self { mean_square: mean_square(&x), x, shape: [2, 1, 1], labels: None, is_points: true })
    }

    /// Images in [-1, 1]; `shape` is channels, height and width. A label per image, or none.
    ///
    /// # Errors
    /// `invalid-data`.
    pub fn images(x: Vec<f32>, shape: [usize; 3], labels: Option<Vec<u64>>) -> Result<Self, Error> {
        let [channels, height, width] = shape;
        if !(1..=4).contains(&channels) || [height, width].iter().any(|side| !(4..=LONGEST_SIDE).contains(side)) {
            let allowed = format!("1 to 4 channels, and a height and a width from 4 to {LONGEST_SIDE}");
            return Err(Error::invalid("data.shape", format!("{shape:?}"), allowed));
        }
        let length = channels * height * width;
        let count = x.len() / length;
        if x.is_empty() || !x.len().is_multiple_of(length) || count > MOST_EXAMPLES {
            let allowed = format!("{length} numbers for each of 1 to {MOST_EXAMPLES} images");
            return Err(Error::invalid("data.images", format!("{} numbers", x.len()), allowed));
        }
        value::each("data.images", &x, |x| (-1.0..=1.0).contains(&x), "numbers from -1 to 1")?;
        if let Some(labels) = labels.as_ref().filter(|labels| labels.len() != count) {
            let allowed = format!("one for each of the {count} images");
            return Err(Error::invalid("data.labels", format!("{} labels", labels.len()), allowed));
        }
        Ok(Self { mean_square: mean_square(&x), x, shape, labels, is_points: false })
    }

    /// The mean square of all numbers.
    pub fn mean_square(&self) -> f64 {
        self.mean_square
    }

    /// Count of the examples.
    pub fn len(&self) -> usize {
        self.x.len() / self.example_len()
    }

    /// There is always one.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// Channels, height and width; points have two channels of one pixel.
    pub fn shape(&self) -> [usize; 3] {
        self.shape
    }

    /// Numbers of one example.
    pub fn example_len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether these are points.
    pub fn is_points(&self) -> bool {
        self.is_points
    }

    /// The largest label, where there are labels.
    pub fn last_label(&self) -> Option<u64> {
        self.labels.as_ref()?.iter().max().copied()
    }

    /// The label of an example.
    pub fn label(&self, index: usize) -> Option<u64> {
        self.labels.as_ref().map(|labels| labels[index])
    }

    /// An example, mirrored left to right where that is wished.
    pub fn example(&self, index: usize, mirrored: bool) -> Vec<f32> {
        let length = self.example_len();
        let mut example = self.x[index * length..][..length].to_vec();
        if mirrored {
            example.chunks_mut(self.shape[2]).for_each(<[f32]>::reverse);
        }
        example
    }
}

fn mean_square(x: &[f32]) -> f64 {
    x.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / x.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_data_is_named() {
        let long = || vec![0.0; 2 * (MOST_EXAMPLES + 1)];
        for points in [vec![], vec![1.0], vec![f32::NAN, 0.0], long()] {
            assert_eq!(Data::points(points).expect_err("no points").code(), "invalid-data");
        }
        let image = || vec![0.5; 32];
        for (x, shape, labels) in [
            (vec![], [1, 4, 4], None),
            (image(), [1, 4, 5], None),
            (image(), [0, 4, 4], None),
            (image(), [1, 1, 32], None),
            (vec![1.5; 16], [1, 4, 4], None),
            (image(), [1, 4, 4], Some(vec![0])),
        ] {
            assert_eq!(Data::images(x, shape, labels).expect_err("no images").code(), "invalid-data");
        }
    }

    #[test]
    fn a_mirrored_image_has_its_rows_reversed() {
        let x: Vec<f32> = (0..32).map(|i| i as f32 / 32.0).collect();
        let data = Data::images(x.clone(), [1, 4, 4], Some(vec![3, 1])).expect("two images");
        assert_eq!((data.len(), data.last_label(), data.label(1)), (2, Some(3), Some(1)));
        assert_eq!(data.example(1, false), x[16..]);
        assert_eq!(data.example(1, true)[..4], [x[19], x[18], x[17], x[16]]);
    }
}
