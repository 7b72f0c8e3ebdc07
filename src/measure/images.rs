//! The images that are measured.

use crate::checkpoint::value;
use crate::error::Error;

/// Checks that images lie in [-1, 1].
pub(super) fn check_images(x0: &[f32]) -> Result<(), Error> {
    value::each("x", x0, |x| (-1.0..=1.0).contains(&x), "images in [-1, 1]")
}
