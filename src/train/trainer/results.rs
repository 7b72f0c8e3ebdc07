//! What a training gives at any time: predictions, a model, and its state.

use burn::tensor::{Tensor, TensorData};

use super::Trainer;
use crate::checkpoint::class_mix::ClassMix;
use crate::checkpoint::{Vdm, value};
use crate::error::Error;
use crate::train::files::{Folder, weights_of};
use crate::train::learner::Learner;
use crate::train::objective::place;
use crate::train::parameters::assign;
use crate::train::state::{self, read_back};
use crate::train::target::told;

impl Trainer {
    /// What the averaged network predicts, in the terms of the scheduler's `prediction_type`, and of each example behind that what it says of
    /// the variance, where that is learned: one timestep and, where it has classes,
    /// one label per example, or one label for all.
    ///
    /// # Errors
    /// `invalid-x`, `invalid-t` or `invalid-labels`; `out-of-memory`; `device`.
    pub async fn predict(&mut self, x: &[f32], t: &[f64], labels: Option<&[u64]>) -> Result<Vec<f32>, Error> {
        let [channels, height, width] = self.data.shape();
        let count = self.count_of(x)?;
        value::each("x", x, f32::is_finite, "finite numbers")?;
        self.needed.check_prediction(count)?;
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

    fn averaged(&mut self) -> &Learner {
        if self.averaged.1 != self.optimiser.step {
            self.averaged = (assign(self.averaged.0.clone(), &self.optimiser.average, false), self.optimiser.step);
        }
        &self.averaged.0
    }
}
