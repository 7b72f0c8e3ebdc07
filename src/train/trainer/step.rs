//! A step of the optimiser.

use burn::tensor::{Tensor, TensorData};

use super::Trainer;
use crate::error::Error;
use crate::math::schedule::Schedule;
use crate::options::Objective;
use crate::train::batch::{Batch, batch_size};
use crate::train::betas::Found;
use crate::train::objective::entropies;
use crate::train::parameters::{assign, collect_gradients};
use crate::train::report::{self, Report};
use crate::train::state::read_back;

impl Trainer {
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

    /// The examples of the step at hand.
    pub(super) fn batch(&self) -> Batch {
        let size = batch_size(&self.data, &self.options);
        let about = (&self.scheduler.schedule, &self.gamma, self.target, &self.labels);
        Batch::draw(&self.data, &self.options, about, self.optimiser.step as u32, size)
    }
}
