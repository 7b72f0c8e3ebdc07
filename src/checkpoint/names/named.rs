//! Tensors by their names, and how a name is taken apart.

use std::collections::BTreeMap;

use crate::checkpoint::tensor::StoredTensor;
use crate::error::Error;

/// Tensors by today's names.
pub type Named<'a> = BTreeMap<String, StoredTensor<'a>>;

/// Puts a tensor under its new name, which no other has.
///
/// # Errors
/// `TensorUnknown` where another has it, or there is none.
pub fn insert<'a>(named: &mut Named<'a>, name: Option<String>, tensor: StoredTensor<'a>) -> Result<(), Error> {
    match name.filter(|name| !named.contains_key(name)) {
        Some(name) => {
            named.insert(name, tensor);
            Ok(())
        }
        None => Err(Error::TensorUnknown { tensor: tensor.name }),
    }
}

/// A name's first part replaced: that of a layer, with the rest of it.
pub fn renamed(name: &str, layers: &[(&str, &str)]) -> Option<String> {
    let (layer, rest) = layers.iter().find_map(|(from, to)| Some((to, name.strip_prefix(from)?)))?;
    matches!(rest, ".weight" | ".bias").then(|| format!("{layer}{rest}"))
}

/// The number after the beginning of a name, and what follows it.
pub fn level<'n>(name: &'n str, beginning: &str) -> Option<(usize, &'n str)> {
    let (number, rest) = name.strip_prefix(beginning)?.split_once('.')?;
    Some((number.parse().ok().filter(|number| *number < 1000)?, rest))
}
