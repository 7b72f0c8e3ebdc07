//! A tensor as a file has it.

use std::borrow::Cow;

use super::weights_file::Bytes;
use crate::error::Error;
use crate::math::half::{f32_from_bf16, f32_from_f16};

/// How a number is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dtype {
    /// float32
    F32,
    /// float16
    F16,
    /// bfloat16
    Bf16,
    /// float64
    F64,
}

/// A tensor in a file: its shape, and its bytes as they are stored.
#[derive(Debug)]
pub struct StoredTensor<'a> {
    /// Its name in the file.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// How its numbers are stored.
    pub dtype: Dtype,
    /// From its first number on; as long as its numbers, and no other tensor's, where these lie row by row.
    pub bytes: Bytes<'a>,
    /// How its numbers are found, in the order of rows: how often one goes on, by so many numbers, the outermost first. None: they lie row by row.
    pub strides: Option<Vec<(usize, usize)>>,
}

impl Dtype {
    /// Those that are read.
    pub const ALL: [Self; 4] = [Self::F64, Self::F32, Self::F16, Self::Bf16];

    /// Its name in a safetensors file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::F64 => "F64",
            Self::F32 => "F32",
            Self::F16 => "F16",
            Self::Bf16 => "BF16",
        }
    }

    /// Bytes of one number.
    pub const fn size(self) -> usize {
        match self {
            Self::F64 => 8,
            Self::F32 => 4,
            Self::F16 | Self::Bf16 => 2,
        }
    }
}

impl StoredTensor<'_> {
    /// The elements, row by row; float64 is rounded to f32.
    ///
    /// # Errors
    /// `WeightsNotFinite` names the first element that is NaN or infinite.
    pub fn to_f32(&self) -> Result<Vec<f32>, Error> {
        let bytes = self.rows();
        let values: Vec<f32> = match self.dtype {
            Dtype::F64 => bytes.as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes) as f32).collect(),
            Dtype::F32 => bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect(),
            Dtype::F16 => bytes.as_chunks().0.iter().map(|bytes| f32_from_f16(u16::from_le_bytes(*bytes))).collect(),
            Dtype::Bf16 => bytes.as_chunks().0.iter().map(|bytes| f32_from_bf16(u16::from_le_bytes(*bytes))).collect(),
        };
        // The largest magnitude first, by its bits: a loop that the compiler makes vectors of.
        let largest = values.iter().fold(0, |largest, value| value.abs().to_bits().max(largest));
        if f32::from_bits(largest).is_finite() {
            return Ok(values);
        }
        let found = values.iter().copied().enumerate().find(|(_, value)| !value.is_finite());
        let (index, value) = found.unwrap_or_default();
        Err(Error::WeightsNotFinite { tensor: self.name.clone(), index, value })
    }

    /// The bytes row by row.
    pub fn rows(&self) -> Cow<'_, [u8]> {
        let bytes = self.bytes.read();
        let Some(strides) = &self.strides else { return bytes };
        let size = self.dtype.size();
        let mut rows = Vec::with_capacity(size * self.shape.iter().product::<usize>());
        copy_rows(strides, &bytes, size, &mut rows);
        Cow::Owned(rows)
    }

    /// Gives its bytes back, where they are its own.
    pub fn release(self) {
        if self.strides.is_none() {
            self.bytes.release();
        }
    }
}

/// Copies the numbers of `size` bytes that these strides lead to.
fn copy_rows(strides: &[(usize, usize)], bytes: &[u8], size: usize, rows: &mut Vec<u8>) {
    match *strides {
        [] => rows.extend_from_slice(&bytes[..size]),
        [(count, 1)] => rows.extend_from_slice(&bytes[..count * size]),
        [(count, stride), ref inner @ ..] => {
            for place in 0..count {
                copy_rows(inner, &bytes[place * stride * size..], size, rows);
            }
        }
    }
}
