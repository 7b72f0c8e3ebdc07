//! The network as burn modules: diffusers' `UNet2DModel` of plain burn operations, on any of burn's devices, with or without
//! autodiff. Knows nothing of samplers.

#![forbid(unsafe_code)]

mod attention;
mod blocks;
pub mod device;
mod embedding;
pub mod load;
mod network;
mod norm;
mod pixels;
mod resample;
mod resnet;

pub use burn::tensor::Device;
use burn::tensor::{Tensor, TensorData};
use device::MOST_ELEMENTS_AT_ONCE;
pub use network::Network;

use crate::checkpoint::config::UNetConfig;
use crate::checkpoint::inputs::Inputs;
use crate::checkpoint::unet::{self, Compute};
use crate::checkpoint::weights::Weights;
use crate::error::Error;

/// The network as burn modules.
pub type UNet = unet::UNet<Network>;

/// The same while its weights arrive.
pub type ArrivingUNet<'a> = unet::Arriving<'a, Network>;

/// Weights of a network that is made when all of them are there: burn's modules have no gaps.
#[derive(Debug)]
pub struct NoLayers<'a> {
    weights: Weights<'a>,
    config: UNetConfig,
    device: Device,
}

impl unet::SomeLayers<Network> for NoLayers<'_> {
    fn go_on(&mut self, _: usize) -> Result<(), Error> {
        Ok(())
    }

    fn finish(mut self) -> Result<Network, Error> {
        Network::load(&mut self.weights, &self.config, &self.device)
    }
}

impl Compute for Network {
    type Device = Device;

    type Some<'a> = NoLayers<'a>;

    fn begin<'a>(weights: Weights<'a>, config: &UNetConfig, device: &Device) -> NoLayers<'a> {
        NoLayers { weights, config: config.clone(), device: device.clone() }
    }

    async fn output(&self, inputs: Inputs<'_>, device: &Device) -> Result<Vec<f32>, Error> {
        let (x, [batch, _, height, width]) = (inputs.with_class_channels().into_owned(), inputs.dims());
        let channels = x.len() / (batch * height * width);
        let x = Tensor::from_data(TensorData::new(x, [batch, channels, height, width]), device);
        // Only this way of reading does not block, which a browser's worker cannot.
        let read = self.forward(x, inputs.timesteps, inputs.classes).into_data_async().await;
        read.map_err(Error::device)?.try_into_vec::<f32>().map_err(Error::device)
    }

    /// On the CPU one image, so that none depends on its neighbours to the last bit.
    fn most_at_once(device: &Device) -> Option<u64> {
        device::is_gpu(device).then_some(MOST_ELEMENTS_AT_ONCE)
    }
}

impl UNet {
    /// Does nothing: burn compiles its kernels when they are first launched.
    ///
    /// # Errors
    /// None.
    pub fn rehearse(_: &UNetConfig, _: bool, _: &Device) -> Result<(), Error> {
        Ok(())
    }
}
