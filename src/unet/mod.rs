//! The network on our own operations: diffusers' `UNet2DModel`. Knows nothing of samplers.

#![forbid(unsafe_code)]

mod attention;
mod blocks;
mod conv;
mod embedding;
mod layers;
mod linear;
mod loader;
mod norm;
#[cfg(feature = "webgpu")]
mod on_gpu;
mod resample;
mod resnet;
mod time_rows;

use layers::Layers;
use loader::Loader;

use crate::checkpoint::class_mix::ClassMix;
use crate::checkpoint::config::UNetConfig;
use crate::checkpoint::inputs::Inputs;
use crate::checkpoint::layout;
use crate::checkpoint::weights::Weights;
use crate::error::Error;
use crate::kernels::{Device, Image};

/// A network with its weights, on a device.
#[derive(Debug)]
pub struct UNet {
    config: UNetConfig,
    layers: Layers,
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
        let weights = Weights::open(weights, &slots)?;
        let layers = Layers::load(&mut Loader::new(weights, device), config)?;
        Ok(Self { config: config.clone(), layers, num_params: layout::num_params(&slots), device: device.clone() })
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
            let weights = Weights::blank(&layout::slots(config));
            let layers = Layers::load(&mut Loader::new(weights, device), config)?;
            let ([channels, height, width], classes) = (config.image_shape(), [ClassMix::one(0)]);
            let x = Image::upload(&vec![0.0; channels * height * width], [1, channels, height, width], device);
            // 1 is a timestep of every embedding that has more than one.
            let times = layers.time_rows(&[1.0], &classes, device);
            layers.forward(&x, &times);
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
        let inputs = Inputs::new(&self.config, x, timesteps, classes)?;
        let mut y = Vec::with_capacity(x.len() / self.config.in_channels * self.config.out_channels);
        for part in inputs.parts(self.images_at_once()) {
            y.extend(self.predict_at_once(part).await?);
        }
        inputs.finish(&mut y);
        Ok(y)
    }

    /// [`predict_mixed`](Self::predict_mixed) in one pass.
    async fn predict_at_once(&self, inputs: Inputs<'_>) -> Result<Vec<f32>, Error> {
        let x = Image::upload(&inputs.centered(), inputs.dims(), &self.device);
        let times = self.layers.time_rows(inputs.timesteps, inputs.classes, &self.device);
        self.layers.forward(&x, &times).download().await.map_err(Error::device)
    }

    /// As many as keep a layer's input within the device's bounds.
    fn images_at_once(&self) -> usize {
        let images = Device::MOST_ELEMENTS_AT_ONCE.map_or(1, |most| most / self.config.largest_input());
        usize::try_from(images).unwrap_or(usize::MAX).max(1)
    }
}
