//! What the known names make of their arguments.

use super::cursor::damaged;
use super::globals::{Global, refused};
use super::object::{Id, Object, Storage, View};
use crate::error::Error;

/// The most dimensions of a tensor.
const MOST_DIMENSIONS: usize = 8;

/// The most parts of a storage's persistent id; PyTorch writes five or six.
const MOST_PARTS: usize = 8;

/// What a call gives.
pub enum Made<'a> {
    /// An object.
    New(Object<'a>),
    /// One that is there already.
    Same(Id),
}

/// What `callable` makes of these arguments.
///
/// # Errors
/// `WeightsPickle` where it is no known name; `WeightsDamaged` for other arguments than PyTorch writes.
pub fn call<'a>(objects: &[Object<'a>], callable: Id, arguments: Id) -> Result<Made<'a>, Error> {
    let Object::Global(global) = objects[callable] else {
        return Err(refused("the pickle calls what is no function".to_owned()));
    };
    let arguments = items(objects, arguments)?;
    let new = match (global, arguments) {
        (Global::Tensor, [storage, offset, shape, strides, ..]) => {
            Object::Tensor(Box::new(view(objects, [*storage, *offset, *shape, *strides])?))
        }
        (Global::Parameter, [data, ..]) if matches!(objects[*data], Object::Tensor(_)) => return Ok(Made::Same(*data)),
        (Global::OrderedDict, []) => Object::Dict(Vec::new()),
        (Global::OrderedDict, [pairs]) => Object::Dict(entries(objects, *pairs)?),
        (Global::Size, [sides]) => Object::Tuple(few(objects, *sides, MOST_DIMENSIONS)?.to_vec()),
        (Global::Device, _) => Object::Other,
        _ => return Err(damaged("a call in the pickle has other arguments than PyTorch writes")),
    };
    Ok(Made::New(new))
}

/// The storage of a persistent id: ("storage", class, key, where it was, count), in the older format with a view of it.
///
/// # Errors
/// `WeightsPickle` or `WeightsDamaged`.
pub fn storage<'a>(objects: &[Object<'a>], id: Id) -> Result<Storage<'a>, Error> {
    let parts: Vec<&Object<'a>> = few(objects, id, MOST_PARTS)?.iter().map(|part| &objects[*part]).collect();
    match parts[..] {
        [
            Object::Text("storage"),
            Object::Global(Global::Storage(kind)),
            Object::Text(key),
            _,
            Object::Int(count),
            ref view @ ..,
        ] => {
            if view.iter().any(|view| matches!(view, Object::Tuple(_))) {
                return Err(refused("the pickle has a view of a storage, which PyTorch 0.1 wrote".to_owned()));
            }
            let count = usize::try_from(*count).map_err(|_| damaged(format!("a storage has {count} numbers")))?;
            Ok(Storage { key, kind, count })
        }
        _ => Err(refused("the pickle refers to something other than a storage".to_owned())),
    }
}

/// A tensor from its storage, offset, shape and strides; all of it lies in the storage.
fn view<'a>(objects: &[Object<'a>], [storage, offset, shape, strides]: [Id; 4]) -> Result<View<'a>, Error> {
    let Object::Storage(storage) = objects[storage] else {
        return Err(damaged("a tensor in the pickle has no storage"));
    };
    let (offset, shape, strides) = (whole(objects, offset)?, wholes(objects, shape)?, wholes(objects, strides)?);
    if shape.len() != strides.len() {
        return Err(damaged(format!("a tensor has {} dimensions and {} strides", shape.len(), strides.len())));
    }
    let last = shape
        .iter()
        .zip(&strides)
        .try_fold(offset, |last, (side, stride)| last.checked_add(side.saturating_sub(1).checked_mul(*stride)?));
    let count = shape.iter().try_fold(1, |count: usize, side| count.checked_mul(*side));
    let fits = |last: usize, count: usize| count == 0 || (last < storage.count && count <= storage.count);
    if !last.zip(count).is_some_and(|(last, count)| fits(last, count)) {
        return Err(damaged(format!(
            "a tensor of shape {shape:?} is not within its storage of {} numbers",
            storage.count
        )));
    }
    Ok(View { storage, offset, shape, strides })
}

/// The entries of a list of pairs.
fn entries(objects: &[Object], pairs: Id) -> Result<Vec<(Id, Id)>, Error> {
    let pair = |pair: &Id| match items(objects, *pair)? {
        [key, value] => Ok((*key, *value)),
        _ => Err(damaged("an entry of a dictionary in the pickle is no pair")),
    };
    items(objects, pairs)?.iter().map(pair).collect()
}

fn wholes(objects: &[Object], id: Id) -> Result<Vec<usize>, Error> {
    few(objects, id, MOST_DIMENSIONS)?.iter().map(|item| whole(objects, *item)).collect()
}

fn whole(objects: &[Object], id: Id) -> Result<usize, Error> {
    let Object::Int(number) = objects[id] else { return Err(damaged("a tensor's size in the pickle is no number")) };
    usize::try_from(number).map_err(|_| damaged(format!("a tensor in the pickle has the size or the offset {number}")))
}

/// A list that is short: one that is long could be read again and again, by a few bytes each time.
fn few<'o>(objects: &'o [Object], id: Id, most: usize) -> Result<&'o [Id], Error> {
    let items = items(objects, id)?;
    if items.len() > most {
        return Err(damaged(format!("a list in the pickle has {} items where {most} are the most", items.len())));
    }
    Ok(items)
}

fn items<'o>(objects: &'o [Object], id: Id) -> Result<&'o [Id], Error> {
    match &objects[id] {
        Object::Tuple(items) | Object::List(items) => Ok(items),
        _ => Err(damaged("a call in the pickle has no list of arguments")),
    }
}
