//! The network: diffusers' `UNet2DModel`. Knows nothing of samplers.

#![forbid(unsafe_code)]

mod attention;
mod blocks;
pub mod class_mix;
pub mod config;
mod config_json;
mod conv;
mod fields;
pub mod known_answer;
mod layout;
mod linear;
mod norm;
#[cfg(feature = "webgpu")]
mod on_gpu;
mod resample;
mod resnet;
mod safetensors;
mod size;
mod time_embed;
mod time_rows;
mod unet;
mod weights;

use class_mix::ClassMix;
use config::TimeEmbedding;
pub use config::{ClassEmbedding, UNetConfig};
use unet::Network;
use weights::Weights;

use crate::error::Error;
use crate::kernels::{Device, Image};

/// A network with its weights, on a device.
#[derive(Debug)]
pub struct UNet {
    config: UNetConfig,
    network: Network,
    num_params: usize,
    device: Device,
}

impl UNet {
    /// Read the weights of a network from a safetensors file, in f32, f16 or bf16; the network computes in f32.
    ///
    /// # Errors
    /// See the `Config…`, `Weights…` and `Tensor…` variants of [`Error`].
    pub fn load(config: &UNetConfig, weights: &[u8], device: &Device) -> Result<Self, Error> {
        let slots = layout::slots(config);
        let num_params = slots.iter().map(|(_, shape)| shape.iter().product::<usize>()).sum();
        let network = Network::load(&mut Weights::open(weights, &slots, device)?, config)?;
        Ok(Self { config: config.clone(), network, num_params, device: device.clone() })
    }

    /// Has a device that compiles its kernels compile what a network of `config` will take, while its weights are still on
    /// their way.
    ///
    /// - `halves`: whether they are stored as halves
    ///
    /// # Errors
    /// Those of [`load`](Self::load) that do not come from weights.
    pub fn rehearse(config: &UNetConfig, halves: bool, device: &Device) -> Result<(), Error> {
        config.check_size(0, false)?;
        device.rehearse(halves, || {
            let network = Network::load(&mut Weights::blank(&layout::slots(config), device), config)?;
            let ([channels, height, width], classes) = (config.image_shape(), [ClassMix::one(0)]);
            let x = Image::upload(&vec![0.0; channels * height * width], [1, channels, height, width], device);
            // 1 is a timestep of every embedding that has more than one.
            let times = network.time_rows(&[1.0], &classes, device);
            network.forward(&x, &times);
            Ok(())
        })
    }

    /// The network's shape.
    pub fn config(&self) -> &UNetConfig {
        &self.config
    }

    /// Number of parameters.
    pub fn num_params(&self) -> usize {
        self.num_params
    }

    /// The network's raw output, as many images as were given.
    ///
    /// - `x`: images of `in_channels` x height x width, one after the other
    /// - `timesteps`: one for each image
    /// - `labels`: one for each image, from 0 up to the number of classes, exclusive; none where the network takes none
    ///
    /// # Errors
    /// `InvalidOption` for `x`, `t` or `labels`; `Device` when the device fails.
    pub async fn predict(&self, x: &[f32], timesteps: &[f64], labels: Option<&[i64]>) -> Result<Vec<f32>, Error> {
        let classes: Option<Vec<ClassMix>> = labels.map(|labels| labels.iter().copied().map(ClassMix::one).collect());
        self.predict_mixed(x, timesteps, classes.as_deref()).await
    }

    /// The same for classes that may be mixed.
    ///
    /// # Errors
    /// Those of [`predict`](Self::predict).
    pub async fn predict_mixed(
        &self,
        x: &[f32],
        timesteps: &[f64],
        classes: Option<&[ClassMix]>,
    ) -> Result<Vec<f32>, Error> {
        let batch = self.check_batch(x)?;
        self.check_timesteps(timesteps, batch)?;
        let classes = self.check_classes(classes, batch)?;
        let mut y = Vec::with_capacity(x.len() / self.config.in_channels * self.config.out_channels);
        let image = x.len() / batch;
        let at_once = self.images_at_once();
        for first in (0..batch).step_by(at_once) {
            let images = first..(first + at_once).min(batch);
            let classes = if classes.is_empty() { classes } else { &classes[images.clone()] };
            y.extend(self.predict_at_once(&x[first * image..images.end * image], &timesteps[images], classes).await?);
        }
        if self.config.time_embedding == TimeEmbedding::Fourier {
            let image = y.len() / batch;
            y.iter_mut().enumerate().for_each(|(i, y)| *y /= timesteps[i / image] as f32);
        }
        Ok(y)
    }

    /// [`predict_mixed`](Self::predict_mixed) in one pass, with arguments that have been checked.
    async fn predict_at_once(&self, x: &[f32], timesteps: &[f64], classes: &[ClassMix]) -> Result<Vec<f32>, Error> {
        let [channels, height, width] = self.config.image_shape();
        let dims = [timesteps.len(), channels, height, width];
        let x = match self.config.center_input_sample {
            true => Image::upload(&x.iter().map(|x| 2.0 * x - 1.0).collect::<Vec<f32>>(), dims, &self.device),
            false => Image::upload(x, dims, &self.device),
        };
        let times = self.network.time_rows(timesteps, classes, &self.device);
        self.network.forward(&x, &times).download().await.map_err(Error::device)
    }

    /// As many as keep a layer's input within the device's bounds.
    fn images_at_once(&self) -> usize {
        let images = Device::MOST_ELEMENTS_AT_ONCE.map_or(1, |most| most / self.config.largest_input());
        usize::try_from(images).unwrap_or(usize::MAX).max(1)
    }

    /// How many images `x` holds.
    fn check_batch(&self, x: &[f32]) -> Result<usize, Error> {
        let [channels, height, width] = self.config.image_shape();
        let elements = channels * height * width;
        if x.is_empty() || !x.len().is_multiple_of(elements) {
            let allowed = format!("a multiple of {elements} numbers, {channels} x {height} x {width} for each image");
            return Err(Error::invalid("x", format!("{} numbers long", x.len()), allowed));
        }
        Ok(x.len() / elements)
    }

    fn check_timesteps(&self, timesteps: &[f64], batch: usize) -> Result<(), Error> {
        if timesteps.len() != batch {
            return Err(Error::invalid(
                "t",
                format!("{} timesteps", timesteps.len()),
                format!("one timestep for each image, {batch}"),
            ));
        }
        let (allowed, is_allowed): (String, &dyn Fn(f64) -> bool) = match self.config.time_embedding {
            TimeEmbedding::Positional => ("a finite number from 0 up".to_owned(), &|t| t >= 0.0 && t.is_finite()),
            TimeEmbedding::Fourier => ("a finite number above 0".to_owned(), &|t| t > 0.0 && t.is_finite()),
            TimeEmbedding::Learned { timesteps } => (format!("an integer from 0 to {}", timesteps - 1), &move |t| {
                t >= 0.0 && t < timesteps as f64 && t.fract() == 0.0
            }),
        };
        match timesteps.iter().find(|t| !is_allowed(**t)) {
            Some(t) => Err(Error::invalid("t", t, allowed)),
            None => Ok(()),
        }
    }

    /// The classes; none where the network takes none.
    fn check_classes<'a>(&self, classes: Option<&'a [ClassMix]>, batch: usize) -> Result<&'a [ClassMix], Error> {
        let most = match self.config.class_embedding {
            ClassEmbedding::None if classes.is_none_or(<[ClassMix]>::is_empty) => return Ok(&[]),
            ClassEmbedding::None => {
                return Err(Error::invalid("labels", "given", "none, for this model is unconditional"));
            }
            ClassEmbedding::Table(rows) => rows as i64 - 1,
            ClassEmbedding::Timestep => i64::from(i32::MAX),
        };
        let allowed = || format!("one label for each image, {batch}, each an integer from 0 to {most}");
        let classes = classes.ok_or_else(|| Error::invalid("labels", "absent", allowed()))?;
        if classes.len() != batch {
            return Err(Error::invalid("labels", format!("{} labels", classes.len()), allowed()));
        }
        let mut labels = classes.iter().flat_map(ClassMix::parts).map(|(label, _)| label);
        match labels.find(|label| !(0..=most).contains(*label)) {
            Some(label) => Err(Error::invalid("labels", label, allowed())),
            None => Ok(classes),
        }
    }
}
