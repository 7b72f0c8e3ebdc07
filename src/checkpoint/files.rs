//! The files of a model, read and checked one against the other.

use serde_json::{Value, json};

use super::class_channels::{ClassChannels, TABLE};
use super::config::{ClassEmbedding, UNetConfig};
use super::labels::Labels;
use super::mean_sq_eps::MeanSqEps;
use super::scheduler::Scheduler;
use super::scheduler_class::MadeFor;
use super::vdm::Vdm;
use super::weights;
use super::weights_file::WeightsFile;
use crate::error::Error;

const SCHEDULER_MISSING: &str = "the model has no scheduler_config.json, so diffusers' defaults are taken: 1000 timesteps, linear betas from 0.0001 to 0.02, a network that predicts the noise; if it was trained otherwise, its pictures are wrong";

/// The files of a diffusers folder, parsed as far as JSON goes.
#[derive(Debug, Clone)]
pub struct Files<'a> {
    /// `unet/config.json`.
    pub config: &'a Value,
    /// `unet/diffusion_pytorch_model.safetensors`, or a file of PyTorch.
    pub weights: WeightsFile<'a>,
    /// `scheduler/scheduler_config.json`. Default: diffusers' `DDPMScheduler()`.
    pub scheduler: Option<&'a Value>,
    /// `labels.json`: names of the classes.
    pub labels: Option<&'a Value>,
    /// `analytic_dpm.json`: what Analytic-DPM measured of the network.
    pub analytic: Option<&'a Value>,
    /// `vdm.json`: what makes the network a variational diffusion model.
    pub vdm: Option<&'a Value>,
}

/// What the files of a model say, but for the weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Description {
    /// The shape of the network.
    pub config: UNetConfig,
    /// Its scheduler's configuration.
    pub scheduler: Scheduler,
    /// Its classes.
    pub labels: Labels,
    /// What Analytic-DPM measured of it, where that is known.
    pub mean_sq_eps: Option<MeanSqEps>,
    /// What makes it a variational diffusion model.
    pub vdm: Vdm,
    /// What was taken for granted when the files were read.
    pub warnings: Vec<Warning>,
}

/// Something that was taken for granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Its stable name.
    pub code: &'static str,
    /// The sentence.
    pub message: String,
}

impl Files<'_> {
    /// Reads all but the weights.
    ///
    /// # Errors
    /// Every code that begins with `config-`; `invalid-mean-sq-eps`.
    #[inline(never)]
    pub fn describe(&self) -> Result<Description, Error> {
        let mut config = UNetConfig::from_json(self.config)?;
        let mut scheduler = Scheduler::from_json(self.scheduler.unwrap_or(&json!({})))?;
        let vdm = self.vdm.map(|file| Vdm::from_json(file, &scheduler.schedule)).transpose()?.unwrap_or_default();
        config.fourier = vdm.fourier;
        if let Some(gamma) = &vdm.gamma {
            scheduler.gamma = gamma.clone();
        }
        join_class_channels(&mut config, &scheduler, &self.weights)?;
        check_channels(&config, &scheduler)?;
        let num_train_timesteps = scheduler.schedule.num_train_timesteps();
        let mean_sq_eps = self.analytic.map(|file| MeanSqEps::from_file(file, num_train_timesteps)).transpose()?;
        let labels = Labels::new(config.class_embedding, self.labels)?;
        let warnings = warnings(self.scheduler.is_some(), scheduler.made_for);
        Ok(Description { config, scheduler, labels, mean_sq_eps, vdm, warnings })
    }
}

fn warnings(is_scheduled: bool, made_for: Option<MadeFor>) -> Vec<Warning> {
    let missing = (!is_scheduled).then(|| Warning { code: "scheduler-missing", message: SCHEDULER_MISSING.to_owned() });
    let made_for = made_for.map(|MadeFor { scheduler, nearest }| {
        let message = format!(
            "the model's scheduler is {scheduler}: its betas and its kind of prediction are taken, but not its sampler; the nearest of unnoise's own is \"{nearest}\""
        );
        Warning { code: "scheduler-class", message }
    });
    missing.into_iter().chain(made_for).collect()
}

/// Where a network takes more channels than it gives images, the rest may be those of a class, by a table in its weights.
fn join_class_channels(config: &mut UNetConfig, scheduler: &Scheduler, file: &WeightsFile) -> Result<(), Error> {
    let gives = if scheduler.learned_variance.is_some() { config.out_channels / 2 } else { config.out_channels };
    if config.fourier.is_some() || config.in_channels <= gives {
        return Ok(());
    }
    let Some(channels) = ClassChannels::of(weights::read(file.clone())?, config.in_channels - gives)? else {
        return Ok(());
    };
    let takes = gives.saturating_add(channels.width);
    if takes != config.in_channels {
        let why = format!("{takes}, for {gives} of the image and {} of `{TABLE}` in the weights", channels.width);
        return unsupported("in_channels", config.in_channels, why);
    }
    let none = format!("null beside `{TABLE}` in the weights");
    match config.class_embedding {
        ClassEmbedding::None | ClassEmbedding::Channels(_) => {}
        ClassEmbedding::Table(classes) => return unsupported("num_class_embeds", classes, none),
        ClassEmbedding::Timestep => return unsupported("class_embed_type", "timestep", none),
    }
    config.class_embedding = ClassEmbedding::Channels(channels.classes());
    config.class_channels = Some(channels);
    Ok(())
}

fn unsupported(field: &str, value: impl ToString, supported: String) -> Result<(), Error> {
    let value = value.to_string();
    Err(Error::ConfigUnsupported { file: "config.json", field: field.to_owned(), value, supported })
}

/// Refuses a network that takes other images than it gives.
fn check_channels(config: &UNetConfig, scheduler: &Scheduler) -> Result<(), Error> {
    let UNetConfig { in_channels, out_channels, .. } = *config;
    if let Some(fourier) = config.fourier {
        let (each, [first, last]) = (fourier.channels_per_channel(), fourier.ends());
        if !in_channels.is_multiple_of(each) {
            let why = format!("a multiple of {each}, for the features {first} to {last} of vdm.json");
            return unsupported("in_channels", in_channels, why);
        }
        if config.center_input_sample {
            return unsupported("center_input_sample", 1, "false beside the features of vdm.json".to_owned());
        }
    }
    let channels = config.image_channels();
    match (scheduler.learned_variance.is_some(), config.learns_variance()) {
        (true, true) => Ok(()),
        (true, false) => {
            let why = format!("{}, for image and variance, as `variance_type` of the scheduler says", 2 * channels);
            unsupported("out_channels", out_channels, why)
        }
        (false, _) if out_channels == channels => Ok(()),
        (false, true) => {
            let why = format!("{channels}, or a scheduler with `variance_type` \"learned_range\" or \"learned\"");
            unsupported("out_channels", out_channels, why)
        }
        (false, false) => {
            let more = match in_channels.checked_sub(out_channels) {
                None => String::new(),
                Some(more) => format!(
                    ", or class channels by a table in the weights, `{TABLE}` of shape [classes, {more}]; another picture joined to the noisy one is not computed"
                ),
            };
            unsupported("out_channels", out_channels, format!("as many as in_channels, {channels}{more}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::written::safetensors_of;
    use super::*;

    #[test]
    fn a_network_that_takes_other_channels_than_it_gives_is_refused_with_both() {
        let file = safetensors_of(&[]);
        for (inputs, outputs, reason) in [
            (11, 1, "class channels"),
            (6, 3, "another picture joined"),
            (3, 6, "learned_range"),
            (1, 3, "as many as in_channels, 1"),
        ] {
            let config = json!({ "_class_name": "UNet2DModel", "sample_size": 32, "in_channels": inputs, "out_channels": outputs });
            let files = Files {
                config: &config,
                weights: WeightsFile::Whole(&file),
                scheduler: None,
                labels: None,
                analytic: None,
                vdm: None,
            };
            let error = files.describe().expect_err("other channels");
            let said = error.to_string();
            assert_eq!(error.code(), "config-unsupported", "{said}");
            let both = said.contains(&format!("is {outputs},")) && said.contains(&inputs.to_string());
            assert!(both && said.contains(reason), "{said}");
        }
    }
}
