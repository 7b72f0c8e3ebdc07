//! A file of weights as it is read: whole in memory, or a part at a time from wherever it lies.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::rc::Rc;

/// A file that lies outside of this memory, and may still be arriving. Its tensors are copied one by one, each when it is asked for.
pub trait Parts: fmt::Debug {
    /// The length in bytes that it has, or will have.
    fn length(&self) -> usize;

    /// A copy of some of its bytes; the range lies within the file.
    fn read(&self, range: Range<usize>) -> Vec<u8>;

    /// Hears of bytes that will not be read again.
    fn release(&self, _range: Range<usize>) {}
}

/// A file of weights.
#[derive(Debug, Clone)]
pub enum WeightsFile<'a> {
    /// One that is in memory.
    Whole(&'a [u8]),
    /// One that is copied in parts.
    InParts(Rc<dyn Parts>),
}

/// Bytes of a file, here or still there.
#[derive(Debug, Clone)]
pub enum Bytes<'a> {
    /// Those that are in memory.
    Here(Cow<'a, [u8]>),
    /// Those that are copied when they are read.
    There(Rc<dyn Parts>, Range<usize>),
}

impl<'a> WeightsFile<'a> {
    /// Its length in bytes.
    pub fn length(&self) -> usize {
        match self {
            Self::Whole(bytes) => bytes.len(),
            Self::InParts(parts) => parts.length(),
        }
    }

    /// Some of its bytes; none where it ends before.
    pub fn get(&self, range: Range<usize>) -> Option<Bytes<'a>> {
        match self {
            Self::Whole(bytes) => bytes.get(range).map(Bytes::from),
            Self::InParts(parts) => {
                let is_inside = range.start <= range.end && range.end <= parts.length();
                is_inside.then(|| Bytes::There(Rc::clone(parts), range))
            }
        }
    }

    /// Its first bytes, this many or as many as it has.
    pub fn beginning(&self, count: usize) -> Bytes<'a> {
        self.get(0..count.min(self.length())).unwrap_or_else(|| Bytes::from(&[][..]))
    }
}

impl<'a> Bytes<'a> {
    /// How many they are.
    pub fn length(&self) -> usize {
        match self {
            Self::Here(bytes) => bytes.len(),
            Self::There(_, range) => range.len(),
        }
    }

    /// Those of a range of them that are there. Like the two below it is called from many places: copied into each it would take more code.
    #[inline(never)]
    pub fn part(&self, range: Range<usize>) -> Bytes<'a> {
        let within = self.within(range);
        match self {
            Self::Here(Cow::Borrowed(bytes)) => Self::from(&bytes[within]),
            Self::Here(Cow::Owned(bytes)) => Self::Here(Cow::Owned(bytes[within].to_vec())),
            Self::There(parts, _) => Self::There(Rc::clone(parts), within),
        }
    }

    /// The same, in memory.
    #[inline(never)]
    pub fn read_part(&self, range: Range<usize>) -> Cow<'_, [u8]> {
        let within = self.within(range);
        match self {
            Self::Here(bytes) => Cow::Borrowed(&bytes[within]),
            Self::There(parts, _) => Cow::Owned(parts.read(within)),
        }
    }

    /// Where a range of them lies in the memory or in the file that has them.
    #[inline(never)]
    fn within(&self, range: Range<usize>) -> Range<usize> {
        let first = self.range().map_or(0, |all| all.start);
        let end = range.end.min(self.length());
        first + range.start.min(end)..first + end
    }

    /// The bytes, in memory.
    pub fn read(&self) -> Cow<'_, [u8]> {
        self.read_part(0..self.length())
    }

    /// Where they lie in a file that may still be arriving; none where they are here.
    pub fn range(&self) -> Option<Range<usize>> {
        match self {
            Self::Here(_) => None,
            Self::There(_, range) => Some(range.clone()),
        }
    }

    /// Says that they will not be read again.
    pub fn release(self) {
        if let Self::There(parts, range) = self {
            parts.release(range);
        }
    }
}

impl<'a> From<&'a [u8]> for WeightsFile<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Whole(bytes)
    }
}

impl<'a> From<&'a Vec<u8>> for WeightsFile<'a> {
    fn from(bytes: &'a Vec<u8>) -> Self {
        Self::Whole(bytes)
    }
}

impl<'a> From<&'a [u8]> for Bytes<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Here(Cow::Borrowed(bytes))
    }
}
