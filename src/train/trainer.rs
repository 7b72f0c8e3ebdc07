//! A training, one step of the optimiser per call.

use std::f64::consts::LN_2;

use burn::tensor::{Device, Tensor, TensorData};

use super::batch::Batch;
use super::beginning::{Base, Beginning};
use super::data::Data;
use super::files::{Folder, weights_of};
use super::gamma::Gamma;
use super::learner::{Design, Learner};
use super::objective::{entropies, place};
use super::optimiser::{Optimiser, learning_rate};
use super::parameters::{assign, collect, collect_gradients};
use super::state::{self, read_back};
use super::target::told;
use crate::checkpoint::class_mix::ClassMix;
use crate::checkpoint::written;
use crate::checkpoint::{Labels, Scheduler, safetensors, value};
use crate::error::Error;
use crate::options::{Objective, Target, TrainOptions};

/// The step length for images where nothing else is said: of a new network, and of one that is trained on.
const RATES_OF_IMAGES: [f64; 2] = [3e-3, 3e-4];

/// Examples of a step where nothing else is said.
const POINTS_PER_STEP: usize = 256;
const IMAGES_PER_STEP: usize = 16;

/// What is told of a step.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Steps that are done.
    pub step: u64,
    /// What is minimised: the weighted mean square error of the batch.
    pub loss: f64,
    /// The length of the step.
    pub learning_rate: f64,
    /// The mean square error of the network's own target, without weights.
    pub mse: f64,
    /// The variance of the weighted errors over the batch.
    pub variance: f64,
    /// The gradient's length, before it is shortened.
    pub gradient_norm: f64,
    /// The loss in bits per dimension, where it is a bound: without the terms that do not depend on the network.
    pub bits_per_dim: Option<f64>,
    /// K in bits per dimension, of objective "k_2015": a lower bound on the log likelihood.
    pub k_bits_per_dim: Option<f64>,
}

/// A network under training.
pub struct Trainer {
    data: Data,
    options: TrainOptions,
    scheduler: Scheduler,
    target: Target,
    labels: Labels,
    gamma: Gamma,
    config: Option<serde_json::Value>,
    /// Tensors of the file that are no parameters.
    beside: Vec<written::Tensor>,
    learner: Learner,
    optimiser: Optimiser,
    /// The averaged network, and the step that it is of.
    averaged: (Learner, u64),
    device: Device,
}

impl Trainer {
    /// Begins a training, with a new network or with that of a model, and where there is a state from its step on.
    ///
    /// # Errors
    /// `invalid-` and the option's name; `config-…`, `weights-…` and `tensor-…` for what is wrong inside of a file.
    pub fn start(
        device: &Device,
        data: Data,
        mut options: TrainOptions,
        base: Option<Base<'_>>,
        state: Option<&[u8]>,
    ) -> Result<Self, Error> {
        if !data.is_points() {
            options.learning_rate.get_or_insert(RATES_OF_IMAGES[usize::from(base.is_some())]);
        }
        let beginning = match base {
            None => Beginning::new(&data, &options)?,
            Some(base) => Beginning::from(base, &data, &options)?,
        };
        let Beginning { design, config, weights, scheduler, target, labels } = beginning;
        // Examples without labels are of no class, which the network must have.
        if labels.takes_any() && data.last_label().is_none() {
            labels.of_images(None, 1)?;
        }
        let learner = design.with_weights(&weights, &device.clone().autodiff())?;
        let averaged = design.with_weights(&weights, device)?;
        let mut optimiser = Optimiser::new(collect(&learner), &options);
        let mut gamma = Gamma::new(&scheduler.schedule, options.objective.learns_gamma());
        if let Some(state) = state {
            state::resume(&mut optimiser, gamma.optimiser(), state, device)?;
            gamma.refresh();
        }
        let beside = beside(&design, &learner, &weights)?;
        let learner = assign(learner, &optimiser.parameters, true);
        let averaged = (assign(averaged, &optimiser.average, false), optimiser.step);
        let device = device.clone();
        Ok(Self {
            data,
            options,
            scheduler,
            target,
            labels,
            gamma,
            config,
            beside,
            learner,
            optimiser,
            averaged,
            device,
        })
    }

    /// The count of the network's weights.
    pub fn num_params(&self) -> usize {
        self.optimiser.parameters.shape().num_elements()
    }

    /// Channels, height and width of an example.
    pub fn shape(&self) -> [usize; 3] {
        self.data.shape()
    }

    /// The forward process, and what the network predicts.
    pub fn scheduler(&self) -> &Scheduler {
        &self.scheduler
    }

    /// Steps that are done.
    pub fn steps(&self) -> u64 {
        self.optimiser.step
    }

    /// Takes one step. Where its loss or its gradient is no number, the weights stay as they were.
    ///
    /// # Errors
    /// `training-diverged`; `device`.
    pub async fn step(&mut self) -> Result<Report, Error> {
        let batch = self.batch();
        let errors = self.errors(&self.learner, &batch);
        let weights: Vec<f32> = batch.weights.iter().map(|weight| *weight as f32).collect();
        let weights = Tensor::from_data(TensorData::new(weights, [batch.weights.len()]), &errors.device());
        let weighted = errors.clone() * weights;
        let gradients = weighted.mean().backward();
        let gradient = collect_gradients(&self.learner, &gradients);
        let norm = gradient.clone().square().sum().sqrt();

        let mut read = read_back(Tensor::cat(vec![errors.inner(), norm], 0)).await?;
        let norm = f64::from(read.pop().unwrap_or(f32::NAN));
        let report = self.report(&read, &batch.weights, norm);
        if !(report.loss.is_finite() && norm.is_finite()) {
            return Err(Error::TrainingDiverged { step: report.step });
        }
        self.optimiser.advance(gradient, norm, &self.options);
        let losses = read.iter().zip(&batch.weights).map(|(error, weight)| f64::from(*error) * weight);
        self.gamma.learn(batch.times.iter().copied().zip(losses));
        // The modules are cheap to copy: their tensors are shared.
        self.learner = assign(self.learner.clone(), &self.optimiser.parameters, true);
        Ok(report)
    }

    /// What the averaged network predicts, in the terms of the scheduler's `prediction_type`: one timestep and, where it has classes,
    /// one label per example, or one label for all.
    ///
    /// # Errors
    /// `invalid-x`, `invalid-t` or `invalid-labels`; `device`.
    pub async fn predict(&mut self, x: &[f32], t: &[f64], labels: Option<&[u64]>) -> Result<Vec<f32>, Error> {
        let [channels, height, width] = self.data.shape();
        let count = self.count_of(x)?;
        value::each("x", x, f32::is_finite, "finite numbers")?;
        let labels = self.labels.of_images(labels, count)?.unwrap_or_default();
        let classes: Vec<ClassMix> = labels.into_iter().map(ClassMix::one).collect();
        let x_t = Tensor::<4>::from_data(TensorData::new(x.to_vec(), [count, channels, height, width]), &self.device);
        let output = self.averaged().forward(x_t, t, &classes);
        let output = read_back(output.reshape([x.len()])).await?;
        let length = x.len() / count;
        let told: Vec<_> = t.iter().map(|t| told(self.target, place(&self.scheduler.schedule, *t))).collect();
        let all = output.iter().zip(x).enumerate();
        Ok(all.map(|(i, (y, x))| told[i / length].of(f64::from(*x), f64::from(*y)) as f32).collect())
    }

    /// How many examples these numbers are.
    ///
    /// # Errors
    /// `invalid-x`.
    pub fn count_of(&self, x: &[f32]) -> Result<usize, Error> {
        let length = self.data.example_len();
        if x.is_empty() || !x.len().is_multiple_of(length) {
            let allowed = format!("{length} numbers for each example");
            return Err(Error::invalid("x", format!("{} numbers", x.len()), allowed));
        }
        Ok(x.len() / length)
    }

    /// The averaged network as a diffusers folder.
    ///
    /// # Errors
    /// `invalid-data` for points, of which diffusers has no network; `device`.
    pub async fn folder(&self) -> Result<Folder, Error> {
        let none = || Error::invalid("data", "points", "images: diffusers has no network for points");
        let config = self.config.clone().ok_or_else(none)?;
        let average = read_back(self.optimiser.average.clone()).await?;
        let weights = weights_of(&self.learner, &average, &self.beside);
        let labels = self.labels.names().map(<[String]>::to_vec);
        Ok(Folder { config, weights, scheduler: self.scheduler.config.clone(), labels })
    }

    /// The training in a file, for [`start`](Self::start).
    ///
    /// # Errors
    /// `device`.
    pub async fn state(&self) -> Result<Vec<u8>, Error> {
        state::write(&self.optimiser, self.gamma.learned()).await
    }

    /// gamma at so many times, evenly from 0 to 1; none but of a schedule that is learned.
    pub fn gamma(&self, count: usize) -> Option<Vec<f64>> {
        let at = |i: usize| -self.gamma.at(i as f64 / (count - 1).max(1) as f64).level.log_snr();
        self.gamma.is_learned().then(|| (0..count).map(at).collect())
    }

    /// The examples of the step at hand.
    fn batch(&self) -> Batch {
        let size = self.options.batch.unwrap_or(if self.data.is_points() { POINTS_PER_STEP } else { IMAGES_PER_STEP });
        let about = (&self.scheduler.schedule, &self.gamma, self.target, &self.labels);
        Batch::draw(&self.data, &self.options, about, self.optimiser.step as u32, size)
    }

    /// The mean square error of each example.
    fn errors(&self, learner: &Learner, batch: &Batch) -> Tensor<1> {
        let device = self.device.clone().autodiff();
        let (size, [channels, height, width]) = (batch.weights.len(), self.data.shape());
        let images =
            |x: &[f32]| Tensor::<4>::from_data(TensorData::new(x.to_vec(), [size, channels, height, width]), &device);
        let output = learner.forward(images(&batch.x_t), &batch.timesteps, &batch.classes);
        let error = (output - images(&batch.target)).square();
        error.reshape([size, channels * height * width]).mean_dim(1).reshape([size])
    }

    fn averaged(&mut self) -> &Learner {
        if self.averaged.1 != self.optimiser.step {
            self.averaged = (assign(self.averaged.0.clone(), &self.optimiser.average, false), self.optimiser.step);
        }
        &self.averaged.0
    }

    fn report(&self, errors: &[f32], weights: &[f64], gradient_norm: f64) -> Report {
        let weighted: Vec<f64> = errors.iter().zip(weights).map(|(error, weight)| f64::from(*error) * weight).collect();
        let mean = |list: &mut dyn Iterator<Item = f64>| list.sum::<f64>() / errors.len() as f64;
        let loss = mean(&mut weighted.iter().copied());
        let variance = mean(&mut weighted.iter().map(|error| (error - loss) * (error - loss)));
        let is_bound = self.options.objective.is_bound();
        let is_k = self.options.objective == Objective::K2015;
        Report {
            step: self.optimiser.step + 1,
            loss,
            learning_rate: learning_rate(&self.options, self.optimiser.step),
            mse: mean(&mut errors.iter().copied().map(f64::from)),
            variance,
            gradient_norm,
            bits_per_dim: is_bound.then_some(loss / LN_2),
            k_bits_per_dim: is_k.then(|| (entropies(&self.scheduler.schedule) - loss) / LN_2),
        }
    }
}

/// The tensors of a file that are no parameters of the network.
fn beside(design: &Design, learner: &Learner, file: &[u8]) -> Result<Vec<written::Tensor>, Error> {
    if !matches!(design, Design::Images(_)) {
        return Ok(Vec::new());
    }
    let learnt = crate::burn::load::stored(learner);
    let is_other = |tensor: &&safetensors::StoredTensor| {
        tensor.name == "time_proj.weight" && learnt.iter().all(|own| own.name != tensor.name)
    };
    let stored = safetensors::read(file)?;
    let others = stored.iter().filter(is_other).map(|tensor| {
        Ok(written::Tensor { name: tensor.name.clone(), shape: tensor.shape.clone(), elements: tensor.to_f32()? })
    });
    others.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Weighting;
    use crate::sampler::Variance;

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
            Objective::K2015,
            Objective::JSigma { eta: 0.5 },
            Objective::VdmDiscrete { times: 100 },
            Objective::VdmContinuous { weighting: Weighting::Uniform, learns_gamma: true },
            Objective::VdmContinuous { weighting: Weighting::MinSnr { gamma: 5.0 }, learns_gamma: false },
        ]
    }

    /// The weighted loss of the batch at hand with these parameters.
    fn loss(trainer: &Trainer, parameters: &Tensor<1>) -> f64 {
        let batch = trainer.batch();
        let learner = assign(trainer.learner.clone(), parameters, true);
        let errors: Vec<f32> =
            pollster::block_on(read_back(trainer.errors(&learner, &batch).inner())).expect("numbers");
        let weighted = errors.iter().zip(&batch.weights).map(|(error, weight)| f64::from(*error) * weight);
        weighted.sum::<f64>() / errors.len() as f64
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
}
