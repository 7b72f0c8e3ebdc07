//! A network with its weights, whatever computes it.

use super::class_mix::ClassMix;
use super::config::UNetConfig;
use super::inputs::Inputs;
use super::layout::{self, Slot};
use super::weights::Weights;
use super::weights_file::WeightsFile;
use crate::error::Error;

/// The layers of a network with their weights, on a device.
pub trait Compute: Sized {
    /// Where they are.
    type Device: Clone;

    /// Some of the layers, whose weights were there, and the weights of the others.
    type Some<'a>: SomeLayers<Self>;

    /// None of the layers of `config` yet, and these weights.
    fn begin<'a>(weights: Weights<'a>, config: &UNetConfig, device: &Self::Device) -> Self::Some<'a>;

    /// The layers of `config` with these weights.
    ///
    /// # Errors
    /// Those of [`Weights::take`].
    fn with_weights(weights: Weights<'_>, config: &UNetConfig, device: &Self::Device) -> Result<Self, Error> {
        Self::begin(weights, config, device).finish()
    }

    /// The output for these images, in one pass.
    ///
    /// # Errors
    /// `Device` when the device fails.
    fn output(&self, inputs: Inputs<'_>, device: &Self::Device) -> impl Future<Output = Result<Vec<f32>, Error>>;

    /// Elements of a layer's input that are best computed at once; none: one image at a time.
    fn most_at_once(device: &Self::Device) -> Option<u64>;
}

/// Layers that are made while their weights arrive.
pub trait SomeLayers<All> {
    /// Makes those whose weights are there, and gives the weights back: the first `arrived` bytes of the file have come.
    ///
    /// # Errors
    /// Those of [`Weights::take`].
    fn go_on(&mut self, arrived: usize) -> Result<(), Error>;

    /// All of them; the whole file has come.
    ///
    /// # Errors
    /// Those of [`Weights::take`].
    fn finish(self) -> Result<All, Error>;
}

/// A network whose weights are arriving.
#[derive(Debug)]
pub struct Arriving<'a, C: Compute> {
    config: UNetConfig,
    layers: C::Some<'a>,
    device: C::Device,
    num_params: usize,
}

impl<'a, C: Compute> Arriving<'a, C> {
    /// A network whose tensors the file names, however many of them are there.
    ///
    /// # Errors
    /// Those of [`UNet::load`] but for `WeightsNotFinite`.
    #[inline(never)]
    pub fn begin(config: &UNetConfig, weights: WeightsFile<'a>, device: &C::Device) -> Result<Self, Error> {
        let slots = layout::slots(config);
        Ok(Self::with(config, Weights::of_network(weights, config, &slots)?, device, &slots))
    }

    #[inline(never)]
    fn with(config: &UNetConfig, weights: Weights<'a>, device: &C::Device, slots: &[Slot]) -> Self {
        let layers = C::begin(weights, config, device);
        Self { config: config.clone(), layers, device: device.clone(), num_params: layout::num_params(slots) }
    }

    /// Makes the layers whose weights are among the first `arrived` bytes of the file.
    ///
    /// # Errors
    /// `WeightsNotFinite`.
    pub fn go_on(&mut self, arrived: usize) -> Result<(), Error> {
        self.layers.go_on(arrived)
    }

    /// The network; the whole file has come.
    ///
    /// # Errors
    /// `WeightsNotFinite`.
    #[inline(never)]
    pub fn finish(self) -> Result<UNet<C>, Error> {
        let Self { config, layers, device, num_params } = self;
        Ok(UNet { config, layers: layers.finish()?, device, num_params })
    }
}

/// A network with its weights, on a device.
#[derive(Debug)]
pub struct UNet<C: Compute> {
    pub(crate) config: UNetConfig,
    pub(crate) layers: C,
    pub(crate) device: C::Device,
    num_params: usize,
}

impl<C: Compute> UNet<C> {
    /// Read the weights of a network from a file of safetensors or of PyTorch; the network computes in f32.
    ///
    /// # Errors
    /// See the `Config…`, `Weights…` and `Tensor…` variants of [`Error`].
    pub fn load<'a>(
        config: &UNetConfig,
        weights: impl Into<WeightsFile<'a>>,
        device: &C::Device,
    ) -> Result<Self, Error> {
        Arriving::begin(config, weights.into(), device)?.finish()
    }

    /// A network of `config` whose weights are all 0: it takes the time of any other.
    ///
    /// # Errors
    /// Those of [`load`](Self::load) that do not come from weights.
    pub fn blank(config: &UNetConfig, device: &C::Device) -> Result<Self, Error> {
        let slots = layout::slots(config);
        Arriving::with(config, Weights::blank(&slots), device, &slots).finish()
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
    /// - `x`: images of channels x height x width, one after the other
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
        let mut y = Vec::with_capacity(x.len() / self.config.image_channels() * self.config.out_channels);
        for part in inputs.parts(self.images_at_once()) {
            y.extend(self.layers.output(part, &self.device).await?);
        }
        Ok(y)
    }

    /// As many as keep a layer's input within the device's bounds.
    pub(crate) fn images_at_once(&self) -> usize {
        let images = C::most_at_once(&self.device).map_or(1, |most| most / self.config.largest_input());
        usize::try_from(images).unwrap_or(usize::MAX).max(1)
    }
}
