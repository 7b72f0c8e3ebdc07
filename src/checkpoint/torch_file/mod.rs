//! The files of torch.save (`.bin`, `.ckpt`, `.pt`, `.pth`), read for their tensors alone.
//!
//! Such a file is a pickle, a program for Python that can do anything. Here it is read as a description: `machine` knows the
//! instructions that tensors need, `globals` the few names, and everything else is an error that names it. Nothing of a file is
//! trusted, and none of its numbers is copied before the network asks for a tensor.

mod bytes;
mod calls;
mod globals;
mod legacy;
mod machine;
mod object;
mod state_dict;
#[cfg(test)]
mod tests;
mod zip;

use std::collections::HashSet;

use bytes::{Bytes, damaged};
use globals::refused;
use machine::Pickle;
use object::View;
use zip::Files;

use super::tensor::StoredTensor;
use super::weights_file::WeightsFile;
use crate::error::{Error, shown::shortened};

/// Bytes that tell whether a file is one of these.
pub const BEGINNING: usize = 9;

/// Begins several such files that have the weights together, one after the other, each after its name. `www/src/api/shards.ts` joins them so;
/// before a name and before a file stands its length in eight bytes.
const SEVERAL: &[u8] = b"several\0";

/// Whether a file is meant as one: a ZIP archive or a pickle, or several of them. The length that a safetensors file begins with may look like either of
/// the first; its header follows at once.
pub fn is_meant(file: &[u8]) -> bool {
    let is_safetensors = file.get(8) == Some(&b'{');
    let is_pickle = file.first() == Some(&0x80) && file.get(1).is_some_and(|protocol| (2..=5).contains(protocol));
    file.starts_with(SEVERAL) || !is_safetensors && (file.starts_with(b"PK\x03\x04") || is_pickle)
}

/// Every tensor of the network in the file, or in several that are one.
///
/// # Errors
/// `WeightsPickle` where a pickle does more than tensors need; `WeightsDamaged`, also where two files have the same tensor; `WeightsDtype`.
pub fn read<'a>(file: &WeightsFile<'a>) -> Result<Vec<StoredTensor<'a>>, Error> {
    let file: &'a [u8] = match file {
        WeightsFile::Whole(file) => file,
        // INTERIM
        WeightsFile::InParts(parts) => Vec::leak(parts.read(0..parts.length())),
    };
    if !file.starts_with(SEVERAL) {
        return read_one(file);
    }
    let (mut bytes, mut tensors, mut names) = (Bytes::at(file, SEVERAL.len()), Vec::new(), HashSet::new());
    while bytes.position() < file.len() {
        let length = bytes.u64()?;
        let name = String::from_utf8_lossy(bytes.take_u64(length)?);
        let of_file = |cause| Error::WeightsShard { file: shortened(&name), cause: Box::new(cause) };
        let length = bytes.u64()?;
        for tensor in read_one(bytes.take_u64(length)?).map_err(of_file)? {
            if !names.insert(tensor.name.clone()) {
                let twice = format!("another file has the tensor `{}` too", shortened(&tensor.name));
                return Err(of_file(damaged(twice)));
            }
            tensors.push(tensor);
        }
    }
    Ok(tensors)
}

fn read_one(file: &[u8]) -> Result<Vec<StoredTensor<'_>>, Error> {
    let is_archive = file.starts_with(b"PK");
    let (pickle, contents) = if is_archive { archived(file)? } else { legacy::read(file)? };
    let tensors =
        state_dict::tensors(&pickle).ok_or_else(|| refused("the pickle has no tensors with names".to_owned()))?;
    let stored =
        tensors.into_iter().filter(|(_, view)| !is_count(view)).map(|(name, view)| stored(name, view, &contents));
    stored.collect()
}

/// The pickle of an archive, and the numbers of each storage by its key.
fn archived(file: &[u8]) -> Result<(Pickle<'_>, Files<'_>), Error> {
    let files = zip::files(file)?;
    let folder = files.keys().find_map(|name| name.strip_suffix("data.pkl").filter(|folder| folder.ends_with('/')));
    let folder = folder.ok_or_else(|| refused("the archive has no data.pkl, as torch.save writes it".to_owned()))?;
    let inside = |name: &str| files.get(format!("{folder}{name}").as_str()).copied();
    if inside("byteorder").is_some_and(|order| order != b"little") {
        return Err(refused("the numbers in the file begin with their highest byte".to_owned()));
    }
    let pickle = Pickle::read(&mut Bytes::at(inside("data.pkl").unwrap_or_default(), 0))?;
    let data = format!("{folder}data/");
    let mut contents = Files::new();
    for (name, content) in &files {
        if let Some(key) = name.strip_prefix(data.as_str()) {
            contents.insert(key, *content);
        }
    }
    Ok((pickle, contents))
}

/// A whole number that a network keeps beside its weights.
fn is_count(view: &View) -> bool {
    view.storage.kind.dtype.is_none() && view.shape.iter().all(|side| *side == 1)
}

/// A tensor with its bytes.
fn stored<'a>(name: &str, view: &View<'a>, contents: &Files<'a>) -> Result<StoredTensor<'a>, Error> {
    let kind = view.storage.kind;
    let unread = || Error::WeightsDtype { tensor: name.to_owned(), dtype: kind.name.to_owned() };
    let dtype = kind.dtype.ok_or_else(unread)?;
    let whole = contents
        .get(view.storage.key)
        .ok_or_else(|| damaged(format!("the numbers of tensor `{}` are not in the file", shortened(name))))?;
    if view.storage.count.checked_mul(kind.size) != Some(whole.len()) {
        let (count, found) = (view.storage.count, whole.len());
        return Err(damaged(format!(
            "the storage of tensor `{}` has {found} bytes for {count} numbers",
            shortened(name)
        )));
    }
    // `calls::view` has found all of it in the storage.
    let count: usize = if view.shape.contains(&0) { 0 } else { view.shape.iter().product() };
    // One without numbers may say that it begins anywhere.
    let from = if count == 0 { &[] } else { whole.get(view.offset * kind.size..).unwrap_or_default() };
    let is_by_rows = count == 0 || lies_by_rows(view);
    let bytes = if is_by_rows { &from[..count * kind.size] } else { from };
    let strides = (!is_by_rows).then(|| view.shape.iter().copied().zip(view.strides.iter().copied()).collect());
    Ok(StoredTensor { name: name.to_owned(), shape: view.shape.clone(), dtype, bytes: bytes.into(), strides })
}

/// Whether the numbers follow one another row by row. The stride of a single place does not matter.
fn lies_by_rows(View { shape, strides, .. }: &View) -> bool {
    let mut next = 1;
    shape.iter().zip(strides).rev().all(|(side, stride)| {
        let follows = *side == 1 || *stride == next;
        next *= side;
        follows
    })
}
