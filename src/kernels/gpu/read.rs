//! Reading numbers from the device.

use super::context::Gpu;
use super::image::Image;
use super::update::GpuState;
use crate::kernels::answer::Answer;

impl Gpu {
    /// The numbers of states, one after the other: what is recorded, their copies and one wait.
    ///
    /// # Errors
    /// What the device says where it fails.
    pub async fn read(&self, states: &[&GpuState]) -> Result<Vec<Vec<f32>>, String> {
        let sizes: Vec<u64> = states.iter().map(|state| state.buffer().bytes()).collect();
        let bytes = sizes.iter().sum();
        let landing = self.landing(bytes);
        self.submit_and(|encoder| {
            let mut at = 0;
            for (state, bytes) in states.iter().zip(&sizes) {
                encoder.copy_buffer_to_buffer(state.buffer().raw(), 0, landing.raw(), at, *bytes);
                at += bytes;
            }
        });
        let mapped = Answer::new();
        let tell = mapped.teller();
        landing.raw().map_async(wgpu::MapMode::Read, 0..bytes, tell);
        let mapped = mapped.wait().await.map_err(|error| error.to_string());
        let numbers = self.check().and(mapped).and_then(|()| {
            let view = landing.raw().get_mapped_range(0..bytes).map_err(|error| error.to_string())?;
            Ok(bytemuck::pod_collect_to_vec::<u8, f32>(&view))
        });
        // Also where it could not be mapped: wgpu maps no buffer again that was not unmapped.
        landing.raw().unmap();
        let numbers = numbers?;
        let mut rest = numbers.as_slice();
        let parts = sizes.iter().map(|bytes| {
            let (part, after) = rest.split_at(*bytes as usize / size_of::<f32>());
            rest = after;
            part.to_vec()
        });
        Ok(parts.collect())
    }

    /// Hands over what is recorded, and waits until it is done.
    ///
    /// # Errors
    /// What the device says where it fails.
    pub async fn finish(&self) -> Result<(), String> {
        self.submit();
        let done = Answer::new();
        let tell = done.teller();
        self.queue().on_submitted_work_done(move || tell(()));
        done.wait().await;
        self.check()
    }
}

impl Image {
    /// The numbers channel by channel, as [`upload`](Self::upload) takes them.
    ///
    /// # Errors
    /// What the device says where it fails.
    pub async fn download(self) -> Result<Vec<f32>, String> {
        Ok(self.gpu().read(&[&GpuState::of_image(&self)]).await?.concat())
    }
}
