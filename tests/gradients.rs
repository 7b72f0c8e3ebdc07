//! The burn network under autodiff: training stands on its gradients.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, Gradients, Tensor, TensorData};
use unnoise::burn::Network;
use unnoise::checkpoint::class_mix::ClassMix;
use unnoise::checkpoint::known_answer::KnownAnswer;
use unnoise::checkpoint::layout;
use unnoise::checkpoint::weights::Weights;

/// Length of the step of the difference quotient: ten times as long and the loss is no longer straight, by a tenth.
const STEP: f64 = 0.002;

/// The mean square of the network's output.
fn loss(network: &Network, known: &KnownAnswer, device: &Device) -> Tensor<1> {
    let x = Tensor::<4>::from_data(TensorData::new(known.x.clone(), [1, 1, 8, 8]), device);
    network.forward(x, &[known.timestep], &[ClassMix::one(known.label)]).square().mean()
}

fn value(loss: Tensor<1>) -> f64 {
    f64::from(loss.into_scalar::<f32>())
}

/// Squares of the gradients, by parameter.
struct Norms<'a> {
    gradients: &'a Gradients,
    squares: Vec<f64>,
    missing: usize,
}

impl ModuleVisitor for Norms<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        match param.val().grad(self.gradients) {
            Some(gradient) => self.squares.push(f64::from(gradient.square().sum().into_scalar::<f32>())),
            None => self.missing += 1,
        }
    }
}

/// Adds a multiple of its gradient to each parameter.
struct Moved<'a> {
    gradients: &'a Gradients,
    by: f64,
}

impl ModuleMapper for Moved<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let gradient = param.val().grad(self.gradients).expect("every parameter has a gradient");
        let by = self.by;
        param.map(|tensor| Tensor::from_inner(tensor.inner() + gradient * by).require_grad())
    }
}

#[test]
fn the_loss_changes_along_its_gradient_as_fast_as_the_gradient_says() {
    let known = KnownAnswer::new();
    let device = Device::flex().autodiff();
    let slots = layout::slots(&known.config);
    let mut weights = Weights::open(&known.weights, &slots).expect("its weights");
    let network = Network::load(&mut weights, &known.config, &device).expect("the network");

    let gradients = loss(&network, &known, &device).backward();
    let mut norms = Norms { gradients: &gradients, squares: Vec::new(), missing: 0 };
    network.visit(&mut norms);
    assert_eq!((norms.squares.len(), norms.missing), (slots.len(), 0), "a gradient for every tensor of the file");
    assert!(norms.squares.iter().all(|square| square.is_finite()), "{:?}", norms.squares);

    let length = norms.squares.iter().sum::<f64>().sqrt();
    let at = |step: f64| {
        let moved = network.clone().map(&mut Moved { gradients: &gradients, by: step / length });
        value(loss(&moved, &known, &device))
    };
    let quotient = (at(STEP) - at(-STEP)) / (2.0 * STEP);
    assert!((quotient / length - 1.0).abs() < 0.01, "the gradient says {length}, the difference quotient {quotient}");
}
