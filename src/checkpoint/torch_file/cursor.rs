//! Reading bytes one after the other, never past their end.

use std::ops::Range;

use crate::checkpoint::weights_file::Bytes;
use crate::error::Error;

/// Bytes that are left to be read, of which some are here. What is called for every number is not copied into its many callers: it would be
/// much of the code.
#[derive(Debug, Clone)]
pub struct Cursor<'a> {
    here: &'a [u8],
    first: usize,
    end: usize,
    position: usize,
    is_cut: bool,
}

impl<'a> Cursor<'a> {
    /// All of these.
    pub fn of(bytes: &'a [u8]) -> Self {
        Self::within(bytes, 0, bytes.len())
    }

    /// Those from the byte `first` on, of a file that ends at the byte `end`: of them the first are `here`.
    pub fn within(here: &'a [u8], first: usize, end: usize) -> Self {
        Self { here, first, end, position: first, is_cut: false }
    }

    /// The number in the eight bytes at `at` of a file, and those that follow it, of which none is here.
    ///
    /// # Errors
    /// `WeightsDamaged` where the file ends before.
    pub fn after_u64(file: &Bytes, at: usize) -> Result<(u64, Self), Error> {
        let here = file.read_part(at..at + 8);
        let mut bytes = Cursor::within(&here, at, file.length());
        let number = bytes.u64()?;
        Ok((number, Self::within(&[], bytes.position, file.length())))
    }

    /// Where the next one is.
    pub fn position(&self) -> usize {
        self.position
    }

    /// Whether one was asked for that is in the file, and not here: what was read failed because of that alone.
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// Where the next `count` lie, which need not be here.
    ///
    /// # Errors
    /// `WeightsDamaged` where there are not as many.
    #[inline(never)]
    pub fn skip(&mut self, count: usize) -> Result<Range<usize>, Error> {
        let (position, length) = (self.position, self.end);
        let end = position.checked_add(count).filter(|end| *end <= length);
        self.position = end.ok_or_else(|| {
            damaged(format!("{count} bytes are to follow byte {position}, and it ends at byte {length}"))
        })?;
        Ok(position..self.position)
    }

    /// As many of them as a number in the file says.
    ///
    /// # Errors
    /// As [`skip`](Self::skip).
    pub fn skip_u64(&mut self, count: u64) -> Result<Range<usize>, Error> {
        self.skip(usize::try_from(count).unwrap_or(usize::MAX))
    }

    /// The next `count`.
    ///
    /// # Errors
    /// As [`skip`](Self::skip), and where one of them [is not here](Self::is_cut).
    #[inline(never)]
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], Error> {
        let range = self.skip(count)?;
        let taken = self.here.get(range.start - self.first..range.end - self.first);
        taken.ok_or_else(|| self.cut())
    }

    /// As many as a number in the file says.
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
    #[inline(never)]
    pub fn u8(&mut self) -> Result<u8, Error> {
        Ok(u8::from_le_bytes(self.array()?))
    }

    /// Two bytes, the lower one first.
    ///
    /// # Errors
    /// As [`take`](Self::take).
    #[inline(never)]
    pub fn u16(&mut self) -> Result<u16, Error> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    /// Four bytes, the lowest first.
    ///
    /// # Errors
    /// As [`take`](Self::take).
    #[inline(never)]
    pub fn u32(&mut self) -> Result<u32, Error> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    /// Eight bytes, the lowest first.
    ///
    /// # Errors
    /// As [`take`](Self::take).
    #[inline(never)]
    pub fn u64(&mut self) -> Result<u64, Error> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// A text up to the end of its line.
    ///
    /// # Errors
    /// `WeightsDamaged` where no line ends, or it is no UTF-8.
    pub fn line(&mut self) -> Result<&'a str, Error> {
        let rest = self.here.get(self.position - self.first..).unwrap_or_default();
        let Some(length) = rest.iter().position(|byte| *byte == b'\n') else {
            let is_last = self.first + self.here.len() == self.end;
            return Err(if is_last {
                damaged(format!("the line at byte {} has no end", self.position))
            } else {
                self.cut()
            });
        };
        let line = self.take(length)?;
        self.position += 1;
        text(line)
    }

    fn cut(&mut self) -> Error {
        self.is_cut = true;
        damaged("a part of it was not read")
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
