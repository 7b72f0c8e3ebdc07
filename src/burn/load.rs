//! From the tensors of a file to the parameters of the modules, which have diffusers' names.

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Tensor, TensorData};

use crate::checkpoint::weights::Weights;
use crate::error::Error;

/// The same network with the tensors of `weights` for parameters. What was random before is never computed.
///
/// # Errors
/// Those of [`Weights::take`].
pub fn load<M: Module>(network: M, weights: &mut Weights) -> Result<M, Error> {
    let mut loader = Loader { weights, path: Vec::new(), transposed: false, failed: None };
    let network = network.map(&mut loader);
    match loader.failed {
        Some(error) => Err(error),
        None => Ok(network),
    }
}

struct Loader<'a, 'f> {
    weights: &'a mut Weights<'f>,
    /// The parts of the name of the module at hand.
    path: Vec<String>,
    /// Whether the module at hand is an affine map, whose matrix burn has the other way round.
    transposed: bool,
    failed: Option<Error>,
}

impl ModuleMapper for Loader<'_, '_> {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.transposed = container == "Struct:Linear" && name == "weight";
        self.path.push(present_name(name, container).to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let parts: Vec<&str> = self.path.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
        let numbers = match self.weights.take(&parts.join(".")) {
            Ok(numbers) => numbers,
            Err(error) => {
                self.failed.get_or_insert(error);
                return param;
            }
        };
        let (id, device) = (param.id, param.lazy_device());
        let mut shape: [usize; D] = param.lazy_shape().dims();
        if self.transposed {
            shape.reverse();
        }
        let tensor = Tensor::from_data(TensorData::new(numbers, shape), &device);
        let tensor = if self.transposed { tensor.transpose() } else { tensor };
        param.transform_for_load(tensor, id)
    }
}

/// diffusers' name of a part; none for what diffusers does not have: a variant, and the module that holds both embeddings.
fn present_name<'a>(name: &'a str, container: &str) -> &'a str {
    match (container, name) {
        ("Struct:GroupNorm", "gamma") => "weight",
        ("Struct:GroupNorm", "beta") => "bias",
        ("Struct:Network", "embeddings") => "",
        _ if container.starts_with("Enum:") => "",
        _ => name,
    }
}
