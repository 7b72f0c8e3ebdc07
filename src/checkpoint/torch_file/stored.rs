//! The tensors that a pickle describes, as they lie in the file.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::ops::Range;

use super::cursor::damaged;
use super::globals::refused;
use super::machine::Pickle;
use super::object::View;
use super::state_dict;
use crate::checkpoint::tensor::StoredTensor;
use crate::checkpoint::weights_file::Bytes;
use crate::error::{Error, shown::shortened};

/// Where the numbers of each storage lie in the file, by its key.
pub type Contents<'a> = BTreeMap<&'a str, Range<usize>>;

/// The tensors of a pickle in this file. None of their numbers is read.
///
/// # Errors
/// `WeightsPickle` where there are none; `WeightsDamaged`; `WeightsDtype`.
pub fn tensors<'a>(pickle: &Pickle, contents: &Contents, file: &Bytes<'a>) -> Result<Vec<StoredTensor<'a>>, Error> {
    let tensors =
        state_dict::tensors(pickle).ok_or_else(|| refused("the pickle has no tensors with names".to_owned()))?;
    let (mut ranges, mut found) = (Vec::new(), Vec::new());
    for (name, view) in tensors.into_iter().filter(|(_, view)| !is_count(view)) {
        let (range, tensor) = stored(name, view, contents, file)?;
        ranges.push(range);
        found.push(tensor);
    }
    keep_shared(&ranges, &mut found);
    Ok(found)
}

/// A whole number that a network keeps beside its weights.
fn is_count(view: &View) -> bool {
    view.storage.kind.dtype.is_none() && view.shape.iter().all(|side| *side == 1)
}

/// A tensor, and where it lies in the file.
fn stored<'a>(
    name: &str,
    view: &View,
    contents: &Contents,
    file: &Bytes<'a>,
) -> Result<(Range<usize>, StoredTensor<'a>), Error> {
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
    let range = range(view, whole.start);
    let is_by_rows = range.is_empty() || lies_by_rows(view);
    let strides = (!is_by_rows).then(|| view.shape.iter().copied().zip(view.strides.iter().copied()).collect());
    let bytes = file.part(range.clone());
    Ok((range, StoredTensor { name: name.to_owned(), shape: view.shape.clone(), dtype, bytes, strides }))
}

/// From the first number of a view to its last one; its storage begins at `start`, and `calls::view` has found all of it in there.
fn range(View { storage, offset, shape, strides }: &View, start: usize) -> Range<usize> {
    // One without numbers may say that it begins anywhere.
    if shape.contains(&0) {
        return start..start;
    }
    let last: usize = shape.iter().zip(strides).map(|(side, stride)| (side - 1) * stride).sum();
    let [first, end] = [*offset, offset + last + 1].map(|number| start + number * storage.kind.size);
    first..end
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

/// Gives strides to those that have bytes of another, so that these are not given back with the first of them.
fn keep_shared(ranges: &[Range<usize>], tensors: &mut [StoredTensor]) {
    let with_numbers = ranges.iter().enumerate().filter(|(_, range)| !range.is_empty());
    // A heap, as a sort takes more code.
    let mut order: BinaryHeap<_> = with_numbers.map(|(index, range)| (Reverse(range.start), index)).collect();
    let mut keep = |index: usize| {
        let tensor = &mut tensors[index];
        let count = tensor.shape.iter().product();
        tensor.strides.get_or_insert_with(|| vec![(count, 1)]);
    };
    // The one that ends last so far: whichever has bytes of the next one, it has some too.
    let mut last: Option<usize> = None;
    while let Some((_, index)) = order.pop() {
        if let Some(last) = last.filter(|last| ranges[index].start < ranges[*last].end) {
            keep(last);
            keep(index);
        }
        if last.is_none_or(|last| ranges[last].end < ranges[index].end) {
            last = Some(index);
        }
    }
}
