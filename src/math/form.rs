//! How weights are held.

/// The form in which the CPU holds the weights of a convolution. A GPU holds them as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Winograd's, by tiles of 4x4 outputs: four times as large, with a quarter of the products. As they are where it does not suit.
    Wide,
    /// Winograd's, by tiles of 2x2 outputs: 16 / 9 times as large, with 4 / 9 of the products. As they are where it does not suit.
    Narrow,
    /// As they are.
    Plain,
    /// As they are, and numbers that are halves stay halves: half the memory, and the time to widen them at each use.
    Halves,
}
