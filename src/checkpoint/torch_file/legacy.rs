//! What torch.save wrote before PyTorch 1.6: five pickles, then the numbers of every storage, each after its count.

use std::collections::BTreeMap;

use super::bytes::{Bytes, damaged};
use super::globals::refused;
use super::machine::Pickle;
use super::object::{Object, Storage};
use super::zip::Files;
use crate::error::{Error, shown::shortened};

/// 0x1950a86a20f9469cfc6c, the lowest byte first.
const MAGIC: [u8; 10] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
const VERSION: i64 = 1001;

/// The pickle of what was saved, and the numbers of each storage by its key.
///
/// # Errors
/// `WeightsPickle` or `WeightsDamaged`.
pub fn read(file: &[u8]) -> Result<(Pickle<'_>, Files<'_>), Error> {
    let mut bytes = Bytes::at(file, 0);
    let magic = Pickle::read(&mut bytes)?;
    if !matches!(magic.get(magic.root), Object::Long(digits) if *digits == MAGIC) {
        return Err(refused("the pickle was not written by torch.save".to_owned()));
    }
    let version = Pickle::read(&mut bytes)?;
    if !matches!(version.get(version.root), Object::Int(VERSION)) {
        return Err(refused("the pickle has another version of PyTorch's format than 1001".to_owned()));
    }
    let system = Pickle::read(&mut bytes)?;
    if !is_little_endian(&system) {
        return Err(refused("the numbers in the file begin with their highest byte".to_owned()));
    }
    let saved = Pickle::read(&mut bytes)?;
    let keys = Pickle::read(&mut bytes)?;
    let contents = contents(&saved, &keys, bytes, file.len())?;
    Ok((saved, contents))
}

fn is_little_endian(system: &Pickle) -> bool {
    let Object::Dict(entries) = system.get(system.root) else { return false };
    let is_true = |value| matches!(system.get(value), Object::Bool(true));
    entries.iter().any(|(key, value)| matches!(system.get(*key), Object::Text("little_endian")) && is_true(*value))
}

/// The numbers of each storage, which follow one another in the order of these keys up to the end of the file.
fn contents<'a>(saved: &Pickle<'a>, keys: &Pickle<'a>, mut bytes: Bytes<'a>, end: usize) -> Result<Files<'a>, Error> {
    let mut storages = BTreeMap::<&str, Storage>::new();
    for object in saved.objects() {
        if let Object::Storage(storage) = object {
            storages.insert(storage.key, *storage);
        }
    }
    let Object::List(list) = keys.get(keys.root) else { return Err(damaged("the file has no list of its storages")) };
    let mut contents = Files::new();
    for key in list {
        let Object::Text(key) = keys.get(*key) else { return Err(damaged("the key of a storage is no text")) };
        let storage =
            storages.get(key).ok_or_else(|| damaged(format!("no tensor has the storage `{}`", shortened(key))))?;
        let count = bytes.u64()?;
        if count != storage.count as u64 {
            let asked = storage.count;
            return Err(damaged(format!("the storage `{}` has {count} numbers in place of {asked}", shortened(key))));
        }
        contents.insert(*key, bytes.take_u64(count.saturating_mul(storage.kind.size as u64))?);
    }
    let last = bytes.position();
    if last < end {
        return Err(damaged(format!("the last storage ends at byte {last}, and the file goes on to byte {end}")));
    }
    Ok(contents)
}
