//! The safetensors format: an 8-byte length, a JSON header, then the tensors' bytes one after the other.
//!
//! Nothing of a file is trusted: every length is checked before it is used, and no tensor is read before the whole
//! layout has been.

use std::collections::HashSet;
use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::error::Category;

use super::tensor::{Dtype, StoredTensor};
use super::weights_file::WeightsFile;
use crate::error::{Error, LFS_POINTER};

/// The longest header that is read, in bytes; the format's own limit.
const LONGEST_HEADER: u64 = 100_000_000;

/// Bytes that tell what a file is.
pub const BEGINNING: usize = 64;

/// Every tensor of a safetensors file, in the order of their bytes.
///
/// # Errors
/// One for each fault of the layout: see the `Weights…` variants of [`Error`].
pub fn read<'a>(file: impl Into<WeightsFile<'a>>) -> Result<Vec<StoredTensor<'a>>, Error> {
    let file = file.into();
    let header = header(&file)?;
    let mut entries = parse_header(&file.get(header.clone()).ok_or_else(|| truncated(header.end, &file))?.read())?;
    entries.sort_by_key(|(_, entry)| entry.data_offsets);
    check_layout(&entries, header.end as u64, (file.length() - header.end) as u64)?;
    entries.into_iter().map(|(name, entry)| stored_tensor(name, &entry, &file, header.end)).collect()
}

/// Where the header lies, by the first [`BEGINNING`] bytes.
///
/// # Errors
/// `WeightsMagic`, or `WeightsTruncated` where the file ends before the header does.
pub fn header(file: &WeightsFile<'_>) -> Result<Range<usize>, Error> {
    let beginning = file.beginning(BEGINNING);
    let beginning = beginning.read();
    let Some((length, rest)) = beginning.split_first_chunk::<8>() else {
        return Err(Error::WeightsMagic { found: format!("only {} bytes", file.length()) });
    };
    let length = u64::from_le_bytes(*length);
    if length > LONGEST_HEADER || rest.first().is_some_and(|first| *first != b'{') {
        return Err(Error::WeightsMagic { found: describe(&beginning, length) });
    }
    let end = 8 + length as usize;
    if end <= file.length() { Ok(8..end) } else { Err(truncated(end, file)) }
}

fn truncated(needed: usize, file: &WeightsFile<'_>) -> Error {
    Error::WeightsTruncated { needed: needed as u64, found: file.length() as u64 }
}

/// What a file that is no safetensors file looks like, by its beginning.
fn describe(file: &[u8], length: u64) -> String {
    let known: [(&[u8], &str); 2] = [(b"<", "HTML or XML"), (b"version https://git-lfs", LFS_POINTER)];
    match known.iter().find(|(start, _)| file.starts_with(start)) {
        Some((_, what)) => (*what).to_owned(),
        None if length > LONGEST_HEADER => format!("a header of {length} bytes"),
        None => "a header that is not a JSON object".to_owned(),
    }
}

/// One tensor's entry in the header.
#[derive(Deserialize)]
struct Entry {
    dtype: String,
    shape: Vec<u64>,
    #[serde(deserialize_with = "pair")]
    data_offsets: (u64, u64),
}

/// Two numbers. Not serde's own, which takes a third for an error of the syntax.
fn pair<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(u64, u64), D::Error> {
    match Vec::deserialize(deserializer)?[..] {
        [first, end] => Ok((first, end)),
        _ => Err(D::Error::custom("data_offsets are two numbers")),
    }
}

/// The entries of a header, in the header's order; names are unique.
struct Header(Vec<(String, Entry)>);

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Header;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object of tensors")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Header, A::Error> {
                let (mut entries, mut names) = (Vec::new(), HashSet::new());
                while let Some(name) = map.next_key::<String>()? {
                    if !names.insert(name.clone()) {
                        return Err(A::Error::custom(format_args!("`{name}` stands there twice")));
                    }
                    if name == "__metadata__" {
                        map.next_value::<IgnoredAny>()?;
                    } else {
                        entries.push((name, map.next_value()?));
                    }
                }
                Ok(Header(entries))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

fn parse_header(header: &[u8]) -> Result<Vec<(String, Entry)>, Error> {
    match serde_json::from_slice::<Header>(header) {
        Ok(Header(entries)) => Ok(entries),
        Err(error) if error.classify() == Category::Data => Err(Error::WeightsHeader { cause: error.to_string() }),
        Err(error) => Err(Error::WeightsMagic { found: format!("a header that is not JSON ({error})") }),
    }
}

/// Every tensor's bytes fit its shape, follow the last one's, and fill the file. `start` is where the tensors begin in
/// the file.
fn check_layout(entries: &[(String, Entry)], start: u64, data: u64) -> Result<(), Error> {
    let mut position = 0;
    for (index, (name, entry)) in entries.iter().enumerate() {
        let (first, end) = entry.data_offsets;
        let size = byte_size(name, entry)?;
        if end.checked_sub(first) != size {
            let size = size.map_or("more than 2^64".to_owned(), |size| size.to_string());
            return Err(wrong_offsets(
                name,
                entry,
                format!("an end {size} bytes after the beginning, as shape {:?} has it", entry.shape),
            ));
        }
        if first != position {
            let earlier = index.checked_sub(1).map(|earlier| entries[earlier].0.clone());
            return Err(match (entries.iter().find(|(_, entry)| entry.data_offsets.1 > data), earlier) {
                (Some((name, entry)), _) => {
                    wrong_offsets(name, entry, format!("offsets from 0 to {data}, the file's end"))
                }
                (None, Some(earlier)) => Error::WeightsOverlap { first: earlier, second: name.clone() },
                (None, None) => wrong_offsets(name, entry, "0 as the first tensor's beginning".to_owned()),
            });
        }
        position = end;
    }
    match position.cmp(&data) {
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Greater => {
            Err(Error::WeightsTruncated { needed: start.saturating_add(position), found: start.saturating_add(data) })
        }
        std::cmp::Ordering::Less => Err(Error::WeightsOverlong { needed: start + position, found: start + data }),
    }
}

fn wrong_offsets(tensor: &str, entry: &Entry, allowed: String) -> Error {
    Error::WeightsOffsets { tensor: tensor.to_owned(), offsets: entry.data_offsets, allowed }
}

/// The bytes that an entry's shape takes; none where they overflow.
fn byte_size(name: &str, entry: &Entry) -> Result<Option<u64>, Error> {
    let size = dtype(name, &entry.dtype)?.size() as u64;
    Ok(entry.shape.iter().try_fold(size, |product, side| product.checked_mul(*side)))
}

fn dtype(tensor: &str, dtype: &str) -> Result<Dtype, Error> {
    let known = Dtype::ALL.into_iter().find(|known| known.name() == dtype);
    known.ok_or_else(|| Error::WeightsDtype { tensor: tensor.to_owned(), dtype: dtype.to_owned() })
}

/// The tensor of an entry that [`check_layout`] has passed; the tensors begin at `start`.
fn stored_tensor<'a>(
    name: String,
    entry: &Entry,
    file: &WeightsFile<'a>,
    start: usize,
) -> Result<StoredTensor<'a>, Error> {
    let (first, end) = entry.data_offsets;
    let outside = || wrong_offsets(&name, entry, "offsets inside the file".to_owned());
    let at = |offset: u64| usize::try_from(offset).ok()?.checked_add(start);
    let bytes = at(first).zip(at(end)).and_then(|(first, end)| file.get(first..end)).ok_or_else(outside)?;
    // A side may pass usize where another is 0.
    let shape: Result<Vec<usize>, _> = entry.shape.iter().map(|side| usize::try_from(*side)).collect();
    let shape = shape.map_err(|_| outside())?;
    Ok(StoredTensor { dtype: dtype(&name, &entry.dtype)?, name, shape, bytes, strides: None })
}
