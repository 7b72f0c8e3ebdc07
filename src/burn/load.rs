//! From the tensors of a file to the parameters of the modules, which have diffusers' names, and how they would stand in a file.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Tensor, TensorData};

use crate::checkpoint::weights::Weights;
use crate::error::Error;

/// The same network with the tensors of `weights` for parameters. What was random before is never computed.
///
/// # Errors
/// Those of [`Weights::take`].
pub fn load<M: Module>(network: M, weights: &mut Weights) -> Result<M, Error> {
    let mut loader = Loader { weights, path: Path::default(), failed: None };
    let network = network.map(&mut loader);
    match loader.failed {
        Some(error) => Err(error),
        None => Ok(network),
    }
}

/// A parameter as it stands in a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// Its name.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Whether the module has the matrix the other way round.
    pub transposed: bool,
}

/// The parameters of a network, in the order in which a module is gone through.
pub fn stored<M: Module>(network: &M) -> Vec<Stored> {
    let mut names = Names { path: Path::default(), found: Vec::new() };
    network.visit(&mut names);
    names.found
}

/// Where in a module a visit is.
#[derive(Default)]
struct Path {
    /// The parts of the name of the module at hand.
    parts: Vec<String>,
    /// Whether the module at hand is an affine map, whose matrix burn has the other way round.
    transposed: bool,
}

impl Path {
    fn enter(&mut self, name: &str, container: &str) {
        self.transposed = container == "Struct:Linear" && name == "weight";
        self.parts.push(present_name(name, container).to_owned());
    }

    fn exit(&mut self) {
        self.parts.pop();
    }

    fn name(&self) -> String {
        self.parts.iter().map(String::as_str).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(".")
    }
}

struct Names {
    path: Path,
    found: Vec<Stored>,
}

impl ModuleVisitor for Names {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.path.enter(name, container);
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.exit();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let mut shape = param.lazy_shape().dims::<D>().to_vec();
        if self.path.transposed {
            shape.reverse();
        }
        self.found.push(Stored { name: self.path.name(), shape, transposed: self.path.transposed });
    }
}

struct Loader<'a, 'f> {
    weights: &'a mut Weights<'f>,
    path: Path,
    failed: Option<Error>,
}

impl ModuleMapper for Loader<'_, '_> {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.path.enter(name, container);
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.exit();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let numbers = match self.weights.take(&self.path.name()) {
            Ok(numbers) => numbers,
            Err(error) => {
                self.failed.get_or_insert(error);
                return param;
            }
        };
        let (id, device) = (param.id, param.lazy_device());
        let mut shape: [usize; D] = param.lazy_shape().dims();
        if self.path.transposed {
            shape.reverse();
        }
        let tensor = Tensor::from_data(TensorData::new(numbers, shape), &device);
        let tensor = if self.path.transposed { tensor.transpose() } else { tensor };
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
