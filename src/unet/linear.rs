//! The affine map of vectors. They are few and short: the CPU has them in microseconds, on every device.

use crate::checkpoint::weights::Weights;
use crate::error::Error;

/// y = x W + b, with diffusers' weight transposed once, when it is loaded.
#[derive(Debug)]
pub struct Linear {
    /// For every input one number an output.
    weight: Vec<f32>,
    bias: Vec<f32>,
}

impl Linear {
    /// The layer `name`, from `inputs` to `outputs` elements.
    pub fn load(weights: &mut Weights, name: &str, inputs: usize, outputs: usize) -> Result<Self, Error> {
        let weight = transposed(&weights.take(&format!("{name}.weight"))?, outputs, inputs);
        Ok(Self { weight, bias: weights.take(&format!("{name}.bias"))? })
    }

    /// Applies the map.
    ///
    /// # Shapes
    /// - x: `[batch, inputs]`
    /// - output: `[batch, outputs]`
    pub fn forward(&self, x: &[f32]) -> Vec<f32> {
        let (inputs, outputs) = (self.weight.len() / self.bias.len(), self.bias.len());
        let mut y = self.bias.repeat(x.len() / inputs);
        for (y, x) in y.chunks_exact_mut(outputs).zip(x.chunks_exact(inputs)) {
            for (x, weights) in x.iter().zip(self.weight.chunks_exact(outputs)) {
                y.iter_mut().zip(weights).for_each(|(y, weight)| *y += x * weight);
            }
        }
        y
    }
}

/// A matrix of `rows` x `columns`, row by row, as `columns` x `rows`.
fn transposed(matrix: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    (0..columns).flat_map(|column| (0..rows).map(move |row| matrix[row * columns + column])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transposed_swaps_rows_and_columns() {
        assert_eq!(transposed(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 2, 3), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
    }

    #[test]
    fn every_row_is_mapped() {
        let map = Linear { weight: vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0], bias: vec![0.5, 0.0, -1.0] };
        assert_eq!(map.forward(&[1.0, 0.0, 2.0, -1.0]), [1.5, 2.0, 2.0, -1.5, -1.0, -1.0]);
    }
}
