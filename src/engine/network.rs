//! A loaded model: the U-Net, its scheduler's configuration and its labels.

use serde_json::{Map, Value, json};

use super::denoiser::Denoiser;
use super::labels::Labels;
use super::mean_sq_eps::MeanSqEps;
use super::options::{Blend, PlanOptions, SampleOptions};
use super::plan::Plan;
use super::run::Run;
use super::scheduler::Scheduler;
use super::shape::{MOST_IMAGES, Shape};
use super::value;
// The network that a module has: on our own operations, or else on burn's.
#[cfg(not(feature = "kernels"))]
pub use crate::burn::{Device, UNet};
use crate::error::Error;
#[cfg(feature = "kernels")]
pub use crate::kernels::Device;
#[cfg(feature = "webgpu")]
use crate::kernels::gpu::{Gpu, GpuState, Image};
use crate::model::class_mix::ClassMix;
use crate::model::config::UNetConfig;
use crate::model::known_answer::KnownAnswer;
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

const SCHEDULER_MISSING: &str = "the model has no scheduler_config.json, so diffusers' defaults are taken: 1000 timesteps, linear betas from 0.0001 to 0.02, a network that predicts the noise; if it was trained otherwise, its pictures are wrong";

/// A model that answers.
#[derive(Debug)]
pub struct Network {
    unet: UNet,
    scheduler: Scheduler,
    labels: Labels,
    /// Whether a scheduler's configuration came with it.
    scheduled: bool,
}

/// What a run of a network adds to its steps: the images' classes, and how strongly to follow them.
#[derive(Debug, Clone, PartialEq)]
pub struct Conditioning {
    /// One mix per image, mostly of one class; `None` for a network without classes.
    classes: Option<Vec<ClassMix>>,
    /// The label that means "no class", and the weight, where guidance is on.
    guidance: Option<(i64, f64)>,
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

    /// The public description: `shape` [C, H, W], `parameters`, `scheduler`, `hasAnalytic`, `warnings`, and where there are any
    /// `labels`, `classes` and `noClass`.
    pub fn info(&self) -> Value {
        let shape = self.shape(1);
        let mut info = json!({
            "shape": [shape.channels, shape.height, shape.width],
            "parameters": self.unet.num_params(),
            "scheduler": self.scheduler.config,
            "hasAnalytic": self.scheduler.mean_sq_eps.is_some(),
            "warnings": self.warnings(),
        });
        self.labels.describe(&mut info);
        info
    }

    /// What was taken for granted when the model was read, each with a `code` and a `message`.
    fn warnings(&self) -> Vec<Value> {
        let mut warnings = Vec::new();
        if !self.scheduled {
            warnings.push(json!({ "code": "scheduler-missing", "message": SCHEDULER_MISSING }));
        }
        if let Some(class) = self.scheduler.foreign {
            let message = format!(
                "the model's scheduler is {class}: its betas and its kind of prediction are taken, but not its sampler, which is one of unnoise's own"
            );
            warnings.push(json!({ "code": "scheduler-class", "message": message }));
        }
        warnings
    }

    /// The network's raw output. `x` is NCHW; `t` is one timestep, or one per image; `labels` as in a run.
    ///
    /// # Errors
    /// `invalid-x`, `invalid-t` or `invalid-labels`.
    pub async fn predict(&self, x: &[f32], t: &Value, labels: Option<&Value>) -> Result<Vec<f32>, Error> {
        let batch = self.shape_of_images(x)?.batch;
        value::each("x", x, f32::is_finite, "finite numbers")?;
        let labels = labels.map(super::options::labels_from_json).transpose()?;
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

    /// A run of this network, which [`Guided`] then asks, and the state it begins with where one is given.
    ///
    /// # Errors
    /// `unknown-option`, or `invalid-` and the option's name.
    pub fn run(&self, options: &Map<String, Value>, noise: Option<Vec<f32>>) -> Result<(Run, Conditioning), Error> {
        let options = SampleOptions::from_json(options, &self.scheduler)?;
        let shape = self.shape(options.batch.unwrap_or(1));
        if shape.len() > super::shape::MOST_ELEMENTS {
            let most = super::shape::MOST_ELEMENTS / shape.image_len();
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

        let conditioning = Conditioning {
            classes: self.classes(&options, shape.batch)?,
            guidance: self.labels.guidance(options.guidance)?,
        };
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
        let classes = self.classes(&options, batch)?;
        Ok(Conditioning {
            classes: classes.map(|classes| classes[images].to_vec()),
            guidance: self.labels.guidance(options.guidance)?,
        })
    }

    /// What a measurement of these images runs on: their shape, and their classes as a run would take them.
    ///
    /// # Errors
    /// `invalid-x` or `invalid-labels`.
    pub fn conditioned(&self, x: &[f32], labels: Option<&[u64]>) -> Result<(Shape, Conditioning), Error> {
        let shape = self.shape_of_images(x)?;
        let labels = self.labels.of_images(labels, shape.batch)?;
        Ok((shape, Conditioning { classes: labels.map(unmixed), guidance: None }))
    }

    /// Takes up what Analytic-DPM measured of this network.
    pub fn set_mean_sq_eps(&mut self, table: MeanSqEps) {
        self.scheduler.mean_sq_eps = Some(table);
    }

    fn classes(&self, options: &SampleOptions, batch: usize) -> Result<Option<Vec<ClassMix>>, Error> {
        match &options.blend {
            Some(Blend { labels: Some(corners), at, .. }) => self.labels.of_corners(corners, at).map(Some),
            _ => Ok(self.labels.of_images(options.labels.as_deref(), batch)?.map(unmixed)),
        }
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

    fn shape(&self, batch: usize) -> Shape {
        let config = self.unet.config();
        let [height, width] = config.sample_size;
        Shape { batch, channels: config.in_channels, height, width }
    }

    fn timesteps(&self, t: &Value, batch: usize) -> Result<Vec<f64>, Error> {
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

fn unmixed(labels: Vec<i64>) -> Vec<ClassMix> {
    labels.into_iter().map(ClassMix::one).collect()
}

/// A network together with a run's conditioning.
#[derive(Debug, Clone, Copy)]
pub struct Guided<'a> {
    /// The network.
    pub network: &'a Network,
    /// The run's classes and guidance.
    pub conditioning: &'a Conditioning,
}

#[cfg(feature = "webgpu")]
impl Guided<'_> {
    /// The GPU on which a state of so many images can stay while they are sampled.
    pub fn gpu(&self, batch: usize) -> Option<&Gpu> {
        let passes = if self.conditioning.guidance.is_some() { 2 } else { 1 };
        self.network.unet.gpu(passes * batch)
    }

    /// [`UNet::input_map`].
    pub fn input_map(&self) -> [f64; 2] {
        self.network.unet.input_map()
    }

    /// [`predict`](Denoiser::predict) of a state on the GPU: with guidance the output for the classes and behind it that for no
    /// class, what both have to be multiplied by, and the weight. See [`UNet::predict_on_gpu`].
    ///
    /// # Errors
    /// Those of the network.
    pub fn predict_on_gpu(&self, gpu: &Gpu, x_t: &GpuState, t: f64) -> Result<(Image, f64, Option<f64>), Error> {
        let [batch, ..] = x_t.dims();
        let unet = &self.network.unet;
        let classes = self.conditioning.classes.as_deref();
        let (Some((no_class, weight)), Some(classes)) = (self.conditioning.guidance, classes) else {
            let (output, factor) = unet.predict_on_gpu(gpu, x_t, t, batch, classes)?;
            return Ok((output, factor, None));
        };
        let doubled = [classes, &vec![ClassMix::one(no_class); batch]].concat();
        let (output, factor) = unet.predict_on_gpu(gpu, x_t, t, 2 * batch, Some(&doubled))?;
        Ok((output, factor, Some(weight)))
    }
}

impl Denoiser for Guided<'_> {
    /// With guidance, one pass over twice the batch, then `none + weight * (class - none)`
    /// (Ho & Salimans 2022, eq. 6, with the weight counted as diffusers counts it: 1 is off).
    async fn predict(&self, x_t: &[f32], t: f64) -> Result<Vec<f32>, Error> {
        let unet = &self.network.unet;
        let batch = x_t.len() / self.network.shape(1).len();
        let classes = self.conditioning.classes.as_deref();
        let (Some((no_class, weight)), Some(classes)) = (self.conditioning.guidance, classes) else {
            return unet.predict_mixed(x_t, &vec![t; batch], classes).await;
        };

        let doubled = [classes, &vec![ClassMix::one(no_class); batch]].concat();
        let both = unet.predict_mixed(&[x_t, x_t].concat(), &vec![t; 2 * batch], Some(&doubled)).await?;
        let (of_class, of_none) = both.split_at(x_t.len());
        let guided = |(class, none): (&f32, &f32)| f64::from(*none) + weight * (f64::from(*class) - f64::from(*none));
        Ok(of_class.iter().zip(of_none).map(|pair| guided(pair) as f32).collect())
    }
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
