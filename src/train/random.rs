//! The random numbers of a training: Philox, a function of the seed, the step and the example.

use crate::noise::philox::{fill_normal, philox4x32};

/// Words of the counter's last place, which sets these draws apart from noise (0).
const EXAMPLES: u32 = 1;
const WEIGHTS: u32 = 2;

/// Which image of the batch stands for the whole batch.
const BATCH: u32 = u32::MAX;

/// What is drawn for one example of a step, each from 0 up to 1.
pub struct Draw {
    /// Which of the data.
    pub example: f64,
    /// Its time.
    pub time: f64,
    /// Below 1/2: mirrored.
    pub mirror: f64,
    /// Below the dropout: without its class.
    pub dropout: f64,
}

/// The draws of an example.
pub fn draw(seed: u64, step: u32, index: u32) -> Draw {
    let [example, time, mirror, dropout] = uniforms(seed, [index, step, 0, EXAMPLES]);
    Draw { example, time, mirror, dropout }
}

/// The offset of a batch's times.
pub fn offset(seed: u64, step: u32) -> f64 {
    uniforms(seed, [BATCH, step, 0, EXAMPLES])[0]
}

/// The noise of an example: standard normal numbers.
pub fn noise(seed: u64, step: u32, index: u32, out: &mut [f32]) {
    fill_normal(seed, index, step, out);
}

/// Numbers evenly from `-bound` to `bound`, for the tensor of that index.
pub fn uniform_weights(seed: u64, tensor: u32, bound: f64, count: usize) -> Vec<f32> {
    let blocks = 0..count.div_ceil(4) as u32;
    let numbers = blocks.flat_map(|block| uniforms(seed, [block, tensor, 0, WEIGHTS]));
    numbers.take(count).map(|u| (bound * (2.0 * u - 1.0)) as f32).collect()
}

/// Standard normal numbers, for the tensor of that index.
pub fn normal_weights(seed: u64, tensor: u32, count: usize) -> Vec<f32> {
    let mut numbers = vec![0.0; count];
    // No step of a training comes so late.
    fill_normal(seed, tensor, u32::MAX, &mut numbers);
    numbers
}

fn uniforms(seed: u64, counter: [u32; 4]) -> [f64; 4] {
    let key = [seed as u32, (seed >> 32) as u32];
    philox4x32(key, counter).map(|word| f64::from(word) / 4_294_967_296.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_seed_step_and_example_has_its_own() {
        let of = |seed, step, index| draw(seed, step, index).time;
        let drawn = [of(0, 1, 0), of(0, 1, 1), of(0, 2, 0), of(1, 1, 0), of(1 << 32, 1, 0), offset(0, 1)];
        for (i, one) in drawn.iter().enumerate() {
            assert!((0.0..1.0).contains(one) && drawn[..i].iter().all(|other| other != one), "{drawn:?}");
        }
    }

    #[test]
    fn weights_fill_their_range() {
        let weights = uniform_weights(3, 5, 0.5, 4001);
        let mean = weights.iter().sum::<f32>() / 4001.0;
        let square = weights.iter().map(|w| w * w).sum::<f32>() / 4001.0;
        assert!(weights.iter().all(|w| w.abs() <= 0.5) && mean.abs() < 0.02 && (square - 0.25 / 3.0).abs() < 0.005);
        assert_ne!(weights[..8], uniform_weights(3, 6, 0.5, 8)[..]);
    }
}
