//! The weights of `random_weights.py`: a file of any length that is nowhere, of which each part is made when it is asked for.

use std::ops::Range;

use unnoise::checkpoint::UNetConfig;
use unnoise::checkpoint::layout::{self, Slot};
use unnoise::checkpoint::weights_file::Parts;
use unnoise::checkpoint::written::{Entry, with_header};

/// Bytes of a number.
const BYTES: usize = size_of::<f32>();

/// A safetensors file, in f32.
#[derive(Debug)]
pub struct RandomWeights {
    header: Vec<u8>,
    /// Each with the place of its first byte.
    tensors: Vec<(usize, Slot)>,
    length: usize,
}

impl RandomWeights {
    /// Those of the network of `config`.
    pub fn new(config: &UNetConfig) -> Self {
        let mut slots = layout::slots(config);
        slots.sort();
        let size = |(_, shape): &Slot| BYTES * shape.iter().product::<usize>();
        let entries = slots.iter().map(|slot| Entry { name: &slot.0, shape: &slot.1, dtype: "F32", size: size(slot) });
        // It comes with room for the numbers.
        let mut header = with_header(entries);
        header.shrink_to_fit();
        let mut length = header.len();
        let mut tensors = Vec::new();
        for slot in slots {
            let first = length;
            length += size(&slot);
            tensors.push((first, slot));
        }
        Self { header, tensors, length }
    }
}

impl Parts for RandomWeights {
    fn length(&self) -> usize {
        self.length
    }

    /// Some of the header, or one tensor.
    fn read(&self, range: Range<usize>) -> Vec<u8> {
        if range.end <= self.header.len() {
            return self.header[range].to_vec();
        }
        let k = self.tensors.binary_search_by_key(&range.start, |(first, _)| *first).expect("a tensor begins there");
        let (_, (name, shape)) = &self.tensors[k];
        let of = element_of(k, name, shape);
        (0..range.len() / BYTES).flat_map(|i| of(i).to_le_bytes()).collect()
    }
}

/// The elements of the `k`-th tensor, from 0.
fn element_of(k: usize, name: &str, shape: &[usize]) -> impl Fn(usize) -> f32 {
    let key = mix(k as u32 + 1);
    let (mean, size) = match shape {
        [_, inputs @ ..] if !inputs.is_empty() => {
            let gain = if name.ends_with(".conv_shortcut.weight") { 1.5 } else { 1.0 };
            (0.0, gain * (3.0 / inputs.iter().product::<usize>() as f64).sqrt())
        }
        _ if name.ends_with(".weight") => (1.0, 0.3),
        _ => (0.0, 0.3),
    };
    move |i| {
        let u = f64::from(mix(i as u32 ^ key) >> 8) / f64::from(1 << 23) - 1.0;
        (mean + size * u) as f32
    }
}

/// A permutation of the numbers of 32 bits without a pattern that shows.
fn mix(x: u32) -> u32 {
    let x = (x ^ (x >> 16)).wrapping_mul(0x7feb_352d);
    let x = (x ^ (x >> 15)).wrapping_mul(0x846c_a68b);
    x ^ (x >> 16)
}
