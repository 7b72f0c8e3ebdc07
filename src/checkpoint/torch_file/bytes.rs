//! Reading bytes one after the other, never past their end.

use crate::error::Error;

/// Bytes that are left to be read.
#[derive(Debug, Clone)]
pub struct Bytes<'a> {
    all: &'a [u8],
    position: usize,
}

impl<'a> Bytes<'a> {
    /// All of them, from `position` on.
    pub fn at(all: &'a [u8], position: usize) -> Self {
        Self { all, position }
    }

    /// Where the next one is.
    pub fn position(&self) -> usize {
        self.position
    }

    /// The next `count`.
    ///
    /// # Errors
    /// `WeightsDamaged` where there are not as many.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], Error> {
        let end = self.position.checked_add(count);
        let taken = end.and_then(|end| Some((end, self.all.get(self.position..end)?)));
        let (end, taken) = taken.ok_or_else(|| {
            let (position, length) = (self.position, self.all.len());
            damaged(format!("{count} bytes are to follow byte {position}, and it ends at byte {length}"))
        })?;
        self.position = end;
        Ok(taken)
    }

    /// As many of them as a number in the file says.
    ///
    /// # Errors
    /// As [`take`](Self::take).
    pub fn take_u64(&mut self, count: u64) -> Result<&'a [u8], Error> {
        self.take(usize::try_from(count).unwrap_or(usize::MAX))
    }

    /// The next `N`.
    ///
    /// # Errors
    /// As [`take`](Self::take).
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    /// A byte.
    ///
    /// # Errors
    /// As [`take`](Self::take).
    pub fn u8(&mut self) -> Result<u8, Error> {
        Ok(u8::from_le_bytes(self.array()?))
    }

    /// Two bytes, the lower one first.
    ///
    /// # Errors
    /// As [`take`](Self::take).
    pub fn u16(&mut self) -> Result<u16, Error> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    /// Four bytes, the lowest first.
    ///
    /// # Errors
    /// As [`take`](Self::take).
    pub fn u32(&mut self) -> Result<u32, Error> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    /// Eight bytes, the lowest first.
    ///
    /// # Errors
    /// As [`take`](Self::take).
    pub fn u64(&mut self) -> Result<u64, Error> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// A text up to the end of its line.
    ///
    /// # Errors
    /// `WeightsDamaged` where no line ends, or it is no UTF-8.
    pub fn line(&mut self) -> Result<&'a str, Error> {
        let rest = self.all.get(self.position..).unwrap_or_default();
        let length = rest.iter().position(|byte| *byte == b'\n');
        let length = length.ok_or_else(|| damaged(format!("the line at byte {} has no end", self.position)))?;
        let line = self.take(length)?;
        self.position += 1;
        text(line)
    }
}

/// Bytes as the text that they are.
///
/// # Errors
/// `WeightsDamaged` where they are no UTF-8.
pub fn text(bytes: &[u8]) -> Result<&str, Error> {
    std::str::from_utf8(bytes).map_err(|error| damaged(format!("a name is not UTF-8: {error}")))
}

/// The error of a file that is not as PyTorch writes it.
pub fn damaged(cause: impl Into<String>) -> Error {
    Error::WeightsDamaged { cause: cause.into() }
}
