//! Memory, asked for before it is taken: in WebAssembly an allocation that fails ends the module, with all that it holds.

use std::hint::black_box;

use crate::error::Error;

/// The most that one network may take, in bytes. 32-bit WebAssembly has 4 GiB, and the runs need some of them.
pub const MOST_BYTES: u64 = 3_500_000_000;

/// What is asked for at once: no allocation may be half of all addresses.
const PIECE: u64 = 1 << 28;

/// The smallest part that is asked for where a larger one cannot be had.
const LEAST_PIECE: u64 = 1 << 20;

/// How many of so many bytes can be had now; they are not kept.
pub fn available(bytes: u64) -> u64 {
    let mut pieces: Vec<Vec<u8>> = Vec::new();
    let (mut found, mut most) = (0, PIECE);
    while found < bytes && most >= LEAST_PIECE {
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

/// Checks that so many bytes can be had now; they are not kept.
///
/// # Errors
/// `out-of-memory`, which says that `what` needs them.
pub fn ensure(what: &'static str, bytes: u64) -> Result<(), Error> {
    let mut pieces: Vec<Vec<u8>> = Vec::new();
    let mut rest = bytes;
    while rest > 0 {
        let mut piece = Vec::new();
        let size = rest.min(PIECE);
        if piece.try_reserve_exact(size as usize).is_err() {
            return Err(Error::OutOfMemory { what, bytes });
        }
        // Or the compiler would leave out what is never used.
        pieces.push(black_box(piece));
        rest -= size;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_machine_has_is_refused() {
        assert_eq!(ensure("a trifle", 1 << 20), Ok(()));
        let bytes = 1 << 60;
        assert_eq!(ensure("a world", bytes), Err(Error::OutOfMemory { what: "a world", bytes }));
    }
}
