//! The ZIP archive that torch.save writes: every file of it is stored as it is, without compression.
//!
//! The directory at the end says where the files are. Each is compared with the header before its content, and no two share bytes.

use std::collections::BTreeMap;

use super::bytes::{Bytes, damaged, text};
use crate::error::{Error, shown::shortened};

const END: [u8; 4] = *b"PK\x05\x06";
const END_64: [u8; 4] = *b"PK\x06\x06";
const LOCATOR_64: [u8; 4] = *b"PK\x06\x07";
const ENTRY: [u8; 4] = *b"PK\x01\x02";
const LOCAL: [u8; 4] = *b"PK\x03\x04";
const DESCRIPTOR: [u8; 4] = *b"PK\x07\x08";

/// Length of the last record without its comment, and of the one before it that finds the record of 64 bits.
const END_LENGTH: usize = 22;
const LOCATOR_LENGTH: usize = 20;

/// Flags of an entry: its content is encrypted; its sizes follow the content.
const ENCRYPTED: u16 = 1;
const SIZES_FOLLOW: u16 = 8;
/// A number that stands among the 64-bit ones in place of here.
const ELSEWHERE: u64 = 0xffff_ffff;

/// The files of an archive by their names.
pub type Files<'a> = BTreeMap<&'a str, &'a [u8]>;

/// An entry of the directory.
struct Entry<'a> {
    name: &'a str,
    flags: u16,
    method: u16,
    packed: u64,
    size: u64,
    header: u64,
}

/// Every file of the archive.
///
/// # Errors
/// `WeightsDamaged`.
pub fn files(archive: &[u8]) -> Result<Files<'_>, Error> {
    let (count, directory) = directory(archive)?;
    let mut bytes = Bytes::at(&archive[..directory.end], directory.start);
    let (mut files, mut last) = (Files::new(), 0);
    // An entry takes 46 bytes at least, so that a false count ends the directory soon.
    for _ in 0..count {
        let entry = entry(&mut bytes)?;
        let (content, end) = content(&archive[..directory.start], &entry)?;
        // They lie in the order of the directory.
        if entry.header < last {
            return Err(damaged(format!("the file `{}` of the archive overlaps another", shortened(entry.name))));
        }
        last = end;
        if files.insert(entry.name, content).is_some() {
            return Err(damaged(format!("the archive has two files `{}`", shortened(entry.name))));
        }
    }
    Ok(files)
}

/// How many entries the directory has, and where it is.
fn directory(archive: &[u8]) -> Result<(u64, std::ops::Range<usize>), Error> {
    let end = end_record(archive)?;
    let mut bytes = Bytes::at(archive, end + 10);
    let (mut count, mut size, mut start) = (u64::from(bytes.u16()?), u64::from(bytes.u32()?), u64::from(bytes.u32()?));
    let mut before = end;
    if let Some(locator) = end.checked_sub(LOCATOR_LENGTH)
        && archive[locator..].starts_with(&LOCATOR_64)
    {
        let at = Bytes::at(archive, locator + 8).u64()?;
        before = usize::try_from(at).ok().filter(|at| *at < locator).ok_or_else(no_directory)?;
        if !archive[before..].starts_with(&END_64) {
            return Err(no_directory());
        }
        let mut bytes = Bytes::at(archive, before + 32);
        (count, size, start) = (bytes.u64()?, bytes.u64()?, bytes.u64()?);
    }
    let range = usize::try_from(start).ok().zip(usize::try_from(size).ok());
    let range = range.and_then(|(start, size)| Some(start..start.checked_add(size)?));
    Ok((count, range.filter(|range| range.end == before).ok_or_else(no_directory)?))
}

fn no_directory() -> Error {
    damaged("the archive's directory is not where its last bytes say it is")
}

/// Where the last record begins, which a comment may follow.
fn end_record(archive: &[u8]) -> Result<usize, Error> {
    let last = archive.len().saturating_sub(END_LENGTH);
    let first = last.saturating_sub(usize::from(u16::MAX));
    let is_end = |at: &usize| {
        let comment = Bytes::at(archive, at + END_LENGTH - 2).u16();
        archive[*at..].starts_with(&END)
            && comment.is_ok_and(|length| at + END_LENGTH + usize::from(length) == archive.len())
    };
    let found = (first..=last).rev().find(is_end);
    found.ok_or_else(|| damaged("the archive's last bytes are not there: the download may have been interrupted"))
}

/// The next entry of the directory.
fn entry<'a>(bytes: &mut Bytes<'a>) -> Result<Entry<'a>, Error> {
    if bytes.array()? != ENTRY {
        return Err(no_directory());
    }
    bytes.take(4)?;
    let (flags, method) = (bytes.u16()?, bytes.u16()?);
    bytes.take(8)?;
    let (packed, size) = (u64::from(bytes.u32()?), u64::from(bytes.u32()?));
    let lengths = [bytes.u16()?, bytes.u16()?, bytes.u16()?].map(usize::from);
    bytes.take(8)?;
    let header = u64::from(bytes.u32()?);
    let name = text(bytes.take(lengths[0])?)?;
    let mut more = wide(bytes.take(lengths[1])?)?;
    bytes.take(lengths[2])?;
    let mut whole = |number: u64| if number == ELSEWHERE { more.u64() } else { Ok(number) };
    let (size, packed, header) = (whole(size)?, whole(packed)?, whole(header)?);
    Ok(Entry { name, flags, method, packed, size, header })
}

/// The 64-bit numbers among an entry's extra fields.
fn wide(extra: &[u8]) -> Result<Bytes<'_>, Error> {
    let mut fields = Bytes::at(extra, 0);
    while fields.position() < extra.len() {
        let (id, length) = (fields.u16()?, fields.u16()?);
        let field = fields.take(usize::from(length))?;
        if id == 1 {
            return Ok(Bytes::at(field, 0));
        }
    }
    Ok(Bytes::at(&[], 0))
}

/// The content of an entry, and where it ends.
fn content<'a>(before_directory: &'a [u8], entry: &Entry) -> Result<(&'a [u8], u64), Error> {
    let name = shortened(entry.name);
    if entry.method != 0 || entry.flags & ENCRYPTED != 0 {
        let how = if entry.method == 0 { "encrypted" } else { "compressed" };
        return Err(damaged(format!("the file `{name}` of the archive is {how}; torch.save stores it as it is")));
    }
    let other = || damaged(format!("the archive's directory and the header of its file `{name}` say different things"));
    let start = usize::try_from(entry.header).map_err(|_| other())?;
    let mut header = Bytes::at(before_directory, start);
    if header.array()? != LOCAL {
        return Err(other());
    }
    header.take(2)?;
    let (flags, method) = (header.u16()?, header.u16()?);
    header.take(8)?;
    let sizes = [header.u32()?, header.u32()?].map(u64::from);
    let lengths = [header.u16()?, header.u16()?].map(usize::from);
    let same_name = header.take(lengths[0])? == entry.name.as_bytes();
    header.take(lengths[1])?;
    // The sizes here are absent where they follow the content, or where they are among the extra fields.
    let is_absent = |size: u64| size == ELSEWHERE || (flags & SIZES_FOLLOW != 0 && size == 0);
    let same_size = entry.packed == entry.size && sizes.iter().all(|size| *size == entry.size || is_absent(*size));
    if !same_name || !same_size || method != entry.method {
        return Err(other());
    }
    let content = header.take_u64(entry.size)?;
    if flags & SIZES_FOLLOW != 0 && !sizes_follow(&mut header, entry.size)? {
        return Err(other());
    }
    Ok((content, header.position() as u64))
}

/// Whether this size, as it is and packed, follows in a record of 32 or 64 bits.
fn sizes_follow(bytes: &mut Bytes, size: u64) -> Result<bool, Error> {
    let has_mark = bytes.array()? == DESCRIPTOR;
    bytes.take(4)?;
    let mut wide = bytes.clone();
    if [bytes.u32()?, bytes.u32()?].map(u64::from) == [size; 2] {
        return Ok(has_mark);
    }
    let fits = [wide.u64()?, wide.u64()?] == [size; 2];
    *bytes = wide;
    Ok(has_mark && fits)
}
