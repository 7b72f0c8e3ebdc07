//! The loss of a batch: what the network is shown, and how far off it is.

use burn::tensor::Tensor;

use super::Trainer;
use crate::options::Objective;
use crate::train::batch::Batch;
use crate::train::learner::Learner;
use crate::train::mixed::Mixed;
use crate::train::objective::SHARE_OF_BOUND;
use crate::train::variance::divergences;

impl Trainer {
    /// What the network is shown and should answer; as a function of the levels where betas are learned.
    pub(super) fn mixed(&self, batch: &Batch) -> Mixed {
        let device = self.device.clone().autodiff();
        let [channels, height, width] = self.data.shape();
        let shape = [batch.weights.len(), channels, height, width];
        if self.betas.is_some() { Mixed::leaves(batch, shape, &device) } else { Mixed::fixed(batch, shape, &device) }
    }

    /// The factor of a step's divergence, where the variance is learned.
    pub(super) fn nats_weight(&self) -> f64 {
        let share = if self.options.objective == Objective::LHybrid { SHARE_OF_BOUND } else { 1.0 };
        share * self.scheduler.schedule.num_train_timesteps() as f64
    }

    /// The mean square error of each example and, where a variance is learned, the divergence of its step per element.
    pub(super) fn errors(&self, learner: &Learner, mixed: &Mixed, batch: &Batch) -> (Tensor<1>, Option<Tensor<1>>) {
        let output = learner.forward(mixed.x_t.clone(), &batch.timesteps, &batch.classes);
        let [size, channels, height, width] = mixed.target.dims();
        let of_examples = |x: Tensor<4>| x.reshape([size, channels * height * width]).mean_dim(1).reshape([size]);
        let error = (output.clone().narrow(1, 0, channels) - mixed.target.clone()).square();
        let nats = self.options.objective.learns_variance().then(|| {
            // The hybrid's bound teaches the variance alone.
            let hybrid = self.options.objective == Objective::LHybrid;
            let error = if hybrid { error.clone().detach() } else { error.clone() };
            let variance = output.narrow(1, channels, channels);
            of_examples(divergences(&batch.divergences, error, variance, &self.device.clone().autodiff()))
        });
        (of_examples(error), nats)
    }
}
