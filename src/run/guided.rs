//! A network as the denoiser of a run.

use super::conditioning::Conditioning;
use super::denoiser::Denoiser;
use super::network::Network;
use crate::checkpoint::class_mix::ClassMix;
use crate::error::Error;
#[cfg(feature = "webgpu")]
use crate::kernels::gpu::{Gpu, GpuState, Image};

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
        let (of_class, of_none) = both.split_at(both.len() / 2);
        let image_len = self.network.shape(1).len();
        let guided = |(class, none): (&f32, &f32)| f64::from(*none) + weight * (f64::from(*class) - f64::from(*none));
        let all = of_class.iter().zip(of_none).enumerate();
        // A predicted variance is that for the class (as in guided-diffusion and GLIDE).
        let is_variance = |i: usize| unet.config().learns_variance() && i / image_len % 2 == 1;
        Ok(all.map(|(i, pair)| if is_variance(i) { *pair.0 } else { guided(pair) as f32 }).collect())
    }
}
