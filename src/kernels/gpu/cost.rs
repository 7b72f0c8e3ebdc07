//! What a launch costs, counted from its kernel and its shape: for the measurements, for no module launches by it.

use super::kernel::{Kernel, Shader};

/// What a launch costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cost {
    /// The kernel and what it is launched over, in words.
    pub name: String,
    /// Workgroups, which the device may run side by side.
    pub workgroups: u64,
    /// Turns of its loops that an invocation goes through one after the other: each waits for numbers from memory.
    pub turns: u64,
    /// Multiplications, each with an addition, by the definition of the operation.
    pub multiply_adds: u64,
    /// Bytes that are read or written at least once: each number counted once, however often it is read.
    pub bytes: u64,
}

/// Bytes of a vector of 4 numbers.
const VECTOR_BYTES: u64 = 16;

impl Cost {
    /// The cost of a launch; `words` is its shape, as its kernel declares it.
    pub(super) fn of(kernel: &Kernel, workgroups: [u32; 3], words: &[u32]) -> Self {
        let workgroups = workgroups.iter().map(|count| u64::from(*count)).product();
        let constants: Vec<u64> = kernel.constants.iter().copied().map(u64::from).collect();
        let words: Vec<u64> = words.iter().copied().map(u64::from).collect();
        match (kernel.shader, &constants[..], &words[..]) {
            (Shader::Conv, constants, words) => Self::of_convolution(constants, words, workgroups),
            (Shader::Norm, [.., threads], [pixels, channels, skips, _, _, _, in_group, ..]) => {
                let images = workgroups * in_group / (channels + skips);
                let numbers = images * pixels * (channels + skips);
                Self {
                    name: format!("norm of {pixels} pixels, {} channels", channels + skips),
                    workgroups,
                    turns: 3 * (pixels * in_group).div_ceil(*threads) + 3 * (threads / 16 + 16),
                    multiply_adds: 3 * numbers,
                    bytes: 8 * numbers,
                }
            }
            (Shader::Attention, [head_dim, rounds, queries], [pixels, heads, ..]) => {
                let images = workgroups / (heads * pixels.div_ceil(*queries));
                let tiles = pixels.div_ceil(64);
                Self {
                    name: format!("attention of {pixels} pixels, {heads} heads of {head_dim}"),
                    workgroups,
                    turns: tiles * (head_dim + 2 * 64) + rounds * pixels,
                    multiply_adds: 2 * images * heads * pixels * pixels * head_dim,
                    bytes: 4 * 4 * images * pixels * heads * head_dim,
                }
            }
            (shader, ..) => {
                // One invocation a vector or number, which is read and written.
                let bytes = workgroups * 64 * 2 * VECTOR_BYTES;
                Self { name: format!("{shader:?}"), workgroups, turns: 4, multiply_adds: 0, bytes }
            }
        }
    }

    fn of_convolution(constants: &[u64], words: &[u64], workgroups: u64) -> Self {
        let &[side, stride, _, _, is_behind, kind, halves, shortcut_halves, ..] = constants else {
            unreachable!("a convolution has its constants")
        };
        let &[rows, columns, height, width, pixels, inputs, skips, outputs, _, addeds, slices, ..] = words else {
            unreachable!("a convolution has its shape")
        };
        let taps = side * side;
        let through = if kind == 3 { addeds + skips * is_behind } else { 0 };
        let of_source = inputs + if kind == 3 { 0 } else { skips * is_behind };
        let turns = taps * of_source + through;
        let images = pixels / (rows * columns);
        let weights = |vectors: u64, halves: u64| vectors * 4 * outputs * VECTOR_BYTES / (1 + halves);
        let read = images * height * width * of_source + pixels * (through + if kind == 2 { outputs } else { 0 });
        Self {
            name: format!(
                "conv {side}x{side}{}, {rows}x{columns}, {} to {} channels{}",
                if stride == 2 { " halving" } else { "" },
                4 * of_source,
                4 * outputs,
                if through > 0 { " and a shortcut" } else { "" },
            ),
            workgroups,
            turns: turns.div_ceil(slices),
            multiply_adds: pixels * outputs * turns * 16,
            bytes: (read + pixels * outputs) * VECTOR_BYTES
                + weights(taps * of_source, halves)
                + weights(through, shortcut_halves),
        }
    }
}
