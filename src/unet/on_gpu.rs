//! Predictions for a state that stays on the GPU.

use super::UNet;
use crate::checkpoint::class_mix::ClassMix;
use crate::checkpoint::config::TimeEmbedding;
use crate::checkpoint::inputs::{check_timesteps, checked_classes};
use crate::error::Error;
use crate::kernels::Image;
use crate::kernels::gpu::{Gpu, GpuState};

impl UNet {
    /// The GPU that the network is on, where it computes a whole batch of these images at once: a run's state can stay.
    ///
    /// Features of the image, channels of its class, and a variance that is predicted, are computed on the CPU.
    pub fn gpu(&self, images: usize) -> Option<&Gpu> {
        let joins = self.config.fourier.is_some() || self.config.class_channels.is_some();
        let is_plain = !joins && !self.config.learns_variance();
        (is_plain && images <= self.images_at_once()).then_some(&self.device)
    }

    /// What the network takes of an image: every number times the first, and the second.
    pub fn input_map(&self) -> [f64; 2] {
        if self.config.center_input_sample { [2.0, -1.0] } else { [1.0, 0.0] }
    }

    /// [`predict_mixed`](Self::predict_mixed) of a state on the GPU, which the output does not leave; the images come as many
    /// times over as there are timesteps. Beside it, what the output has to be multiplied by. Nothing waits for the device.
    ///
    /// # Errors
    /// `InvalidOption` for `t` or `labels`.
    pub fn predict_on_gpu(
        &self,
        gpu: &Gpu,
        x: &GpuState,
        timestep: f64,
        batch: usize,
        classes: Option<&[ClassMix]>,
    ) -> Result<(Image, f64), Error> {
        let timesteps = vec![timestep; batch];
        check_timesteps(&self.config, &timesteps, batch)?;
        let classes = checked_classes(&self.config, classes, batch)?;
        let times = self.layers.time_rows(&timesteps, classes, &self.device);
        let x = x.input(gpu, batch, self.input_map().map(|factor| factor as f32));
        let factor = if self.config.time_embedding == TimeEmbedding::Fourier { 1.0 / timestep } else { 1.0 };
        Ok((self.layers.forward(&x, &times), factor))
    }
}
