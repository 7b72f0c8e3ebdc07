//! The ZIP archive that torch.save writes: every file of it is stored as it is, without compression.
//!
//! The directory at the end says where the files are. Each is compared with the header before its content, and no two share bytes.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use super::cursor::{Cursor, damaged, text};
use crate::checkpoint::weights_file::Bytes;
use crate::error::{Error, shown::shortened};

const END: [u8; 4] = *b"PK\x05\x06";
const END_64: [u8; 4] = *b"PK\x06\x06";
const LOCATOR_64: [u8; 4] = *b"PK\x06\x07";
const ENTRY: [u8; 4] = *b"PK\x01\x02";
const LOCAL: [u8; 4] = *b"PK\x03\x04";
const DESCRIPTOR: [u8; 4] = *b"PK\x07\x08";

/// Length of the last record without its comment, of the one before it that finds the record of 64 bits, and of that one.
const END_LENGTH: usize = 22;
const LOCATOR_LENGTH: usize = 20;
const END_64_LENGTH: usize = 56;

/// Length of an entry and of a content's header without their names, and the most that sizes behind a content take.
const ENTRY_LENGTH: usize = 46;
const LOCAL_LENGTH: usize = 30;
const DESCRIPTOR_LENGTH: usize = 24;

/// Flags of an entry: its content is encrypted; its sizes follow the content.
const ENCRYPTED: u64 = 1;
const SIZES_FOLLOW: u64 = 8;
/// A number that stands among the 64-bit ones in place of here.
const ELSEWHERE: u64 = 0xffff_ffff;

/// Where the files of an archive lie in it, by their names.
pub type Files<'a> = BTreeMap<&'a str, Range<usize>>;

/// The directory of an archive.
pub struct Directory<'f> {
    bytes: Cow<'f, [u8]>,
    range: Range<usize>,
    /// How many entries it has.
    count: u64,
}

/// An entry of the directory.
struct Entry<'a> {
    name: &'a str,
    flags: u64,
    method: u64,
    packed: u64,
    size: u64,
    header: u64,
}

impl<'f> Directory<'f> {
    /// That of this archive.
    ///
    /// # Errors
    /// `WeightsDamaged`.
    pub fn of(archive: &'f Bytes) -> Result<Self, Error> {
        let length = archive.length();
        // With everything that may stand before the last record's comment.
        let first = length.saturating_sub(LOCATOR_LENGTH + END_LENGTH + usize::from(u16::MAX));
        let last = archive.read_part(first..length);
        let end = end_record(&last)?;
        let of_end = [10..12, 12..16, 16..20].map(|at| number(&last[end..], at));
        let ([count, size, start], before) = if let Some(locator) = end.checked_sub(LOCATOR_LENGTH)
            && last[locator..].starts_with(&LOCATOR_64)
        {
            let at = usize::try_from(number(&last[locator..], 8..16)).ok();
            let before = at.filter(|at| *at < first + locator).ok_or_else(no_directory)?;
            let record = archive.read_part(before..before + END_64_LENGTH);
            if record.len() < END_64_LENGTH || !record.starts_with(&END_64) {
                return Err(no_directory());
            }
            ([32..40, 40..48, 48..56].map(|at| number(&record, at)), before)
        } else {
            (of_end, first + end)
        };
        let range = usize::try_from(start).ok().zip(usize::try_from(size).ok());
        let range = range.and_then(|(start, size)| Some(start..start.checked_add(size)?));
        let range = range.filter(|range| range.end == before).ok_or_else(no_directory)?;
        Ok(Self { bytes: archive.read_part(range.clone()), range, count })
    }

    /// Every file of the archive.
    ///
    /// # Errors
    /// `WeightsDamaged`.
    pub fn files(&self, archive: &Bytes) -> Result<Files<'_>, Error> {
        let mut bytes = Cursor::within(&self.bytes, self.range.start, self.range.end);
        let before_directory = archive.part(0..self.range.start);
        let (mut files, mut last) = (Files::new(), 0);
        // An entry takes 46 bytes at least, so that a false count ends the directory soon.
        for _ in 0..self.count {
            let entry = entry(&mut bytes)?;
            let (content, end) = content(&before_directory, &entry)?;
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
}

fn no_directory() -> Error {
    damaged("the archive's directory is not where its last bytes say it is")
}

/// The number at a place of a record that has it, the lowest byte first.
#[inline(never)]
fn number(record: &[u8], at: Range<usize>) -> u64 {
    record[at].iter().rfold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// Where in the last bytes of an archive the last record begins, which a comment may follow.
fn end_record(bytes: &[u8]) -> Result<usize, Error> {
    let last = bytes.len().saturating_sub(END_LENGTH);
    let first = last.saturating_sub(usize::from(u16::MAX));
    let is_end = |at: &usize| {
        let ends = |record: &[u8]| at + END_LENGTH + number(record, 20..22) as usize == bytes.len();
        bytes.get(*at..at + END_LENGTH).is_some_and(|record| record.starts_with(&END) && ends(record))
    };
    let found = (first..=last).rev().find(is_end);
    found.ok_or_else(|| damaged("the archive's last bytes are not there: the download may have been interrupted"))
}

/// The next entry of the directory.
fn entry<'a>(bytes: &mut Cursor<'a>) -> Result<Entry<'a>, Error> {
    let record = bytes.take(ENTRY_LENGTH)?;
    if !record.starts_with(&ENTRY) {
        return Err(no_directory());
    }
    let [flags, method, packed, size, header] = [8..10, 10..12, 20..24, 24..28, 42..46].map(|at| number(record, at));
    let [name, extra, comment] = [28..30, 30..32, 32..34].map(|at| number(record, at));
    let name = text(bytes.take_u64(name)?)?;
    let mut more = wide(bytes.take_u64(extra)?)?;
    bytes.skip_u64(comment)?;
    let mut whole = |number: u64| if number == ELSEWHERE { more.u64() } else { Ok(number) };
    let (size, packed, header) = (whole(size)?, whole(packed)?, whole(header)?);
    Ok(Entry { name, flags, method, packed, size, header })
}

/// The 64-bit numbers among an entry's extra fields.
fn wide(extra: &[u8]) -> Result<Cursor<'_>, Error> {
    let mut fields = Cursor::of(extra);
    while fields.position() < extra.len() {
        let (id, length) = (fields.u16()?, fields.u16()?);
        let field = fields.take(usize::from(length))?;
        if id == 1 {
            return Ok(Cursor::of(field));
        }
    }
    Ok(Cursor::of(&[]))
}

/// Where the content of an entry lies, and where what belongs to it ends.
fn content(before_directory: &Bytes, entry: &Entry) -> Result<(Range<usize>, u64), Error> {
    let name = shortened(entry.name);
    if entry.method != 0 || entry.flags & ENCRYPTED != 0 {
        let how = if entry.method == 0 { "encrypted" } else { "compressed" };
        return Err(damaged(format!("the file `{name}` of the archive is {how}; torch.save stores it as it is")));
    }
    let other = || damaged(format!("the archive's directory and the header of its file `{name}` say different things"));
    let start = usize::try_from(entry.header).map_err(|_| other())?;
    let known = before_directory.read_part(start..start.saturating_add(LOCAL_LENGTH + entry.name.len()));
    let mut header = Cursor::within(&known, start, before_directory.length());
    let record = header.take(LOCAL_LENGTH)?;
    if !record.starts_with(&LOCAL) {
        return Err(other());
    }
    let [flags, method, packed, size, name_length, more] =
        [6..8, 8..10, 18..22, 22..26, 26..28, 28..30].map(|at| number(record, at));
    let same_name = name_length == entry.name.len() as u64 && known[LOCAL_LENGTH..] == *entry.name.as_bytes();
    header.skip_u64(name_length + more)?;
    // The sizes here are absent where they follow the content, or where they are among the extra fields.
    let is_absent = |size: u64| size == ELSEWHERE || (flags & SIZES_FOLLOW != 0 && size == 0);
    let same_size =
        entry.packed == entry.size && [packed, size].iter().all(|size| *size == entry.size || is_absent(*size));
    if !same_name || !same_size || method != entry.method {
        return Err(other());
    }
    let content = header.skip_u64(entry.size)?;
    let mut end = content.end;
    if flags & SIZES_FOLLOW != 0 {
        end = sizes_follow(before_directory, end, entry.size).ok_or_else(other)?;
    }
    Ok((content, end as u64))
}

/// Where the record of 32 or 64 bits ends that follows at `at` with this size, as it is and packed; none where it has another.
fn sizes_follow(archive: &Bytes, at: usize, size: u64) -> Option<usize> {
    let record = archive.read_part(at..at + DESCRIPTOR_LENGTH);
    let has_sizes = |width: &usize| {
        let sizes = [8..8 + width, 8 + width..8 + 2 * width];
        record.len() >= 8 + 2 * width && sizes.into_iter().all(|at| number(&record, at) == size)
    };
    let width = record.starts_with(&DESCRIPTOR).then(|| [4, 8].into_iter().find(has_sizes))??;
    Some(at + 8 + 2 * width)
}
