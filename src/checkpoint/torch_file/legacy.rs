//! What torch.save wrote before PyTorch 1.6: five pickles, then the numbers of every storage, each after its count.

use std::collections::BTreeMap;

use super::cursor::{Cursor, damaged};
use super::globals::refused;
use super::machine::Pickle;
use super::object::{Object, Storage};
use super::stored::{self, Contents};
use crate::checkpoint::tensor::StoredTensor;
use crate::checkpoint::weights_file::Bytes;
use crate::error::{Error, shown::shortened};

/// So many bytes are read for the pickles, whose length stands nowhere; and so many times as many where they go on.
const FIRST: usize = 1 << 20;
const MORE: usize = 16;

/// 0x1950a86a20f9469cfc6c, the lowest byte first.
const MAGIC: [u8; 10] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
const VERSION: i64 = 1001;

/// The tensors of such a file.
///
/// # Errors
/// `WeightsPickle` or `WeightsDamaged`; `WeightsDtype`.
pub fn read<'a>(file: &Bytes<'a>) -> Result<Vec<StoredTensor<'a>>, Error> {
    let mut length = FIRST;
    loop {
        let beginning = file.read_part(0..length);
        let mut bytes = Cursor::within(&beginning, 0, file.length());
        let read = pickles(&mut bytes).and_then(|[saved, keys]| {
            let contents = contents(&saved, &keys, file, bytes.position())?;
            stored::tensors(&saved, &contents, file)
        });
        if !bytes.is_cut() {
            return read;
        }
        length = length.saturating_mul(MORE);
    }
}

/// The pickles of what was saved and of the storages' keys.
fn pickles<'a>(bytes: &mut Cursor<'a>) -> Result<[Pickle<'a>; 2], Error> {
    let magic = Pickle::read(bytes)?;
    if !matches!(magic.get(magic.root), Object::Long(digits) if *digits == MAGIC) {
        return Err(refused("the pickle was not written by torch.save".to_owned()));
    }
    let version = Pickle::read(bytes)?;
    if !matches!(version.get(version.root), Object::Int(VERSION)) {
        return Err(refused("the pickle has another version of PyTorch's format than 1001".to_owned()));
    }
    let system = Pickle::read(bytes)?;
    if !is_little_endian(&system) {
        return Err(refused("the numbers in the file begin with their highest byte".to_owned()));
    }
    Ok([Pickle::read(bytes)?, Pickle::read(bytes)?])
}

fn is_little_endian(system: &Pickle) -> bool {
    let Object::Dict(entries) = system.get(system.root) else { return false };
    let is_true = |value| matches!(system.get(value), Object::Bool(true));
    entries.iter().any(|(key, value)| matches!(system.get(*key), Object::Text("little_endian")) && is_true(*value))
}

/// Where the numbers of each storage lie. They follow one another in the order of these keys, from the byte `last` up to the end of the file.
fn contents<'a>(saved: &Pickle, keys: &Pickle<'a>, file: &Bytes, mut last: usize) -> Result<Contents<'a>, Error> {
    let mut storages = BTreeMap::<&str, Storage>::new();
    for object in saved.objects() {
        if let Object::Storage(storage) = object {
            storages.insert(storage.key, *storage);
        }
    }
    let Object::List(list) = keys.get(keys.root) else { return Err(damaged("the file has no list of its storages")) };
    let mut contents = Contents::new();
    for key in list {
        let Object::Text(key) = keys.get(*key) else { return Err(damaged("the key of a storage is no text")) };
        let storage =
            storages.get(key).ok_or_else(|| damaged(format!("no tensor has the storage `{}`", shortened(key))))?;
        let (count, mut bytes) = Cursor::after_u64(file, last)?;
        if count != storage.count as u64 {
            let asked = storage.count;
            return Err(damaged(format!("the storage `{}` has {count} numbers in place of {asked}", shortened(key))));
        }
        let numbers = bytes.skip_u64(count.saturating_mul(storage.kind.size as u64))?;
        last = numbers.end;
        contents.insert(*key, numbers);
    }
    let end = file.length();
    if last < end {
        return Err(damaged(format!("the last storage ends at byte {last}, and the file goes on to byte {end}")));
    }
    Ok(contents)
}
