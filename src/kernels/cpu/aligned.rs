//! Numbers that begin on a line of the cache, so that no vector of them lies across two.

use std::ops::{Deref, DerefMut};

/// Numbers of a line.
const LINE: usize = 16;

/// So many numbers.
#[derive(Debug, Default)]
pub struct Aligned {
    numbers: Vec<f32>,
    first: usize,
    len: usize,
}

impl Aligned {
    /// `len` zeros.
    pub fn zeros(len: usize) -> Self {
        let numbers = vec![0.0; len + LINE];
        let first = numbers.as_ptr().align_offset(LINE * size_of::<f32>()).min(LINE);
        Self { numbers, first, len }
    }
}

impl Deref for Aligned {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.numbers[self.first..self.first + self.len]
    }
}

impl DerefMut for Aligned {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.numbers[self.first..self.first + self.len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_begin_on_a_line() {
        for len in [1, 7, 16, 1000, 123_457] {
            let numbers = Aligned::zeros(len);
            assert_eq!((numbers.as_ptr() as usize % 64, numbers.len()), (0, len));
        }
    }
}
