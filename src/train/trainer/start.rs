//! The beginning of a training.

use burn::tensor::Device;

use super::Trainer;
use crate::burn::device::is_gpu;
use crate::error::Error;
use crate::math::schedule::Schedule;
use crate::options::TrainOptions;
use crate::train::beginning::{Base, Beginning};
use crate::train::betas::Betas;
use crate::train::checks::check;
use crate::train::data::Data;
use crate::train::files::beside;
use crate::train::gamma::Gamma;
use crate::train::memory::Needed;
use crate::train::optimiser::Optimiser;
use crate::train::parameters::{assign, collect};
use crate::train::state;

/// The step length for images where nothing else is said: of a new network, and of one that is trained on.
const RATES_OF_IMAGES: [f64; 2] = [3e-3, 3e-4];

impl Trainer {
    /// Begins a training, with a new network or with that of a model, and where there is a state from its step on.
    ///
    /// # Errors
    /// `invalid-` and the option's name; `config-…`, `weights-…` and `tensor-…` for what is wrong inside of a file; and `out-of-memory`.
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
            None => Beginning::new(&data, &options, !is_gpu(device))?,
            Some(base) => Beginning::from(base, &data, &options, !is_gpu(device))?,
        };
        let Beginning { design, config, weights, mut scheduler, target, labels } = beginning;
        check(&options, &data, &labels, &scheduler.schedule)?;
        // Examples without labels are of no class, which the network must have.
        if labels.takes_any() && data.last_label().is_none() {
            labels.of_images(None, 1)?;
        }
        let needed = Needed::of(&design, data.example_len(), !is_gpu(device));
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
            needed,
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
}
