//! What a pickle is made of. Objects are known by number, as they may contain one another in a circle.

use super::globals::{Global, Kind};

/// An object's number.
pub type Id = usize;

/// An object.
#[derive(Debug)]
pub enum Object<'a> {
    /// Whatever does not matter here: None, floats, bytes, devices.
    Other,
    /// True or False.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number of more than 8 bytes, the lowest first.
    Long(&'a [u8]),
    /// A text.
    Text(&'a str),
    /// A tuple, or a torch.Size.
    Tuple(Vec<Id>),
    /// A list.
    List(Vec<Id>),
    /// Keys and values of a dictionary.
    Dict(Vec<(Id, Id)>),
    /// A known name of a module.
    Global(Global),
    /// The numbers of tensors.
    Storage(Storage<'a>),
    /// A view of a storage.
    Tensor(Box<View<'a>>),
}

/// Numbers that are in the file under a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Storage<'a> {
    /// Its key.
    pub key: &'a str,
    /// What it holds.
    pub kind: &'static Kind,
    /// How many numbers.
    pub count: usize,
}

/// A tensor: how it lies in its storage.
#[derive(Debug)]
pub struct View<'a> {
    /// Where its numbers are.
    pub storage: Storage<'a>,
    /// Number of the storage that it begins with.
    pub offset: usize,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Numbers from one place of each dimension to the next.
    pub strides: Vec<usize>,
}
