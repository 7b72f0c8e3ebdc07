//! The shape of a batch of images.

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
    /// Elements of the whole batch.
    pub fn len(&self) -> usize {
        self.batch * self.image_len()
    }

    /// Whether there is no element; never so for a shape that was read from options.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Elements of one image.
    pub fn image_len(&self) -> usize {
        self.channels * self.height * self.width
    }

    /// Elements of the whole batch, where that is a number.
    pub fn checked_len(&self) -> Option<usize> {
        self.batch.checked_mul(self.channels)?.checked_mul(self.height)?.checked_mul(self.width)
    }
}
