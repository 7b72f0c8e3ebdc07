//! The shape of a batch of images.

use serde_json::Value;

use super::value;
use crate::error::Error;

/// The most elements a batch may have: 256 MiB of f32.
pub const MOST_ELEMENTS: usize = 1 << 26;
/// The most images a batch may have.
pub const MOST_IMAGES: usize = 4096;

/// A batch of images, NCHW.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Images, at least 1.
    pub batch: usize,
    /// Channels an image, at least 1.
    pub channels: usize,
    /// Rows, at least 1.
    pub height: usize,
    /// Columns, at least 1.
    pub width: usize,
}

impl Shape {
    /// Reads `[batch, channels, height, width]`, all at least 1.
    ///
    /// # Errors
    /// `invalid-shape` where it is not four such integers or their product is above [`MOST_ELEMENTS`].
    pub fn from_json(shape: &Value) -> Result<Self, Error> {
        let allowed =
            "[batch, channels, height, width], each an integer of 1 or more, together at most 67108864 elements";
        let invalid = || Error::invalid("shape", value::display(shape), allowed);

        let sizes = shape.as_array().ok_or_else(invalid)?;
        let sizes: Option<Vec<usize>> = sizes.iter().map(value::as_index).collect();
        let [batch, channels, height, width] =
            sizes.as_deref().and_then(|s| <[usize; 4]>::try_from(s).ok()).ok_or_else(invalid)?;

        let shape = Self { batch, channels, height, width };
        shape.checked_len().filter(|len| (1..=MOST_ELEMENTS).contains(len)).ok_or_else(invalid)?;
        Ok(shape)
    }

    /// Elements of the whole batch.
    pub fn len(&self) -> usize {
        self.batch * self.image_len()
    }

    /// Whether there is no element; never so for a shape that was read by [`from_json`](Self::from_json).
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Elements of one image.
    pub fn image_len(&self) -> usize {
        self.channels * self.height * self.width
    }

    fn checked_len(&self) -> Option<usize> {
        self.batch.checked_mul(self.channels)?.checked_mul(self.height)?.checked_mul(self.width)
    }
}
