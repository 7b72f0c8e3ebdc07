//! The files of torch.save (`.bin`, `.ckpt`, `.pt`, `.pth`), read for their tensors alone.
//!
//! Such a file is a pickle, a program for Python that can do anything. Here it is read as a description: `machine` knows the
//! instructions that tensors need, `globals` the few names, and everything else is an error that names it. Nothing of a file is
//! trusted, and none of its numbers is copied before the network asks for a tensor: of a file that lies elsewhere only what describes
//! the tensors is read.

mod calls;
mod cursor;
mod globals;
mod legacy;
mod machine;
mod object;
mod state_dict;
mod stored;
#[cfg(test)]
mod tests;
mod zip;

use std::collections::HashSet;
use std::ops::Range;

use cursor::{Cursor, damaged};
use globals::refused;
use machine::Pickle;
use stored::Contents;
use zip::Directory;

use super::tensor::StoredTensor;
use super::weights_file::{Bytes, WeightsFile};
use crate::error::{Error, shown::shortened};

/// Bytes that tell whether a file is one of these.
pub const BEGINNING: usize = 9;

/// Begins several such files that have the weights together, one after the other, each after its name. `www/src/api/shards.ts` joins them so;
/// before a name and before a file stands its length in eight bytes.
const SEVERAL: &[u8] = b"several\0";

/// What an archive's file `byteorder` says where the numbers are as they are read here.
const LITTLE: &[u8] = b"little";

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
    let file = file.beginning(file.length());
    if *file.read_part(0..SEVERAL.len()) != *SEVERAL {
        return read_one(&file);
    }
    let (mut at, mut tensors, mut names) = (SEVERAL.len(), Vec::new(), HashSet::new());
    while at < file.length() {
        let name = after_length(&file, at)?;
        let content = after_length(&file, name.end)?;
        at = content.end;
        let of_file = |cause| {
            let name = file.read_part(name.clone());
            Error::WeightsShard { file: shortened(&String::from_utf8_lossy(&name)), cause: Box::new(cause) }
        };
        for tensor in read_one(&file.part(content)).map_err(of_file)? {
            if !names.insert(tensor.name.clone()) {
                let twice = format!("another file has the tensor `{}` too", shortened(&tensor.name));
                return Err(of_file(damaged(twice)));
            }
            tensors.push(tensor);
        }
    }
    Ok(tensors)
}

/// Where those bytes lie whose length stands in the eight before them, at `at`.
fn after_length(file: &Bytes, at: usize) -> Result<Range<usize>, Error> {
    let (length, mut bytes) = Cursor::after_u64(file, at)?;
    bytes.skip_u64(length)
}

fn read_one<'a>(file: &Bytes<'a>) -> Result<Vec<StoredTensor<'a>>, Error> {
    if *file.read_part(0..2) == *b"PK" { archived(file) } else { legacy::read(file) }
}

/// The tensors of an archive.
fn archived<'a>(file: &Bytes<'a>) -> Result<Vec<StoredTensor<'a>>, Error> {
    let directory = Directory::of(file)?;
    let files = directory.files(file)?;
    let folder = files.keys().find_map(|name| name.strip_suffix("data.pkl").filter(|folder| folder.ends_with('/')));
    let folder = folder.ok_or_else(|| refused("the archive has no data.pkl, as torch.save writes it".to_owned()))?;
    let inside = |name: &str| files.get(format!("{folder}{name}").as_str()).cloned();
    let is_little = |order: Range<usize>| order.len() == LITTLE.len() && *file.read_part(order) == *LITTLE;
    if !inside("byteorder").is_none_or(is_little) {
        return Err(refused("the numbers in the file begin with their highest byte".to_owned()));
    }
    let saved = file.read_part(inside("data.pkl").unwrap_or_default());
    let pickle = Pickle::read(&mut Cursor::of(&saved))?;
    let data = format!("{folder}data/");
    let mut contents = Contents::new();
    for (name, content) in &files {
        if let Some(key) = name.strip_prefix(data.as_str()) {
            contents.insert(key, content.clone());
        }
    }
    stored::tensors(&pickle, &contents, file)
}
