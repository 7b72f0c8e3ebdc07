//! Writing a safetensors file.

use serde_json::{Map, Value, json};

/// A tensor to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// Its name.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Its elements.
    pub elements: Vec<f32>,
}

/// A safetensors file of these tensors, in f32.
pub fn safetensors_of(tensors: &[Tensor]) -> Vec<u8> {
    let entries = tensors.iter().map(|tensor| Entry {
        name: &tensor.name,
        shape: &tensor.shape,
        dtype: "F32",
        size: size_of_val(tensor.elements.as_slice()),
    });
    let mut file = with_header(entries);
    tensors.iter().for_each(|tensor| file.extend(tensor.elements.iter().flat_map(|element| element.to_le_bytes())));
    file
}

/// What the header says of a tensor.
pub struct Entry<'a> {
    /// Its name in the file.
    pub name: &'a str,
    /// Its dimensions.
    pub shape: &'a [usize],
    /// The name of its type.
    pub dtype: &'a str,
    /// Its bytes.
    pub size: usize,
}

/// The beginning of a file, with room for the numbers.
pub fn with_header<'a>(entries: impl Iterator<Item = Entry<'a>>) -> Vec<u8> {
    let (mut header, mut end) = (Map::new(), 0);
    for Entry { name, shape, dtype, size } in entries {
        let first = end;
        end += size;
        header.insert(name.to_owned(), json!({ "dtype": dtype, "shape": shape, "data_offsets": [first, end] }));
    }
    let mut header = Value::Object(header).to_string().into_bytes();
    // The format has its data begin at a multiple of 8.
    header.resize(header.len().next_multiple_of(8), b' ');
    let mut file = Vec::with_capacity(8 + header.len() + end);
    file.extend((header.len() as u64).to_le_bytes());
    file.extend(header);
    file
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::safetensors;

    #[test]
    fn what_is_written_is_read() {
        let tensor = |name: &str, shape: &[usize], elements: &[f32]| Tensor {
            name: name.to_owned(),
            shape: shape.to_vec(),
            elements: elements.to_vec(),
        };
        let tensors = [tensor("b", &[2, 1], &[0.5, -1.0]), tensor("a", &[1], &[1e-40])];
        let file = safetensors_of(&tensors);
        for (read, tensor) in safetensors::read(&file).expect("a file").iter().zip(&tensors) {
            assert_eq!((&read.name, &read.shape), (&tensor.name, &tensor.shape));
            assert_eq!(read.to_f32().expect("numbers"), tensor.elements);
        }
    }
}
