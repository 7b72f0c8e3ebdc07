//! A loaded model: the U-Net, its scheduler's configuration and its labels.

use serde_json::{Map, Value, json};

use super::conditioning::Conditioning;
use super::plan::Plan;
use super::reverse::Run;
// The network that a module has: on our own operations, or else on burn's.
#[cfg(not(feature = "kernels"))]
pub use crate::burn::{Device, UNet};
use crate::checkpoint::known_answer::KnownAnswer;
use crate::checkpoint::{Labels, MeanSqEps, Scheduler, UNetConfig, value};
use crate::error::Error;
#[cfg(feature = "kernels")]
pub use crate::kernels::Device;
use crate::noise::{MOST_ELEMENTS, MOST_IMAGES, Shape};
use crate::options::{PlanOptions, SampleOptions, labels_from_json};
#[cfg(feature = "kernels")]
pub use crate::unet::UNet;

/// The files of a diffusers folder, parsed as far as JSON goes.
#[derive(Debug, Clone, Copy)]
pub struct Files<'a> {
    /// `unet/config.json`.
    pub config: &'a Value,
    /// `unet/diffusion_pytorch_model.safetensors`.
    pub weights: &'a [u8],
    /// `scheduler/scheduler_config.json`. Default: diffusers' `DDPMScheduler()`.
    pub scheduler: Option<&'a Value>,
    /// `labels.json`: names of the classes.
    pub labels: Option<&'a Value>,
    /// `analytic_dpm.json`: what Analytic-DPM measured of the network.
    pub analytic: Option<&'a Value>,
}

/// A model that answers.
#[derive(Debug)]
pub struct Network {
    pub(super) unet: UNet,
    pub(super) scheduler: Scheduler,
    pub(super) labels: Labels,
    /// Whether a scheduler's configuration came with it.
    pub(super) scheduled: bool,
}

/// Asks the network of the known answer on `device`: the relative L2 error of its output, below 1e-5 where all is well.
///
/// # Errors
/// `Device` when the device fails.
pub async fn self_test(device: &Device) -> Result<f64, Error> {
    let known = KnownAnswer::new()?;
    let unet = UNet::load(&known.config, &known.weights, device)?;
    let y = unet.predict(&known.x, &[known.timestep], Some(&[known.label])).await?;
    Ok(known.error_of(&y))
}

impl Network {
    /// Reads a model.
    ///
    /// # Errors
    /// Every code that begins with `config-`, `weights-` or `tensor-`.
    pub fn load(files: Files<'_>, device: &Device) -> Result<Self, Error> {
        let config = UNetConfig::from_json(files.config)?;
        if config.in_channels != config.out_channels {
            return Err(Error::ConfigUnsupported {
                file: "config.json",
                field: "out_channels".to_owned(),
                value: config.out_channels.to_string(),
                supported: channels_phrase(config.in_channels, config.out_channels),
            });
        }
        let mut scheduler = Scheduler::from_json(files.scheduler.unwrap_or(&json!({})))?;
        if let Some(analytic) = files.analytic {
            let table = MeanSqEps::from_file(analytic, scheduler.schedule.num_train_timesteps())?;
            scheduler = scheduler.with_mean_sq_eps(table);
        }
        let labels = Labels::new(config.class_embedding, files.labels)?;
        let unet = UNet::load(&config, files.weights, device)?;
        Ok(Self { unet, scheduler, labels, scheduled: files.scheduler.is_some() })
    }

    /// The scheduler.
    pub fn scheduler(&self) -> &Scheduler {
        &self.scheduler
    }

    /// The network's raw output. `x` is NCHW; `t` is one timestep, or one per image; `labels` as in a run.
    ///
    /// # Errors
    /// `invalid-x`, `invalid-t` or `invalid-labels`.
    pub async fn predict(&self, x: &[f32], t: &Value, labels: Option<&Value>) -> Result<Vec<f32>, Error> {
        let batch = self.shape_of_images(x)?.batch;
        value::each("x", x, f32::is_finite, "finite numbers")?;
        let labels = labels.map(labels_from_json).transpose()?;
        let labels = self.labels.of_images(labels.as_deref(), batch)?;
        self.unet.predict(x, &self.timesteps(t, batch)?, labels.as_deref()).await
    }

    /// The steps of a run, without running it.
    ///
    /// # Errors
    /// `unknown-option`, or `invalid-` and the option's name.
    pub fn plan(&self, options: &Map<String, Value>) -> Result<Plan, Error> {
        Ok(Plan::new(&PlanOptions::from_json(options, &self.scheduler)?, &self.scheduler))
    }

    /// A run of this network, which [`Guided`](super::Guided) then asks, and the state it begins with where one is given.
    ///
    /// # Errors
    /// `unknown-option`, or `invalid-` and the option's name.
    pub fn run(&self, options: &Map<String, Value>, noise: Option<Vec<f32>>) -> Result<(Run, Conditioning), Error> {
        let options = SampleOptions::from_json(options, &self.scheduler)?;
        let shape = self.shape(options.batch.unwrap_or(1));
        if shape.len() > MOST_ELEMENTS {
            let most = MOST_ELEMENTS / shape.image_len();
            return Err(Error::invalid(
                match (&options.blend, &options.seeds) {
                    (Some(_), _) => "blend.at",
                    (None, Some(_)) => "seeds",
                    (None, None) => "batch",
                },
                shape.batch,
                format!("at most {most} images of this size"),
            ));
        }

        let conditioning = Conditioning::new(&self.labels, &options, shape.batch)?;
        let plan = Plan::new(&options.plan, &self.scheduler);
        Ok((Run::new(&options, plan, shape, noise)?, conditioning))
    }

    /// The conditioning of some images of a run, from `first` on, for whoever predicts these and no others. Only `batch`, `seeds`,
    /// `labels`, `guidance` and `blend` count.
    ///
    /// # Errors
    /// Those of [`run`](Self::run) for these options; `invalid-images` where the run does not have as many.
    pub fn conditioning_of(
        &self,
        options: &Map<String, Value>,
        first: usize,
        count: usize,
    ) -> Result<Conditioning, Error> {
        let options = SampleOptions::from_json(options, &self.scheduler)?;
        let batch = options.batch.unwrap_or(1);
        let images = first..first.saturating_add(count);
        if images.end > batch {
            let found = format!("{count} from image {first} on");
            return Err(Error::invalid("images", found, format!("images of a batch of {batch}")));
        }
        Ok(Conditioning::new(&self.labels, &options, batch)?.of_images(images))
    }

    /// What a measurement of these images runs on: their shape, and their classes as a run would take them.
    ///
    /// # Errors
    /// `invalid-x` or `invalid-labels`.
    pub fn conditioned(&self, x: &[f32], labels: Option<&[u64]>) -> Result<(Shape, Conditioning), Error> {
        let shape = self.shape_of_images(x)?;
        Ok((shape, Conditioning::unguided(&self.labels, labels, shape.batch)?))
    }

    /// Takes up what Analytic-DPM measured of this network.
    pub fn set_mean_sq_eps(&mut self, table: MeanSqEps) {
        self.scheduler.mean_sq_eps = Some(table);
    }

    /// The shape of a batch of this network's images that lie one after the other.
    ///
    /// # Errors
    /// `invalid-x` where these are no whole images, none or too many.
    pub fn shape_of_images(&self, x: &[f32]) -> Result<Shape, Error> {
        let image_len = self.shape(1).len();
        let batch = x.len() / image_len;
        if !x.len().is_multiple_of(image_len) || !(1..=MOST_IMAGES).contains(&batch) {
            let allowed = format!("a multiple of {image_len}, for 1 to {MOST_IMAGES} images");
            return Err(Error::invalid("x", format!("{} numbers", x.len()), allowed));
        }
        Ok(self.shape(batch))
    }

    pub(super) fn shape(&self, batch: usize) -> Shape {
        let config = self.unet.config();
        let [height, width] = config.sample_size;
        Shape { batch, channels: config.in_channels, height, width }
    }

    /// One timestep per image, from 0 to the last one.
    pub(super) fn timesteps(&self, t: &Value, batch: usize) -> Result<Vec<f64>, Error> {
        let last = self.scheduler.schedule.num_train_timesteps() - 1;
        let timestep = |t: &Value| t.as_f64().filter(|t| (0.0..=last as f64).contains(t));
        let timesteps = match t.as_array() {
            Some(list) if list.len() == batch => list.iter().map(timestep).collect(),
            Some(_) => None,
            None => timestep(t).map(|t| vec![t; batch]),
        };
        timesteps.ok_or_else(|| {
            Error::invalid("t", value::display(t), format!("a number from 0 to {last}, or a list of {batch} of them"))
        })
    }
}

/// Why a network that takes other images than it gives is not sampled.
fn channels_phrase(inputs: usize, outputs: usize) -> String {
    let reason = if outputs == 2 * inputs {
        "a network that predicts a variance beside the noise is not computed"
    } else {
        "a network that takes class channels, or another picture, joined to the noisy one is not computed"
    };
    format!("as many as in_channels, {inputs}: {reason}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_that_takes_other_channels_than_it_gives_is_refused_with_both() {
        for (inputs, outputs, reason) in [(11, 1, "class channels"), (6, 3, "class channels"), (3, 6, "a variance")] {
            let config = json!({ "_class_name": "UNet2DModel", "sample_size": 32, "in_channels": inputs, "out_channels": outputs });
            let files = Files { config: &config, weights: &[], scheduler: None, labels: None, analytic: None };
            let error = Network::load(files, &Device::Cpu).expect_err("other channels");
            let said = error.to_string();
            assert_eq!(error.code(), "config-unsupported", "{said}");
            let both = said.contains(&format!("is {outputs},")) && said.contains(&format!("in_channels, {inputs}"));
            assert!(both && said.contains(reason), "{said}");
        }
    }
}
