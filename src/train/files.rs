//! What comes out of a training: a diffusers folder.

use burn::module::Module;
use serde_json::Value;

use super::learner::{Design, Learner};
use crate::burn::load::{Stored, stored};
use crate::checkpoint::safetensors;
use crate::checkpoint::tensor::StoredTensor;
use crate::checkpoint::written::{Tensor, safetensors_of};
use crate::error::Error;

/// The files of a model, as diffusers' `UNet2DModel.from_pretrained` and `DDPMScheduler.from_pretrained` read them.
#[derive(Debug, Clone, PartialEq)]
pub struct Folder {
    /// config.json.
    pub config: Value,
    /// diffusion_pytorch_model.safetensors.
    pub weights: Vec<u8>,
    /// scheduler_config.json.
    pub scheduler: Value,
    /// labels.json, where there are classes.
    pub labels: Option<Vec<String>>,
    /// vdm.json, where there are features or gamma is not linear.
    pub vdm: Option<Value>,
}

/// A safetensors file of a network's parameters, which lie one after the other as the network has them, and of what is no parameter.
pub fn weights_of<M: Module>(network: &M, parameters: &[f32], beside: &[Tensor]) -> Vec<u8> {
    let mut at = 0;
    let mut tensors: Vec<Tensor> = stored(network)
        .into_iter()
        .map(|Stored { name, shape, transposed }| {
            let elements = &parameters[at..][..shape.iter().product()];
            at += elements.len();
            let elements = if transposed { transpose(elements, shape[0]) } else { elements.to_vec() };
            Tensor { name, shape, elements }
        })
        .collect();
    tensors.extend_from_slice(beside);
    safetensors_of(&tensors)
}

/// The tensors of a file that are no parameters of the network.
///
/// # Errors
/// Those of a safetensors file.
pub fn beside(design: &Design, learner: &Learner, file: &[u8]) -> Result<Vec<Tensor>, Error> {
    if !matches!(design, Design::Images(_)) {
        return Ok(Vec::new());
    }
    let learnt = stored(learner);
    let is_other =
        |tensor: &&StoredTensor| tensor.name == "time_proj.weight" && learnt.iter().all(|own| own.name != tensor.name);
    let stored = safetensors::read(file)?;
    let others = stored.iter().filter(is_other).map(|tensor| {
        Ok(Tensor { name: tensor.name.clone(), shape: tensor.shape.clone(), elements: tensor.to_f32()? })
    });
    others.collect()
}

/// A matrix that has `columns` columns, with its rows for columns.
fn transpose(matrix: &[f32], columns: usize) -> Vec<f32> {
    (0..columns).flat_map(|column| matrix.iter().skip(column).step_by(columns).copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transposed_matrix_has_its_columns_for_rows() {
        assert_eq!(transpose(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 3), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
    }
}
