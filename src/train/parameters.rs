//! The parameters of a module as one list, in the module's own order.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Gradients, Tensor};

/// All parameters, one after the other, without their gradients.
pub fn collect<M: Module>(module: &M) -> Tensor<1> {
    let mut collect = Collect { gradients: None, parts: Vec::new() };
    module.visit(&mut collect);
    Tensor::cat(collect.parts, 0)
}

/// All gradients in the same order; zeros for a parameter that has none.
pub fn collect_gradients<M: Module>(module: &M, gradients: &Gradients) -> Tensor<1> {
    let mut collect = Collect { gradients: Some(gradients), parts: Vec::new() };
    module.visit(&mut collect);
    Tensor::cat(collect.parts, 0)
}

/// The module with these parameters; one on a device with autodiff learns on.
pub fn assign<M: Module>(module: M, parameters: &Tensor<1>, learns: bool) -> M {
    module.map(&mut Assign { parameters, learns, at: 0 })
}

struct Collect<'a> {
    gradients: Option<&'a Gradients>,
    parts: Vec<Tensor<1>>,
}

impl ModuleVisitor for Collect<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let value = param.val();
        let count = value.shape().num_elements();
        let part = match self.gradients {
            None => value.inner(),
            Some(gradients) => value.grad(gradients).unwrap_or_else(|| value.inner().zeros_like()),
        };
        self.parts.push(part.reshape([count]));
    }
}

struct Assign<'a> {
    parameters: &'a Tensor<1>,
    learns: bool,
    at: usize,
}

impl ModuleMapper for Assign<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (parameters, learns, at) = (self.parameters, self.learns, self.at);
        let shape = param.lazy_shape();
        let count = shape.num_elements();
        self.at += count;
        let value = parameters.clone().narrow(0, at, count).reshape(shape);
        param.map(|_| if learns { Tensor::from_inner(value).require_grad() } else { value })
    }
}
