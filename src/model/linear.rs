//! The affine map of vectors.

use burn::tensor::{Tensor, TensorData, module};

use super::weights::Weights;
use crate::error::Error;

/// y = x W + b, with diffusers' weight transposed once, when it is loaded.
#[derive(Debug)]
pub struct Linear {
    weight: Tensor<2>,
    bias: Tensor<1>,
}

impl Linear {
    /// The layer `name`, from `inputs` to `outputs` elements.
    pub fn load(weights: &mut Weights, name: &str, inputs: usize, outputs: usize) -> Result<Self, Error> {
        let weight = transposed(&weights.take(&format!("{name}.weight"))?, outputs, inputs);
        let bias = weights.take(&format!("{name}.bias"))?;
        Ok(Self {
            weight: Tensor::from_data(TensorData::new(weight, [inputs, outputs]), weights.device()),
            bias: Tensor::from_data(TensorData::new(bias, [outputs]), weights.device()),
        })
    }

    /// Applies the map.
    ///
    /// # Shapes
    /// - x: `[batch, inputs]`
    /// - output: `[batch, outputs]`
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        module::linear(x, self.weight.clone(), Some(self.bias.clone()))
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
}
