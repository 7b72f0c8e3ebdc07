//! The network on our own operations: diffusers' `UNet2DModel`. Knows nothing of samplers.

#![forbid(unsafe_code)]

mod attention;
mod blocks;
mod conv;
pub mod device;
mod embedding;
mod layers;
mod linear;
mod loader;
mod norm;
#[cfg(feature = "webgpu")]
mod on_gpu;
mod path;
mod resample;
mod resnet;
mod some_layers;
mod time_rows;

use layers::Layers;
use loader::Loader;
use some_layers::SomeLayers;

use crate::checkpoint::class_mix::ClassMix;
use crate::checkpoint::config::UNetConfig;
use crate::checkpoint::inputs::Inputs;
use crate::checkpoint::layout;
use crate::checkpoint::unet::{self, Compute};
use crate::checkpoint::weights::Weights;
use crate::error::Error;
pub use crate::kernels::Device;
use crate::kernels::Image;

/// The network on our own operations.
pub type UNet = unet::UNet<Layers>;

/// The same while its weights arrive.
pub type ArrivingUNet<'a> = unet::Arriving<'a, Layers>;

impl Compute for Layers {
    type Device = Device;

    type Some<'a> = SomeLayers<'a>;

    fn begin<'a>(weights: Weights<'a>, config: &UNetConfig, device: &Device) -> SomeLayers<'a> {
        SomeLayers::new(Loader::new(weights, config, device), config)
    }

    async fn output(&self, inputs: Inputs<'_>, device: &Device) -> Result<Vec<f32>, Error> {
        let x = Image::upload(&inputs.as_taken(), inputs.dims(), device);
        let times = self.time_rows(inputs.timesteps, inputs.classes, device);
        let mut y = self.forward(&x, &times).download().await.map_err(Error::device)?;
        inputs.finish(&mut y);
        Ok(y)
    }

    fn most_at_once(_: &Device) -> Option<u64> {
        Device::MOST_ELEMENTS_AT_ONCE
    }
}

impl UNet {
    /// Has a device that compiles its kernels compile what a network of `config` will take, while its weights are still on
    /// their way.
    ///
    /// - `halves`: whether they are stored as halves
    ///
    /// # Errors
    /// Those of `load` that do not come from weights.
    pub fn rehearse(config: &UNetConfig, halves: bool, device: &Device) -> Result<(), Error> {
        device.rehearse(halves, || {
            let layers = Layers::with_weights(Weights::blank(&layout::slots(config)), config, device)?;
            let ([channels, height, width], classes) = (config.image_shape(), [ClassMix::one(0)]);
            let x = Image::upload(&vec![0.0; channels * height * width], [1, channels, height, width], device);
            // 1 is a timestep of every embedding that has more than one.
            let times = layers.time_rows(&[1.0], &classes, device);
            layers.forward(&x, &times);
            Ok(())
        })
    }
}
