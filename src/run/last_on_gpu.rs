//! What a run's last step left on a GPU, and what is read of it.

use super::shown::Images;
use crate::error::Error;
use crate::kernels::gpu::{Gpu, GpuState, Updated};

/// What a run's last step computed, where it is on a GPU.
#[derive(Debug, Clone)]
pub(super) struct OnGpu {
    pub(super) gpu: Gpu,
    pub(super) updated: Updated,
    /// The state that the next step starts from.
    pub(super) next: GpuState,
}

impl OnGpu {
    pub(super) async fn images(&self) -> Result<Images<f32>, Error> {
        let Updated { x0_hat, x_s } = &self.updated;
        let numbers = self.gpu.read(&[x0_hat, x_s]).await.map_err(Error::device)?;
        let [x0_hat, x_s] = <[Vec<f32>; 2]>::try_from(numbers).expect("as many states are given as were asked for");
        Ok(Images { x0_hat, x_s })
    }

    /// `None` where the state may hold what is not finite: its numbers tell.
    pub(super) async fn pixels(&self) -> Result<Option<Images<u8>>, Error> {
        let pixels = self.updated.pixels(&self.gpu).await.map_err(Error::device)?;
        Ok(pixels.map(|[x0_hat, x_s]| Images { x0_hat, x_s }))
    }
}
