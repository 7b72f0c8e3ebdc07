//! A training, one step of the optimiser per call.

use burn::tensor::{Device, Tensor, TensorData};

use super::batch::Batch;
use super::beginning::{Base, Beginning};
use super::betas::{Betas, Found};
use super::checks::check;
use super::data::Data;
use super::files::{Folder, beside, weights_of};
use super::gamma::Gamma;
use super::learner::Learner;
use super::objective::{entropies, place};
use super::optimiser::Optimiser;
use super::parameters::{assign, collect, collect_gradients};
use super::report::{self, Report};
use super::schedule_parameters::ScheduleParameters;
use super::state::{self, read_back};
use super::target::told;
use crate::checkpoint::class_mix::ClassMix;
use crate::checkpoint::written;
use crate::checkpoint::{Labels, Scheduler, Vdm, value};
use crate::error::Error;
use crate::math::fourier::Fourier;
use crate::math::schedule::Schedule;
use crate::options::{Objective, Target, TrainOptions};

mod loss;

/// The step length for images where nothing else is said: of a new network, and of one that is trained on.
const RATES_OF_IMAGES: [f64; 2] = [3e-3, 3e-4];

/// Examples of a step where nothing else is said.
const POINTS_PER_STEP: usize = 256;
const IMAGES_PER_STEP: usize = 16;

/// A network under training.
pub struct Trainer {
    data: Data,
    options: TrainOptions,
    scheduler: Scheduler,
    target: Target,
    labels: Labels,
    gamma: Gamma,
    betas: Option<Betas>,
    config: Option<serde_json::Value>,
    fourier: Option<Fourier>,
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
        let Beginning { design, config, weights, mut scheduler, target, labels } = beginning;
        check(&options, &data, &labels, &scheduler.schedule)?;
        // Examples without labels are of no class, which the network must have.
        if labels.takes_any() && data.last_label().is_none() {
            labels.of_images(None, 1)?;
        }
        let learner = design.with_weights(&weights, &device.clone().autodiff())?;
        let averaged = design.with_weights(&weights, device)?;
        let mut optimiser = Optimiser::new(collect(&learner), &options);
        let learns = (options.objective.learns_gamma(), options.objective.learns_ends());
        let mut gamma = Gamma::new(scheduler.gamma.clone(), learns.0, learns.1);
        let mut betas = options.objective.learns_betas().then(|| Betas::new(&scheduler.schedule));
        if let Some(state) = state {
            let betas = betas.as_mut().map(|betas| ("betas", &mut betas.parameters));
            let learned = gamma.learned_mut().chain(betas);
            state::resume(&mut optimiser, learned, state, device)?;
            gamma.refresh();
        }
        if let Some(betas) = &betas {
            scheduler.schedule = Schedule::from_betas(&betas.values());
        }
        let beside = beside(&design, &learner, &weights)?;
        let fourier = design.fourier();
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
            betas,
            config,
            fourier,
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

    /// The forward process as it is now, and what the network predicts. Learned betas are in its schedule, not in its `config`.
    pub fn scheduler(&self) -> &Scheduler {
        &self.scheduler
    }

    /// Its scheduler_config.json, with learned betas as they are now.
    pub fn scheduler_config(&self) -> serde_json::Value {
        let mut config = self.scheduler.config.clone();
        if let Some(betas) = self.betas() {
            config["trained_betas"] = betas.into();
        }
        config
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
        let size = batch.weights.len();
        let mixed = self.mixed(&batch);
        let (errors, nats) = self.errors(&self.learner, &mixed, &batch);
        let weights: Vec<f32> = batch.weights.iter().map(|weight| *weight as f32).collect();
        let weights = Tensor::from_data(TensorData::new(weights, [size]), &errors.device());
        let nats_weight = self.nats_weight();
        let mut loss = errors.clone() * weights;
        if let Some(nats) = &nats {
            loss = loss + nats.clone().mul_scalar(nats_weight);
        }
        let gradients = loss.mean().backward();
        let gradient = collect_gradients(&self.learner, &gradients);
        let norm = gradient.clone().square().sum().sqrt();

        let mut wanted = vec![errors.inner(), norm];
        wanted.extend(mixed.gradients(&gradients));
        wanted.extend(nats.map(Tensor::inner));
        let mut read = read_back(Tensor::cat(wanted, 0)).await?;
        // Betas and a variance are never learned together.
        let by_mix = read.split_off(size + 1);
        let norm = f64::from(read.pop().unwrap_or(f32::NAN));
        let steps = self.scheduler.schedule.num_train_timesteps();
        let nats = if self.options.objective.learns_variance() { by_mix.as_slice() } else { &[] };
        let found = report::Found { errors: &read, weights: &batch.weights, nats, nats_weight, steps };
        let report = Report::of(&self.options, self.optimiser.step, found, norm, self.entropies());
        if !(report.loss.is_finite() && norm.is_finite()) {
            return Err(Error::TrainingDiverged { step: report.step });
        }
        self.optimiser.advance(gradient, norm, &self.options);
        self.learn_schedule(&batch, &read, &by_mix);
        // The modules are cheap to copy: their tensors are shared.
        self.learner = assign(self.learner.clone(), &self.optimiser.parameters, true);
        Ok(report)
    }

    /// What the bound K adds to the loss, where it is asked for.
    fn entropies(&self) -> Option<f64> {
        let is_k = matches!(self.options.objective, Objective::K2015 { .. });
        is_k.then(|| entropies(&self.scheduler.schedule, self.data.mean_square()))
    }

    /// Changes the noise schedule that is learned, by the error of each example and the gradient by its mix.
    fn learn_schedule(&mut self, batch: &Batch, errors: &[f32], by_mix: &[f32]) {
        let size = errors.len();
        let losses = errors.iter().zip(&batch.weights).map(|(error, weight)| f64::from(*error) * weight);
        let losses: Vec<(f64, f64)> = batch.times.iter().copied().zip(losses).collect();
        self.gamma.learn(&losses, self.data.mean_square(), (&batch.x_0, &batch.noise));
        let Some(betas) = &mut self.betas else { return };
        let found: Vec<Found> = (0..size)
            .map(|i| Found {
                timestep: batch.timesteps[i] as usize,
                by_weight: f64::from(errors[i]) / size as f64,
                by_mix: std::array::from_fn(|part| f64::from(by_mix[part * size + i])),
            })
            .collect();
        betas.learn(&self.scheduler.schedule, self.target, self.data.mean_square(), &found);
        self.scheduler.schedule = Schedule::from_betas(&betas.values());
    }

    /// What the averaged network predicts, in the terms of the scheduler's `prediction_type`, and of each example behind that what it says of
    /// the variance, where that is learned: one timestep and, where it has classes,
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
        let elements = output.shape().num_elements();
        let output = read_back(output.reshape([elements])).await?;
        let length = x.len() / count;
        let told: Vec<_> = t.iter().map(|t| told(self.target, place(&self.scheduler.schedule, *t))).collect();
        let image = |(i, y): (usize, &[f32])| -> Vec<f32> {
            let x = &x[i * length..][..length];
            // What is said of a variance, behind it, stays as it is.
            let mean = y.iter().zip(x).map(|(y, x)| told[i].of(f64::from(*x), f64::from(*y)) as f32);
            mean.chain(y[length..].iter().copied()).collect()
        };
        Ok(output.chunks_exact(elements / count).enumerate().flat_map(image).collect())
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
        let vdm = Vdm { fourier: self.fourier, gamma: self.gamma.told(&self.scheduler.schedule) };
        Ok(Folder { config, weights, scheduler: self.scheduler_config(), labels, vdm: vdm.to_json() })
    }

    /// The training in a file, for [`start`](Self::start).
    ///
    /// # Errors
    /// `device`.
    pub async fn state(&self) -> Result<Vec<u8>, Error> {
        state::write(&self.optimiser, self.learned()).await
    }

    /// gamma at so many times, evenly from 0 to 1; none but of a schedule that is learned.
    pub fn gamma(&self, count: usize) -> Option<Vec<f64>> {
        let at = |i: usize| -self.gamma.at(i as f64 / (count - 1).max(1) as f64).level.log_snr();
        self.gamma.is_learned().then(|| (0..count).map(at).collect())
    }

    /// The betas as they are now, one per timestep, where they are learned.
    pub fn betas(&self) -> Option<Vec<f64>> {
        self.betas.as_ref().map(Betas::values)
    }

    /// What of the noise schedule is learned, and its name.
    fn learned(&self) -> impl Iterator<Item = (&'static str, &ScheduleParameters)> {
        self.gamma.learned().chain(self.betas.as_ref().map(|betas| ("betas", &betas.parameters)))
    }

    /// The examples of the step at hand.
    fn batch(&self) -> Batch {
        let size = self.options.batch.unwrap_or(if self.data.is_points() { POINTS_PER_STEP } else { IMAGES_PER_STEP });
        let about = (&self.scheduler.schedule, &self.gamma, self.target, &self.labels);
        Batch::draw(&self.data, &self.options, about, self.optimiser.step as u32, size)
    }

    fn averaged(&mut self) -> &Learner {
        if self.averaged.1 != self.optimiser.step {
            self.averaged = (assign(self.averaged.0.clone(), &self.optimiser.average, false), self.optimiser.step);
        }
        &self.averaged.0
    }
}

#[cfg(test)]
mod tests;
