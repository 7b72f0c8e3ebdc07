//! Every entry of every gradient beside a difference quotient in f64, of a loss that is written down a second time from the papers.

use std::cell::RefCell;

use burn::tensor::{Device, Tensor};
use serde_json::json;

use super::papers::{Example, Program};
use super::points;
use crate::checkpoint::time_features::TimeFeatures;
use crate::options::{Objective, Target, TrainOptions, Weighting};
use crate::sampler::Variance;
use crate::train::monotone::Monotone;
use crate::train::optimiser::Optimiser;
use crate::train::parameters::assign;
use crate::train::trainer::Trainer;

const BETAS: [f64; 8] = [0.02, 0.03, 0.05, 0.08, 0.15, 0.25, 0.35, 0.5];

/// Half the length of a difference quotient.
const STEP: f64 = 1e-5;

const TARGETS: [Target; 4] = [Target::Epsilon, Target::Sample, Target::VPrediction, Target::Mu];

fn objectives() -> Vec<Objective> {
    let continuous = |weighting, learns_gamma| Objective::VdmContinuous { weighting, learns_gamma, learns_ends: false };
    vec![
        Objective::LSimple,
        Objective::LVlb { variance: Variance::Small },
        Objective::LVlb { variance: Variance::Large },
        Objective::LVlb { variance: Variance::Learned },
        Objective::LHybrid,
        Objective::K2015 { learns_betas: false },
        Objective::K2015 { learns_betas: true },
        Objective::JSigma { eta: 1.0 },
        Objective::JSigma { eta: 0.3 },
        Objective::VdmDiscrete { times: 5 },
        continuous(Weighting::Uniform, false),
        continuous(Weighting::Uniform, true),
        continuous(Weighting::Snr, false),
        continuous(Weighting::MinSnr { gamma: 5.0 }, false),
        continuous(Weighting::MinSnr { gamma: 0.7 }, true),
        continuous(Weighting::Points(vec![(-1.0, 0.5), (0.5, 2.0), (2.0, 1.0)]), false),
    ]
}

/// A training of a small network with random weights.
fn trainer(objective: &Objective, target: Target, fourier: serde_json::Value) -> Trainer {
    let device = Device::flex();
    let name = match target {
        Target::Epsilon | Target::Mu => "epsilon",
        Target::Sample => "sample",
        Target::VPrediction => "v_prediction",
    };
    let network = json!({ "layers": 2, "width": 8, "fourier": fourier }).as_object().cloned();
    let scheduler = json!({ "num_train_timesteps": BETAS.len(), "trained_betas": BETAS, "prediction_type": name });
    let (objective, target, scheduler) = (objective.clone(), Some(target), Some(scheduler));
    let given = TrainOptions {
        objective,
        target,
        network,
        scheduler,
        batch: Some(24),
        clip_norm: 1e9,
        ..TrainOptions::default()
    };
    let mut trainer = Trainer::start(&device, points(), given, None, None).expect("a training");
    // The last layer begins as zeros, behind which nothing has a gradient.
    let random: Vec<f32> = (0..trainer.num_params()).map(|i| 0.3 * libm::sin(1.3 * i as f64) as f32).collect();
    trainer.optimiser.parameters = Tensor::from_floats(random.as_slice(), &device);
    trainer.learner = assign(trainer.learner.clone(), &trainer.optimiser.parameters, true);
    trainer
}

/// The same training as a program of the papers, at the batch at hand.
fn program(trainer: &Trainer, frequencies: Vec<f64>) -> Program {
    let batch = trainer.batch();
    let pair = |x: &[f32], i: usize| [0, 1].map(|axis| f64::from(x[2 * i + axis]));
    let examples = (0..batch.times.len()).map(|i| Example {
        x_0: pair(&batch.x_0, i),
        noise: pair(&batch.noise, i),
        u: batch.times[i],
        timestep: batch.timesteps[i],
        features: TimeFeatures::positional(32).embed(&[batch.timesteps[i]]).into_iter().map(f64::from).collect(),
    });
    let inputs = 2 + 32 + 4 * frequencies.len();
    let outputs = if trainer.options.objective.learns_variance() { 4 } else { 2 };
    Program {
        objective: trainer.options.objective.clone(),
        target: trainer.target,
        betas: BETAS.to_vec(),
        layers: vec![[inputs, 8], [8, 8], [8, outputs]],
        frequencies,
        share: share(trainer),
        examples: examples.collect(),
    }
}

/// gamma's way from its one end to the other (Kingma et al. 2021, appendix H).
fn share(trainer: &Trainer) -> Box<dyn Fn(f64) -> f64> {
    let Some((_, learned)) = trainer.gamma.learned().next() else { return Box::new(|u| u) };
    let parameters = learned.values();
    Box::new(move |u| {
        let value = |u: f64| {
            let h = parameters[0].exp() * u + parameters[1];
            let units = parameters[2..].chunks(3);
            h + units.map(|unit| unit[2].exp() / (1.0 + (-unit[0].exp() * h - unit[1]).exp())).sum::<f64>()
        };
        (value(u) - value(0.0)) / (value(1.0) - value(0.0))
    })
}

fn numbers(tensor: &Tensor<1>) -> Vec<f64> {
    tensor.to_data().try_into_vec::<f32>().expect("floats").into_iter().map(f64::from).collect()
}

/// The gradient of the step that was taken last, which was the first: the first moment is a tenth of it.
fn gradient(optimiser: &Optimiser) -> Vec<f64> {
    let [moment, _] = optimiser.moments.as_ref().expect("moments");
    numbers(moment).into_iter().map(|moment| 10.0 * moment).collect()
}

/// The largest difference from the difference quotients, beside the largest of these.
fn off(gradient: &[f64], at: impl Fn(&[f64]) -> f64, parameters: &[f64]) -> f64 {
    let quotients = (0..parameters.len()).map(|i| {
        let moved = |by: f64| {
            let mut parameters = parameters.to_vec();
            parameters[i] += by;
            at(&parameters)
        };
        (moved(STEP) - moved(-STEP)) / (2.0 * STEP)
    });
    let quotients: Vec<f64> = quotients.collect();
    assert_eq!(quotients.len(), gradient.len());
    let most = |numbers: &mut dyn Iterator<Item = f64>| numbers.fold(0.0f64, |most, number| most.max(number.abs()));
    most(&mut quotients.iter().zip(gradient).map(|(a, b)| a - b)) / most(&mut quotients.iter().copied())
}

#[test]
fn every_objectives_gradient_is_that_of_its_papers_formula_in_f64() {
    let mut worst = (0.0, 0.0);
    for objective in objectives() {
        for target in TARGETS {
            for (fourier, frequencies) in [(json!([]), vec![]), (json!([-1, 0]), vec![0.5, 1.0])] {
                let mut trainer = trainer(&objective, target, fourier);
                let pi = std::f64::consts::PI;
                let program = program(&trainer, frequencies.into_iter().map(|n: f64| n * pi).collect());
                let parameters = numbers(&trainer.optimiser.parameters);
                let report = pollster::block_on(trainer.step()).expect("a step");
                let loss = program.loss(&parameters, &parameters);
                let of_loss = (report.loss / loss - 1.0).abs();
                let of_gradient =
                    off(&gradient(&trainer.optimiser), |moved| program.loss(moved, &parameters), &parameters);
                assert!(of_loss < 1e-5 && of_gradient < 1e-5, "{objective:?} {target:?}: {of_loss}, {of_gradient}");
                worst = (of_loss.max(worst.0), of_gradient.max(worst.1));
            }
        }
    }
    println!("at most {:.1e} of the loss and {:.1e} of the largest entry of the gradient", worst.0, worst.1);
}

#[test]
fn learned_betas_follow_the_gradient_of_k_with_frozen_noise_in_f64() {
    for target in TARGETS {
        let mut trainer = trainer(&Objective::K2015 { learns_betas: true }, target, json!([]));
        let program = program(&trainer, vec![]);
        let parameters = numbers(&trainer.optimiser.parameters);
        pollster::block_on(trainer.step()).expect("a step");
        let betas = trainer.betas.as_ref().expect("they are learned");
        let found = gradient(&betas.parameters.optimiser);
        let program = RefCell::new(program);
        let minus_k = |added: &[f64]| {
            let mut program = program.borrow_mut();
            for (t, added) in added.iter().enumerate() {
                let logit = (BETAS[t + 1] / (1.0 - BETAS[t + 1])).ln();
                program.betas[t + 1] = 1.0 / (1.0 + (-logit - added).exp());
            }
            program.loss(&parameters, &parameters) - program.entropies(trainer.data.mean_square())
        };
        let off = off(&found, minus_k, &[0.0; BETAS.len() - 1]);
        println!("{off:.1e} {target:?}");
        assert!(off < 1e-5, "{target:?}: {off}");
    }
}

#[test]
fn gamma_learns_from_the_losses_of_the_papers_formula() {
    // `monotone.rs` compares what it makes of them with difference quotients.
    for target in TARGETS {
        let objective =
            Objective::VdmContinuous { weighting: Weighting::Uniform, learns_gamma: true, learns_ends: false };
        let mut trainer = trainer(&objective, target, json!([]));
        let program = program(&trainer, vec![]);
        let parameters = numbers(&trainer.optimiser.parameters);
        pollster::block_on(trainer.step()).expect("a step");
        let (_, learned) = trainer.gamma.learned().next().expect("it is learned");
        let found = gradient(&learned.optimiser);
        let mut alone = Monotone::new();
        let losses =
            program.examples.iter().map(|example| (example.u, program.loss_of(example, &parameters, &parameters)));
        alone.learn(&losses.collect::<Vec<_>>());
        let expected = gradient(&alone.parameters.optimiser);
        let most = expected.iter().fold(0.0f64, |most, by| most.max(by.abs()));
        assert!(
            most > 0.0 && found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5 * most),
            "{target:?}: {found:?}"
        );
    }
}
