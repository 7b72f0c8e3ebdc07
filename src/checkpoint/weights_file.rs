//! A file of weights as it is read: whole in memory, or a part at a time from wherever it lies.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

/// A file that lies outside of this memory. Its tensors are copied one by one, each when it is asked for.
pub trait Parts: fmt::Debug {
    /// Its length in bytes.
    fn length(&self) -> usize;

    /// A copy of some of its bytes; the range lies within the file.
    fn read(&self, range: Range<usize>) -> Vec<u8>;
}

/// A file of weights.
#[derive(Debug, Clone, Copy)]
pub enum WeightsFile<'a> {
    /// One that is in memory. Files of PyTorch have to be.
    Whole(&'a [u8]),
    /// One of safetensors that is copied in parts.
    InParts(&'a dyn Parts),
}

/// Bytes of a file, here or still there.
#[derive(Debug, Clone)]
pub enum Bytes<'a> {
    /// Those that are in memory.
    Here(Cow<'a, [u8]>),
    /// Those that are copied when they are read.
    There(&'a dyn Parts, Range<usize>),
}

impl<'a> WeightsFile<'a> {
    /// Its length in bytes.
    pub fn length(self) -> usize {
        match self {
            Self::Whole(bytes) => bytes.len(),
            Self::InParts(parts) => parts.length(),
        }
    }

    /// Some of its bytes; none where it ends before.
    pub fn get(self, range: Range<usize>) -> Option<Bytes<'a>> {
        match self {
            Self::Whole(bytes) => bytes.get(range).map(Bytes::from),
            Self::InParts(parts) => {
                (range.start <= range.end && range.end <= parts.length()).then_some(Bytes::There(parts, range))
            }
        }
    }

    /// Its first bytes, this many or as many as it has.
    pub fn beginning(self, count: usize) -> Bytes<'a> {
        self.get(0..count.min(self.length())).unwrap_or_else(|| Bytes::from(&[][..]))
    }
}

impl Bytes<'_> {
    /// The bytes, in memory.
    pub fn read(&self) -> Cow<'_, [u8]> {
        match self {
            Self::Here(bytes) => Cow::Borrowed(bytes),
            Self::There(parts, range) => Cow::Owned(parts.read(range.clone())),
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
