//! The network as burn modules: diffusers' `UNet2DModel` of plain burn operations, on any of burn's devices, with or without
//! autodiff. Knows nothing of samplers.

#![forbid(unsafe_code)]

mod attention;
mod blocks;
mod device;
mod embedding;
mod load;
mod network;
mod norm;
mod pixels;
mod resample;
mod resnet;

pub use burn::tensor::Device;
use burn::tensor::{Tensor, TensorData};
use device::MOST_ELEMENTS_AT_ONCE;
#[cfg(target_arch = "wasm32")]
pub use device::open_webgpu;
pub use network::Network;

use crate::checkpoint::class_mix::ClassMix;
use crate::checkpoint::config::UNetConfig;
use crate::checkpoint::inputs::Inputs;
use crate::checkpoint::layout;
use crate::checkpoint::weights::Weights;
use crate::error::Error;

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
        let network = Network::load(&mut Weights::open(weights, &slots)?, config, device)?;
        Ok(Self { config: config.clone(), network, num_params: layout::num_params(&slots), device: device.clone() })
    }

    /// Does nothing: burn compiles its kernels when they are first launched.
    ///
    /// # Errors
    /// None.
    pub fn rehearse(_: &UNetConfig, _: bool, _: &Device) -> Result<(), Error> {
        Ok(())
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
            let x = Tensor::from_data(TensorData::new(part.x.to_vec(), part.dims()), &self.device);
            // Only this way of reading does not block, which a browser's worker cannot.
            let read = self.network.forward(x, part.timesteps, part.classes).into_data_async().await;
            let numbers = read.map_err(Error::device)?.try_into_vec::<f32>();
            y.extend(numbers.map_err(Error::device)?);
        }
        Ok(y)
    }

    /// On the CPU one, so that no image depends on its neighbours to the last bit. On a GPU as many as keep a layer's input within
    /// bounds.
    fn images_at_once(&self) -> usize {
        if self.device == Device::flex() {
            return 1;
        }
        usize::try_from(MOST_ELEMENTS_AT_ONCE / self.config.largest_input()).unwrap_or(usize::MAX).max(1)
    }
}
