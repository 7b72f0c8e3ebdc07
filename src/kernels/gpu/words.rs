//! Numbers as kernels have them.

/// Numbers of a vector.
pub const VECTOR: usize = 4;

/// Channels with what fills them up.
pub const fn filled(channels: usize) -> usize {
    channels.next_multiple_of(VECTOR)
}

/// A number as kernels have it. None of them is that large: buffers are not.
pub fn word(number: usize) -> u32 {
    u32::try_from(number).expect("a GPU's buffer has fewer than 2^32 numbers")
}
