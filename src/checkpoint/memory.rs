//! Memory, asked for before it is taken: in WebAssembly an allocation that fails ends the module, with all that it holds.

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::Error;

/// The most that one network may take, in bytes. 32-bit WebAssembly has 4 GiB, and the runs need some of them.
pub const MOST_BYTES: u64 = 3_500_000_000;

/// What is asked for at once: no allocation may be half of all addresses.
const PIECE: u64 = 1 << 28;

/// The smallest piece that is asked for where one of that size cannot be had.
const LEAST_PIECE: u64 = 1 << 20;

/// Bytes that networks on their way will take, as far as they have not taken them yet.
static PROMISED: AtomicU64 = AtomicU64::new(0);

/// Bytes that somebody else is not to take.
#[derive(Debug)]
pub struct Promise(u64);

impl Promise {
    /// Of so many bytes, until it is dropped.
    pub fn of(bytes: u64) -> Self {
        PROMISED.fetch_add(bytes, Ordering::Relaxed);
        Self(bytes)
    }
}

impl Drop for Promise {
    fn drop(&mut self) {
        PROMISED.fetch_sub(self.0, Ordering::Relaxed);
    }
}

/// Checks that so many bytes can be had now beside those that are promised; they are not kept.
///
/// # Errors
/// `out-of-memory`, which says that `what` needs them.
pub fn ensure(what: &'static str, bytes: u64) -> Result<(), Error> {
    let all = bytes.saturating_add(PROMISED.load(Ordering::Relaxed));
    if in_pieces(all, PIECE) < all { Err(Error::OutOfMemory { what, bytes }) } else { Ok(()) }
}

/// How many of so many bytes can be had now, in pieces of any size; they are not kept.
pub fn available(bytes: u64) -> u64 {
    in_pieces(bytes, LEAST_PIECE)
}

/// The same in pieces that are not below the least size, but for the last one.
fn in_pieces(bytes: u64, least: u64) -> u64 {
    let mut pieces: Vec<Vec<u8>> = Vec::new();
    let (mut found, mut most) = (0, PIECE);
    while found < bytes && most >= least {
        let mut piece = Vec::new();
        let size = most.min(bytes - found);
        if piece.try_reserve_exact(size as usize).is_err() {
            most /= 2;
            continue;
        }
        // Or the compiler would leave out what is never used.
        pieces.push(black_box(piece));
        found += size;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_machine_has_is_refused() {
        assert_eq!((ensure("a trifle", 1 << 20), available(1 << 20)), (Ok(()), 1 << 20));
        let bytes = 1 << 60;
        assert_eq!(ensure("a world", bytes), Err(Error::OutOfMemory { what: "a world", bytes }));
    }
}
