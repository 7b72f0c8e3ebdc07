//! Which of a pickle's dictionaries has the network's tensors.

use std::collections::BTreeMap;

use super::machine::Pickle;
use super::object::{Id, Object, View};

/// Under these names programs keep the network beside other things, the averaged weights first.
const INSIDE: [&str; 14] = [
    "ema",
    "ema_state_dict",
    "ema_model",
    "model_ema",
    "state_dict",
    "model_state_dict",
    "model",
    "unet",
    "net",
    "network",
    "module",
    "params_ema",
    "params",
    "weights",
];

/// So deep they lie at most.
const DEEPEST: usize = 5;

/// The longest name of a tensor, in bytes.
const LONGEST_NAME: usize = 1024;

/// The tensors by their names, of the first dictionary that has some.
pub fn tensors<'p, 'a>(pickle: &'p Pickle<'a>) -> Option<Vec<(&'a str, &'p View<'a>)>> {
    find(pickle, pickle.root, DEEPEST, &mut vec![false; pickle.objects().len()])
}

/// `seen`: which objects have been looked into, each once, as they may contain one another.
fn find<'p, 'a>(
    pickle: &'p Pickle<'a>,
    id: Id,
    depth: usize,
    seen: &mut [bool],
) -> Option<Vec<(&'a str, &'p View<'a>)>> {
    if depth == 0 || std::mem::replace(&mut seen[id], true) {
        return None;
    }
    let mut within = |id: Id| find(pickle, id, depth - 1, seen);
    match pickle.get(id) {
        Object::Dict(entries) => {
            let named = |name: &str| {
                let is_named = |(key, _): &&(Id, Id)| matches!(pickle.get(*key), Object::Text(key) if *key == name);
                entries.iter().rfind(is_named).map(|(_, value)| *value)
            };
            INSIDE.iter().find_map(|name| within(named(name)?)).or_else(|| of(pickle, entries))
        }
        // A list of states, as DDIM's program saves it, ends with the averaged weights.
        Object::List(items) | Object::Tuple(items) => items.iter().rev().find_map(|item| within(*item)),
        _ => None,
    }
}

/// The tensors among these entries; what else there is, a count of steps for instance, is no weight. Of a name that is there twice the last
/// one counts, as in Python: so the names together are no longer than the file.
fn of<'p, 'a>(pickle: &'p Pickle<'a>, entries: &[(Id, Id)]) -> Option<Vec<(&'a str, &'p View<'a>)>> {
    let tensor = |(key, value): &(Id, Id)| match (pickle.get(*key), pickle.get(*value)) {
        (Object::Text(key), Object::Tensor(view)) if key.len() <= LONGEST_NAME => Some((*key, &**view)),
        _ => None,
    };
    let tensors: BTreeMap<_, _> = entries.iter().filter_map(tensor).collect();
    (!tensors.is_empty()).then(|| tensors.into_iter().collect())
}
