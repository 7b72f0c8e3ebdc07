//! The burn network under autodiff, in f64: training stands on its gradients.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, FloatDType, Gradients, Tensor, TensorData};
use unnoise::burn::Network;
use unnoise::checkpoint::class_mix::ClassMix;
use unnoise::checkpoint::known_answer::KnownAnswer;
use unnoise::checkpoint::layout;
use unnoise::checkpoint::weights::Weights;
use unnoise::noise::philox::fill_normal;

/// Half the length of a difference quotient.
const STEP: f64 = 1e-4;

/// The mean square of the network's output.
fn loss(network: &Network, known: &KnownAnswer, device: &Device) -> Tensor<1> {
    let x = Tensor::<4>::from_data(TensorData::new(known.x.clone(), [1, 1, 8, 8]), device);
    network.forward(x, &[known.timestep], &[ClassMix::one(known.label)]).square().mean()
}

/// The gradients, by parameter.
struct Found<'a> {
    gradients: &'a Gradients,
    found: Vec<Vec<f64>>,
}

impl ModuleVisitor for Found<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let gradient = param.val().grad(self.gradients).expect("every parameter has a gradient");
        self.found.push(gradient.into_data().try_into_vec().expect("numbers in f64"));
    }
}

/// Moves one parameter along a direction, by a length.
struct Moved<'a> {
    parameter: usize,
    direction: &'a [f64],
    by: f64,
    at: usize,
}

impl ModuleMapper for Moved<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let is_this = self.at == self.parameter;
        self.at += 1;
        if !is_this {
            return param;
        }
        let moved: Vec<f64> = self.direction.iter().map(|x| x * self.by).collect();
        param.map(|tensor| {
            let moved = TensorData::new(moved, tensor.shape());
            let inner = tensor.inner();
            let moved = Tensor::from_data(moved, &inner.device());
            Tensor::from_inner(inner + moved).require_grad()
        })
    }
}

/// A random direction of length 1.
fn direction(seed: u64, count: usize) -> Vec<f64> {
    let mut numbers = vec![0.0; count];
    fill_normal(seed, 0, 0, &mut numbers);
    let length = numbers.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
    numbers.into_iter().map(|x| f64::from(x) / length).collect()
}

#[test]
fn every_parameters_gradient_is_that_of_the_difference_quotients_in_f64() {
    let mut device = Device::flex();
    device.configure(FloatDType::F64).expect("no tensor was made before");
    let device = device.autodiff();
    let known = KnownAnswer::new();
    let slots = layout::slots(&known.config);
    let mut weights = Weights::open(&known.weights, &slots).expect("its weights");
    let network = Network::load(&mut weights, &known.config, &device).expect("the network");

    let gradients = loss(&network, &known, &device).backward();
    let mut found = Found { gradients: &gradients, found: Vec::new() };
    network.visit(&mut found);
    assert_eq!(found.found.len(), slots.len(), "a gradient for every tensor of the file");
    let length = found.found.iter().flatten().map(|by| by * by).sum::<f64>().sqrt();
    let mut worst = 0.0f64;
    for (parameter, gradient) in found.found.iter().enumerate() {
        let direction = direction(parameter as u64, gradient.len());
        let at = |by: f64| {
            let mut moved = Moved { parameter, direction: &direction, by, at: 0 };
            loss(&network.clone().map(&mut moved), &known, &device).into_scalar::<f64>()
        };
        let quotient = (at(STEP) - at(-STEP)) / (2.0 * STEP);
        let said: f64 = gradient.iter().zip(&direction).map(|(by, x)| by * x).sum();
        let off = (quotient - said).abs() / length;
        worst = worst.max(off);
        assert!(off < 1e-8, "parameter {parameter}: the gradient says {said}, the difference quotient {quotient}");
    }
    println!("at most {worst:.1e} of the gradient's length");
}
