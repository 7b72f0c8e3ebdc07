//! The part of Python's pickle machine that tensors need, as a reader: it builds objects of its own, and calls nothing.

use super::calls;
use super::cursor::{Cursor, damaged, text};
use super::globals::{Global, refused};
use super::object::{Id, Object};
use crate::error::Error;

/// So many instructions are read at most; a tensor takes about 30.
const MOST_INSTRUCTIONS: usize = 2_000_000;

/// What a pickle has built.
#[derive(Debug)]
pub struct Pickle<'a> {
    objects: Vec<Object<'a>>,
    /// The object that is all of it.
    pub root: Id,
}

impl<'a> Pickle<'a> {
    /// Reads the pickle that begins here, and goes to its end.
    ///
    /// # Errors
    /// `WeightsPickle` where it asks for more than tensors; `WeightsDamaged`.
    pub fn read(bytes: &mut Cursor<'a>) -> Result<Self, Error> {
        let mut machine =
            Machine { objects: Vec::new(), stack: Vec::new(), marks: Vec::new(), memo: Vec::new(), copied: 0 };
        for _ in 0..MOST_INSTRUCTIONS {
            let at = bytes.position();
            let instruction = bytes.u8()?;
            if instruction == b'.' {
                let root = machine.pop()?;
                return Ok(Self { objects: machine.objects, root });
            }
            machine.follow(instruction, at, bytes)?;
        }
        Err(refused(format!("the pickle has more than {MOST_INSTRUCTIONS} instructions")))
    }

    /// The object of this number.
    pub fn get(&self, id: Id) -> &Object<'a> {
        &self.objects[id]
    }

    /// All objects.
    pub fn objects(&self) -> &[Object<'a>] {
        &self.objects
    }
}

/// A pickle while it is read. Every number on the stack and in the memo is an object's.
struct Machine<'a> {
    objects: Vec<Object<'a>>,
    stack: Vec<Id>,
    /// Lengths that the stack had.
    marks: Vec<usize>,
    /// Objects by their places; none where a place was left out.
    memo: Vec<Option<Id>>,
    /// Entries of dictionaries that calls have copied.
    copied: usize,
}

impl<'a> Machine<'a> {
    fn follow(&mut self, instruction: u8, at: usize, bytes: &mut Cursor<'a>) -> Result<(), Error> {
        match instruction {
            // PROTO
            0x80 => match bytes.u8()? {
                2..=5 => {}
                other => return Err(refused(format!("the pickle has protocol {other}; 2 to 5 are read"))),
            },
            // FRAME: how much follows, which does not matter here.
            0x95 => drop(bytes.u64()?),
            b'(' => self.marks.push(self.stack.len()),
            b'N' => self.push(Object::Other),
            0x88 => self.push(Object::Bool(true)),
            0x89 => self.push(Object::Bool(false)),
            b'K' | b'M' | b'J' | 0x8a => self.whole(instruction, bytes)?,
            b'G' => {
                bytes.take(8)?;
                self.push(Object::Other);
            }
            b'X' | 0x8c | 0x8d | b'U' | b'T' => self.text(instruction, bytes)?,
            b'B' | b'C' | 0x8e => {
                counted(instruction, bytes)?;
                self.push(Object::Other);
            }
            b'c' | 0x93 => self.global(instruction, bytes)?,
            b'q' | b'r' | 0x94 | b'h' | b'j' => self.remember(instruction, at, bytes)?,
            b'}' => self.push(Object::Dict(Vec::new())),
            b']' => self.push(Object::List(Vec::new())),
            b')' => self.push(Object::Tuple(Vec::new())),
            0x85..=0x87 => {
                let first = self.stack.len().checked_sub(usize::from(instruction - 0x84)).ok_or_else(empty)?;
                let items = self.stack.split_off(first);
                self.push(Object::Tuple(items));
            }
            b't' => {
                let items = self.since_mark()?;
                self.push(Object::Tuple(items));
            }
            b'a' | b'e' => self.append(instruction)?,
            b's' | b'u' => self.set(instruction)?,
            b'Q' => {
                let id = self.pop()?;
                let storage = calls::storage(&self.objects, id)?;
                self.push(Object::Storage(storage));
            }
            b'R' => {
                let (arguments, callable) = (self.pop()?, self.pop()?);
                let made = calls::call(&self.objects, callable, arguments)?;
                match made {
                    calls::Made::New(object) => {
                        // A list can be made a dictionary again and again, by a few bytes each time. Once, it has more bytes than entries.
                        self.copied += if let Object::Dict(entries) = &object { entries.len() } else { 0 };
                        if self.copied > at {
                            return Err(refused(format!("the pickle copies {} entries in {at} bytes", self.copied)));
                        }
                        self.push(object);
                    }
                    calls::Made::Same(id) => self.stack.push(id),
                }
            }
            b'b' => {
                self.pop()?;
                // What an OrderedDict has beside its entries, `_metadata`, is of no use here.
                if !matches!(self.top()?, Object::Dict(_)) {
                    return Err(refused(format!("the pickle changes an object at byte {at}")));
                }
            }
            other => {
                return Err(refused(format!("the pickle has the instruction 0x{other:02x} at byte {at}")));
            }
        }
        Ok(())
    }

    fn push(&mut self, object: Object<'a>) {
        self.stack.push(self.objects.len());
        self.objects.push(object);
    }

    fn pop(&mut self) -> Result<Id, Error> {
        // What stands before a mark is not taken by what stands after it.
        let first = self.marks.last().copied().unwrap_or_default();
        if self.stack.len() <= first { None } else { self.stack.pop() }.ok_or_else(empty)
    }

    fn top(&mut self) -> Result<&mut Object<'a>, Error> {
        let id = *self.stack.last().ok_or_else(empty)?;
        Ok(&mut self.objects[id])
    }

    fn since_mark(&mut self) -> Result<Vec<Id>, Error> {
        let mark = self.marks.pop().filter(|mark| *mark <= self.stack.len()).ok_or_else(empty)?;
        Ok(self.stack.split_off(mark))
    }

    fn whole(&mut self, instruction: u8, bytes: &mut Cursor<'a>) -> Result<(), Error> {
        let number = match instruction {
            b'K' => i64::from(bytes.u8()?),
            b'M' => i64::from(bytes.u16()?),
            b'J' => i64::from(bytes.u32()?.cast_signed()),
            _ => {
                let length = bytes.u8()?;
                let digits = bytes.take(usize::from(length))?;
                if digits.len() > 8 {
                    self.push(Object::Long(digits));
                    return Ok(());
                }
                // The highest bit is the sign.
                let sign = digits.last().is_some_and(|last| *last >= 0x80);
                let mut whole = [if sign { 0xff } else { 0 }; 8];
                whole[..digits.len()].copy_from_slice(digits);
                i64::from_le_bytes(whole)
            }
        };
        self.push(Object::Int(number));
        Ok(())
    }

    fn text(&mut self, instruction: u8, bytes: &mut Cursor<'a>) -> Result<(), Error> {
        let content = counted(instruction, bytes)?;
        let object = match instruction {
            // Python 2 has bytes and texts in one.
            b'U' | b'T' => std::str::from_utf8(content).map_or(Object::Other, Object::Text),
            _ => Object::Text(text(content)?),
        };
        self.push(object);
        Ok(())
    }

    fn global(&mut self, instruction: u8, bytes: &mut Cursor<'a>) -> Result<(), Error> {
        let (module, name) = if instruction == b'c' {
            (bytes.line()?, bytes.line()?)
        } else {
            let (name, module) = (self.pop()?, self.pop()?);
            match (&self.objects[module], &self.objects[name]) {
                (Object::Text(module), Object::Text(name)) => (*module, *name),
                _ => return Err(damaged("a name in the pickle is no text")),
            }
        };
        self.push(Object::Global(Global::of(module, name)?));
        Ok(())
    }

    /// Puts the last object into the memo, or one of the memo onto the stack.
    fn remember(&mut self, instruction: u8, at: usize, bytes: &mut Cursor<'a>) -> Result<(), Error> {
        let place = match instruction {
            b'q' | b'h' => usize::from(bytes.u8()?),
            b'r' | b'j' => bytes.u32()? as usize,
            _ => self.memo.len(),
        };
        if matches!(instruction, b'h' | b'j') {
            let id = self.memo.get(place).copied().flatten();
            self.stack.push(id.ok_or_else(|| damaged(format!("the pickle has no object {place}")))?);
            return Ok(());
        }
        // Python counts its places, and puts an object into each that is there already. So the memo is no longer than the file.
        if place > at {
            return Err(damaged(format!("the pickle has an object {place}")));
        }
        if place >= self.memo.len() {
            self.memo.resize(place + 1, None);
        }
        self.memo[place] = Some(*self.stack.last().ok_or_else(empty)?);
        Ok(())
    }

    fn append(&mut self, instruction: u8) -> Result<(), Error> {
        let more = if instruction == b'a' { vec![self.pop()?] } else { self.since_mark()? };
        match self.top()? {
            Object::List(items) => items.extend(more),
            _ => return Err(damaged("the pickle appends to what is no list")),
        }
        Ok(())
    }

    fn set(&mut self, instruction: u8) -> Result<(), Error> {
        let more = if instruction == b's' {
            let (value, key) = (self.pop()?, self.pop()?);
            vec![key, value]
        } else {
            self.since_mark()?
        };
        let (pairs, rest) = more.as_chunks();
        match self.top()? {
            Object::Dict(entries) if rest.is_empty() => entries.extend(pairs.iter().map(|[key, value]| (*key, *value))),
            _ => return Err(damaged("the pickle sets entries of what is no dictionary")),
        }
        Ok(())
    }
}

/// Bytes after their count.
fn counted<'a>(instruction: u8, bytes: &mut Cursor<'a>) -> Result<&'a [u8], Error> {
    let count = match instruction {
        0x8c | b'U' | b'C' => u64::from(bytes.u8()?),
        b'X' | b'T' | b'B' => u64::from(bytes.u32()?),
        _ => bytes.u64()?,
    };
    bytes.take_u64(count)
}

fn empty() -> Error {
    damaged("the pickle takes an object from where there is none")
}
