//! How many products and sums the CPU does at most: the loop that does nothing else, beside which the others are held.

use super::lanes::{LANES, Lanes, multiply_add, splat};

/// Vectors that are computed side by side: as many as registers hold with two factors, and enough to hide how long each takes.
const CHAINS: usize = 12;

/// Products of a round, each with a sum.
pub const PRODUCTS: u32 = (CHAINS * LANES) as u32;

/// So many rounds; what comes out is of no interest.
pub fn peak(rounds: u32) -> Lanes {
    let (factor, addend) = (splat(0.999), splat(0.001));
    let mut sums: [Lanes; CHAINS] = std::array::from_fn(|chain| splat(chain as f32));
    for _ in 0..rounds {
        sums = sums.map(|sum| multiply_add(sum, factor, addend));
    }
    sums.into_iter().fold(splat(0.0), |total, sum| multiply_add(sum, factor, total))
}
