//! What holds for burn's devices.

/// Most elements of a tensor between two operations: 64 MB, half of what every WebGPU device binds as one buffer.
pub const MOST_ELEMENTS_AT_ONCE: u64 = 1 << 24;
