//! A loaded model: the U-Net, its scheduler's configuration and its labels.

use super::conditioning::Conditioning;
use super::plan::Plan;
use super::reverse::Run;
// The network that a module has: on our own operations, or else on burn's.
#[cfg(not(feature = "kernels"))]
pub use crate::burn::{ArrivingUNet, Device, UNet, device};
use crate::checkpoint::inputs::check_trajectory;
use crate::checkpoint::known_answer::KnownAnswer;
use crate::checkpoint::weights_file::WeightsFile;
use crate::checkpoint::{Description, Files, MeanSqEps, Scheduler, value};
use crate::error::Error;
use crate::noise::{MOST_ELEMENTS, MOST_IMAGES, Shape};
use crate::options::{PlanOptions, SampleOptions, check_timesteps};
#[cfg(feature = "kernels")]
pub use crate::unet::{ArrivingUNet, Device, UNet, device};

/// A model that answers.
#[derive(Debug)]
pub struct Network {
    pub(super) unet: UNet,
    description: Description,
}

/// Asks the network of the known answer on `device`: the relative L2 error of its output, below 1e-5 where all is well.
///
/// # Errors
/// `Device` when the device fails.
pub async fn self_test(device: &Device) -> Result<f64, Error> {
    let known = KnownAnswer::new();
    let unet = UNet::load(&known.config, &known.weights, device)?;
    let y = unet.predict(&known.x, &[known.timestep], Some(&[known.label])).await?;
    Ok(known.error_of(&y))
}

/// A model whose weights are arriving.
#[derive(Debug)]
pub struct Arriving<'a> {
    unet: ArrivingUNet<'a>,
    description: Description,
}

impl<'a> Arriving<'a> {
    /// A model of this [`description`](Files::describe), whose tensors can be told already: see [`can_be_told`](crate::checkpoint::weights::can_be_told).
    ///
    /// # Errors
    /// Every code that begins with `weights-` or `tensor-`.
    pub fn begin(description: Description, weights: WeightsFile<'a>, device: &Device) -> Result<Self, Error> {
        let unet = ArrivingUNet::begin(&description.config, weights, device)?;
        Ok(Self { unet, description })
    }

    /// Makes the layers whose weights are among the first `arrived` bytes of the file.
    ///
    /// # Errors
    /// `weights-not-finite`.
    pub fn go_on(&mut self, arrived: usize) -> Result<(), Error> {
        self.unet.go_on(arrived)
    }

    /// The model; the whole file has come.
    ///
    /// # Errors
    /// `weights-not-finite`.
    pub fn finish(self) -> Result<Network, Error> {
        Ok(Network { unet: self.unet.finish()?, description: self.description })
    }
}

impl Network {
    /// Reads a model.
    ///
    /// # Errors
    /// Every code that begins with `config-`, `weights-` or `tensor-`.
    pub fn load(files: Files<'_>, device: &Device) -> Result<Self, Error> {
        Arriving::begin(files.describe()?, files.weights, device)?.finish()
    }

    /// What its files said, and what was measured of it since.
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// The count of its weights.
    pub fn num_params(&self) -> usize {
        self.unet.num_params()
    }

    /// The memory in bytes that it takes on the CPU.
    pub fn bytes_on_cpu(&self) -> u64 {
        self.unet.config().bytes_on_cpu()
    }

    /// The scheduler.
    pub fn scheduler(&self) -> &Scheduler {
        &self.description.scheduler
    }

    /// The network's raw output. `x` is NCHW; `t` has one timestep per image; `labels` are as in a run.
    ///
    /// # Errors
    /// `invalid-x`, `invalid-t` or `invalid-labels`.
    pub async fn predict(&self, x: &[f32], t: &[f64], labels: Option<&[u64]>) -> Result<Vec<f32>, Error> {
        let batch = self.shape_of_images(x)?.batch;
        value::each("x", x, f32::is_finite, "finite numbers")?;
        let labels = self.description.labels.of_images(labels, batch)?;
        check_timesteps(t, batch, self.last_timestep())?;
        self.unet.predict(x, t, labels.as_deref()).await
    }

    /// The last training timestep, the noisiest.
    pub fn last_timestep(&self) -> usize {
        self.scheduler().schedule.num_train_timesteps() - 1
    }

    /// The steps of a run, without running it.
    ///
    /// # Errors
    /// `invalid-` and the option's name.
    pub fn plan(&self, options: &PlanOptions) -> Result<Plan, Error> {
        let plan = Plan::new(options, self.scheduler(), self.description.mean_sq_eps.as_ref())?;
        check_trajectory(self.unet.config(), plan.steps.iter().map(|step| step.t))?;
        Ok(plan)
    }

    /// A run of this network, which [`Guided`](super::Guided) then asks, and the state it begins with where one is given.
    ///
    /// # Errors
    /// `invalid-` and the option's name.
    pub fn run(&self, options: &SampleOptions, noise: Option<Vec<f32>>) -> Result<(Run, Conditioning), Error> {
        options.check()?;
        let shape = self.shape(options.images());
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

        let conditioning = self.conditioning(options)?;
        Ok((Run::new(options, self.plan(&options.plan)?, shape, noise)?, conditioning))
    }

    /// What a run adds to its steps. Only `batch`, `seeds`, `labels`, `guidance` and `blend` count.
    ///
    /// # Errors
    /// `invalid-` and the option's name.
    pub fn conditioning(&self, options: &SampleOptions) -> Result<Conditioning, Error> {
        options.check()?;
        Conditioning::new(&self.description.labels, options)
    }

    /// What a measurement of these images runs on: their shape, and their classes as a run would take them.
    ///
    /// # Errors
    /// `invalid-x` or `invalid-labels`.
    pub fn conditioned(&self, x: &[f32], labels: Option<&[u64]>) -> Result<(Shape, Conditioning), Error> {
        let shape = self.shape_of_images(x)?;
        Ok((shape, Conditioning::unguided(&self.description.labels, labels, shape.batch)?))
    }

    /// Takes up what Analytic-DPM measured of this network.
    pub fn set_mean_sq_eps(&mut self, table: MeanSqEps) {
        self.description.mean_sq_eps = Some(table);
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

    /// The shape of so many of its images.
    pub fn shape(&self, batch: usize) -> Shape {
        let [channels, height, width] = self.unet.config().image_shape();
        Shape { batch, channels, height, width }
    }
}
