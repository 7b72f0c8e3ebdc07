//! The option `labels`.

use serde_json::{Map, Value};

use crate::checkpoint::value;
use crate::error::Error;

/// Reads class labels: a list of non-negative integers. Which of them exist is the network's affair.
///
/// # Errors
/// `invalid-labels` for anything else.
pub fn labels_from_json(labels: &Value) -> Result<Vec<u64>, Error> {
    let read: Option<Vec<u64>> = labels.as_array().and_then(|labels| labels.iter().map(value::as_integer).collect());
    read.ok_or_else(|| {
        Error::invalid("labels", value::display(labels), "a list of class numbers, one per image or one for all")
    })
}

/// Reads `labels`.
pub(super) fn read_labels(options: &Map<String, Value>) -> Result<Option<Vec<u64>>, Error> {
    options.get("labels").map(labels_from_json).transpose()
}
