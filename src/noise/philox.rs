//! Noise that is the same everywhere: Philox4x32-10 and Box-Muller, with elementary functions from `libm`.
//!
//! The generator is a function of (seed, sample, step, element) and keeps no state: image k of a batch does not depend
//! on how many others there are, and any step's noise can be drawn without the steps before it.
//! Salmon et al. 2011, "Parallel Random Numbers: As Easy as 1, 2, 3", section 3.3.

use std::f64::consts::TAU;

const ROUNDS: usize = 10;
const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
const KEY_INCREMENTS: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];

/// Fills `out` with the standard normal noise of one image at one step.
///
/// `step` 0 is x_T; the noise of a run's k-th step, counted from 1, is `step` k. The key is the seed's two halves, low
/// first; the counter is [element / 4, sample, step, 0].
pub fn fill_normal(seed: u64, sample: u32, step: u32, out: &mut [f32]) {
    let key = [low_half(seed), low_half(seed >> 32)];
    for (block, normals) in (0..).zip(out.chunks_mut(4)) {
        let words = philox4x32(key, [block, sample, step, 0]);
        let [first, second] = [box_muller(words[0], words[1]), box_muller(words[2], words[3])];
        for (normal, value) in normals.iter_mut().zip([first.0, first.1, second.0, second.1]) {
            *normal = value as f32;
        }
    }
}

/// The generator itself: four words from a key and a counter.
pub fn philox4x32(mut key: [u32; 2], mut counter: [u32; 4]) -> [u32; 4] {
    for _ in 0..ROUNDS {
        let (high_0, low_0) = wide_product(MULTIPLIERS[0], counter[0]);
        let (high_1, low_1) = wide_product(MULTIPLIERS[1], counter[2]);
        counter = [high_1 ^ counter[1] ^ key[0], low_1, high_0 ^ counter[3] ^ key[1], low_0];
        key = [key[0].wrapping_add(KEY_INCREMENTS[0]), key[1].wrapping_add(KEY_INCREMENTS[1])];
    }
    counter
}

fn wide_product(a: u32, b: u32) -> (u32, u32) {
    let product = u64::from(a) * u64::from(b);
    (low_half(product >> 32), low_half(product))
}

fn low_half(x: u64) -> u32 {
    (x & u64::from(u32::MAX)) as u32
}

/// Two normals from two words. The radius takes its uniform from (0, 1], so that no logarithm meets 0.
fn box_muller(for_radius: u32, for_angle: u32) -> (f64, f64) {
    const UNIT: f64 = 1.0 / 4_294_967_296.0;
    let radius = (-2.0 * libm::log((f64::from(for_radius) + 1.0) * UNIT)).sqrt();
    let angle = TAU * (f64::from(for_angle) * UNIT);
    (radius * libm::cos(angle), radius * libm::sin(angle))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The known answers that the authors publish with the generator.
    #[test]
    fn known_answers_of_philox4x32_10() {
        assert_eq!(philox4x32([0; 2], [0; 4]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(philox4x32([u32::MAX; 2], [u32::MAX; 4]), [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
        assert_eq!(
            philox4x32([0xa409_3822, 0x299f_31d0], [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344]),
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
        );
    }

    #[test]
    fn the_rarest_word_is_a_finite_normal() {
        let (a, b) = box_muller(0, 0);
        assert!(a.is_finite() && b.is_finite() && a > 6.6);
        assert_eq!(box_muller(u32::MAX, 7).0, 0.0);
    }

    #[test]
    fn moments_and_distribution_are_normal() {
        let mut normals = vec![0.0f32; 200_000];
        fill_normal(3, 0, 0, &mut normals);
        let count = normals.len() as f64;
        let moment = |power: i32| normals.iter().map(|z| f64::from(*z).powi(power)).sum::<f64>() / count;

        assert!(moment(1).abs() < 0.01 && (moment(2) - 1.0).abs() < 0.02 && moment(3).abs() < 0.04);
        assert!((moment(4) - 3.0).abs() < 0.1);

        // Kolmogorov-Smirnov at a level of about 1e-3.
        normals.sort_by(f32::total_cmp);
        let cdf = |z: f32| 0.5 * libm::erfc(-f64::from(z) / std::f64::consts::SQRT_2);
        let distance =
            normals.iter().zip(0..).map(|(z, i)| (cdf(*z) - (f64::from(i) + 0.5) / count).abs()).fold(0.0, f64::max);
        assert!(distance < 1.95 / count.sqrt(), "{distance}");
    }

    #[test]
    fn seeds_samples_steps_and_high_seed_bits_all_differ() {
        let draw = |seed, sample, step| {
            let mut out = [0.0; 8];
            fill_normal(seed, sample, step, &mut out);
            out
        };
        let base = draw(5, 0, 0);
        for other in [draw(6, 0, 0), draw(5, 1, 0), draw(5, 0, 1), draw(5 + (1 << 40), 0, 0)] {
            assert!(base.iter().zip(other).all(|(a, b)| *a != b));
        }
        assert_eq!(base[..3], draw(5, 0, 0)[..3]);
    }
}
