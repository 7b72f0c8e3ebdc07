//! Every gradient beside a difference quotient.

use burn::tensor::Tensor;

use super::*;
use crate::math::schedule::Schedule;
use crate::options::{Objective, Weighting};
use crate::sampler::Variance;
use crate::train::objective::entropies;
use crate::train::parameters::assign;
use crate::train::state::read_back;

/// Length of the step of the difference quotient.
const STEP: f32 = 2e-3;

fn points() -> Data {
    Data::points((0..64).map(|i| libm::sin(0.7 * f64::from(i)) as f32).collect()).expect("points")
}

fn objectives() -> Vec<Objective> {
    vec![
        Objective::LSimple,
        Objective::LVlb { variance: Variance::Small },
        Objective::LVlb { variance: Variance::Large },
        Objective::LVlb { variance: Variance::Learned },
        Objective::K2015 { learns_betas: false },
        Objective::K2015 { learns_betas: true },
        Objective::JSigma { eta: 0.5 },
        Objective::VdmDiscrete { times: 100 },
        Objective::VdmContinuous { weighting: Weighting::Uniform, learns_gamma: true, learns_ends: false },
        Objective::VdmContinuous {
            weighting: Weighting::MinSnr { gamma: 5.0 },
            learns_gamma: false,
            learns_ends: false,
        },
    ]
}

/// The weighted loss of the batch at hand with these parameters.
fn loss(trainer: &Trainer, parameters: &Tensor<1>) -> f64 {
    let batch = trainer.batch();
    let learner = assign(trainer.learner.clone(), parameters, true);
    let (errors, nats) = trainer.errors(&learner, &trainer.mixed(&batch), &batch);
    let read = |x: Tensor<1>| -> Vec<f32> { pollster::block_on(read_back(x.inner())).expect("numbers") };
    let errors = read(errors);
    let weighted = errors.iter().zip(&batch.weights).map(|(error, weight)| f64::from(*error) * weight);
    let nats: f64 = nats.map_or_else(Vec::new, read).into_iter().map(f64::from).sum();
    (weighted.sum::<f64>() + trainer.nats_weight() * nats) / errors.len() as f64
}

#[test]
fn every_objective_falls_along_its_gradient_as_fast_as_the_gradient_says() {
    let device = Device::flex();
    for objective in objectives() {
        for target in [Target::Epsilon, Target::Sample, Target::VPrediction, Target::Mu] {
            let network = serde_json::json!({ "layers": 2, "width": 16 }).as_object().cloned();
            let options =
                TrainOptions { objective: objective.clone(), target: Some(target), network, ..Default::default() };
            let mut trainer = Trainer::start(&device, points(), options, None, None).expect("a training");
            // The last layer begins as zeros, behind which nothing has a gradient.
            let count = trainer.num_params();
            let random: Vec<f32> = (0..count).map(|i| 0.3 * libm::sin(1.3 * i as f64) as f32).collect();
            trainer.optimiser.parameters = Tensor::from_floats(random.as_slice(), &device);
            trainer.learner = assign(trainer.learner.clone(), &trainer.optimiser.parameters, true);

            let before = trainer.optimiser.parameters.clone();
            let report = pollster::block_on(trainer.step()).expect("a step");
            let [moment, _] = trainer.optimiser.moments.clone().expect("moments");
            // After one step the first moment is a tenth of the gradient, which was cut to length 1.
            let gradient = moment.mul_scalar(10.0 * report.gradient_norm.max(1.0));
            trainer.optimiser.step = 0;
            let direction = gradient.div_scalar(report.gradient_norm);
            let at = |by: f32| loss(&trainer, &(before.clone() + direction.clone().mul_scalar(by)));
            let quotient = (at(STEP) - at(-STEP)) / (2.0 * f64::from(STEP));
            let ratio = quotient / report.gradient_norm;
            assert!((ratio - 1.0).abs() < 0.02, "{objective:?} {target:?}: {ratio}, {report:?}");
        }
    }
}

#[test]
fn the_hybrid_teaches_the_mean_by_l_simple_and_the_variance_by_a_thousandth_of_the_bound() {
    let device = Device::flex();
    let moment = |objective: Objective| -> Vec<f32> {
        let network = serde_json::json!({ "layers": 1, "width": 8 }).as_object().cloned();
        let clip_norm = 1e9;
        let given = TrainOptions { objective, network, clip_norm, ..Default::default() };
        let mut trainer = Trainer::start(&device, points(), given, None, None).expect("a training");
        pollster::block_on(trainer.step()).expect("a step");
        let [moment, _] = trainer.optimiser.moments.clone().expect("moments");
        moment.to_data().try_into_vec().expect("floats")
    };
    // The last layer, which begins as zeros, is the last of the parameters: 8 weights and a bias for each of its outputs.
    let last = |moment: &[f32], outputs: usize| moment[moment.len() - 9 * outputs..].to_vec();
    let simple = last(&moment(Objective::LSimple), 2);
    let hybrid = last(&moment(Objective::LHybrid), 4);
    let bound = last(&moment(Objective::LVlb { variance: Variance::Learned }), 4);
    let close = |found: f32, expected: f32| (found - expected).abs() <= 1e-5 * expected.abs() + 1e-7;
    // A matrix is stored with its outputs side by side.
    for input in 0..8 {
        for output in 0..2 {
            let (of_mean, of_variance) = (hybrid[4 * input + output], hybrid[4 * input + 2 + output]);
            assert!(close(of_mean, simple[2 * input + output]), "{of_mean}");
            assert!(close(of_variance, 0.001 * bound[4 * input + 2 + output]), "{of_variance}");
        }
    }
}

#[test]
fn learned_betas_follow_the_gradient_of_k_with_frozen_noise() {
    let device = Device::flex();
    for target in [Target::Epsilon, Target::Sample, Target::VPrediction, Target::Mu] {
        let network = serde_json::json!({ "layers": 2, "width": 16 }).as_object().cloned();
        let scheduler = serde_json::json!({ "num_train_timesteps": 8, "beta_start": 0.01, "beta_end": 0.5, "prediction_type": name(target) });
        let objective = Objective::K2015 { learns_betas: true };
        let given =
            TrainOptions { objective, target: Some(target), network, scheduler: Some(scheduler), ..Default::default() };
        let mut trainer = Trainer::start(&device, points(), given, None, None).expect("a training");
        let count = trainer.num_params();
        let random: Vec<f32> = (0..count).map(|i| 0.3 * libm::sin(1.3 * i as f64) as f32).collect();
        trainer.optimiser.parameters = Tensor::from_floats(random.as_slice(), &device);
        let before = trainer.optimiser.parameters.clone();
        trainer.learner = assign(trainer.learner.clone(), &before, true);
        pollster::block_on(trainer.step()).expect("a step");
        let betas = trainer.betas.as_ref().expect("they are learned");
        let [moment, _] = betas.parameters.optimiser.moments.clone().expect("moments");
        // After one step the first moment is a tenth of the gradient.
        let gradient: Vec<f32> = moment.mul_scalar(10.0).to_data().try_into_vec().expect("floats");
        trainer.optimiser.step = 0;
        for (i, by) in gradient.iter().enumerate() {
            let mut minus_k = |added: f32| {
                let mut all = vec![0.0; 7];
                all[i] = added;
                let betas = trainer.betas.as_mut().expect("they are learned");
                betas.parameters = ScheduleParameters::new(all);
                trainer.scheduler.schedule = Schedule::from_betas(&betas.values());
                loss(&trainer, &before) - entropies(&trainer.scheduler.schedule, trainer.data.mean_square())
            };
            let quotient = (minus_k(1e-2) - minus_k(-1e-2)) / 2e-2;
            let off = (quotient - f64::from(*by)).abs();
            assert!(off < 2e-3 * quotient.abs() + 2e-3, "{target:?}, beta {}: {by}, not {quotient}", i + 2);
        }
    }
}

fn name(target: Target) -> &'static str {
    match target {
        Target::Epsilon | Target::Mu => "epsilon",
        Target::Sample => "sample",
        Target::VPrediction => "v_prediction",
    }
}
