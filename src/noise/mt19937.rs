//! The Mersenne Twister, as PyTorch's CPU generator seeds and reads it.
//!
//! Matsumoto & Nishimura 1998, "Mersenne Twister: A 623-dimensionally equidistributed uniform generator".

const STATE_WORDS: usize = 624;
const MIDDLE: usize = 397;
const TWIST: u32 = 0x9908_b0df;
const UPPER_BIT: u32 = 0x8000_0000;

/// A generator of 32-bit words.
#[derive(Debug, Clone)]
pub struct Mt19937 {
    state: [u32; STATE_WORDS],
    next: usize,
}

impl Mt19937 {
    /// The generator after `init_genrand(seed)`; PyTorch keeps the low 32 bits of its seed.
    pub fn new(seed: u32) -> Self {
        let mut state = [seed; STATE_WORDS];
        for i in 1..STATE_WORDS {
            let before = state[i - 1];
            // The index is below 624.
            state[i] = 1_812_433_253u32.wrapping_mul(before ^ (before >> 30)).wrapping_add(i as u32);
        }
        Self { state, next: STATE_WORDS }
    }

    /// The next word.
    pub fn next_u32(&mut self) -> u32 {
        if self.next == STATE_WORDS {
            self.twist();
            self.next = 0;
        }
        let mut word = self.state[self.next];
        self.next += 1;

        word ^= word >> 11;
        word ^= (word << 7) & 0x9d2c_5680;
        word ^= (word << 15) & 0xefc6_0000;
        word ^ (word >> 18)
    }

    /// Two words as one, the first of them on top.
    pub fn next_u64(&mut self) -> u64 {
        let high = u64::from(self.next_u32());
        (high << 32) | u64::from(self.next_u32())
    }

    fn twist(&mut self) {
        for i in 0..STATE_WORDS {
            let bits = (self.state[i] & UPPER_BIT) | (self.state[(i + 1) % STATE_WORDS] & !UPPER_BIT);
            let twisted = (bits >> 1) ^ if bits & 1 == 1 { TWIST } else { 0 };
            self.state[i] = self.state[(i + MIDDLE) % STATE_WORDS] ^ twisted;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The C++ standard's own check: the 10,000th word of a generator with the seed 5489 (section rand.predef).
    #[test]
    fn ten_thousandth_word() {
        let mut generator = Mt19937::new(5489);
        let last = (0..10_000).map(|_| generator.next_u32()).last();
        assert_eq!(last, Some(4_123_659_995));
    }
}
