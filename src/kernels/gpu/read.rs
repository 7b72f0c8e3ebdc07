//! Reading numbers from the device.

use futures_channel::oneshot;

use super::buffer::Buffer;
use super::context::Gpu;
use super::image::Image;
use super::update::GpuState;

impl Gpu {
    /// The numbers of states, one after the other.
    ///
    /// # Errors
    /// What the device says where it fails.
    pub async fn read(&self, states: &[&GpuState]) -> Result<Vec<Vec<f32>>, String> {
        let buffers: Vec<&Buffer> = states.iter().map(|state| state.buffer()).collect();
        let words = self.read_buffers(&buffers).await?;
        let mut numbers = words.into_iter().map(f32::from_bits);
        let count = |buffer: &Buffer| buffer.bytes() as usize / size_of::<f32>();
        let parts = buffers.iter().map(|buffer| numbers.by_ref().take(count(buffer)).collect());
        Ok(parts.collect())
    }

    /// The words of buffers, one behind the other: what is recorded, their copies and one wait.
    ///
    /// # Errors
    /// What the device says where it fails.
    pub(super) async fn read_buffers(&self, buffers: &[&Buffer]) -> Result<Vec<u32>, String> {
        let bytes = buffers.iter().map(|buffer| buffer.bytes()).sum();
        let landing = self.landing(bytes);
        self.submit_and(|encoder| {
            let mut at = 0;
            for buffer in buffers {
                encoder.copy_buffer_to_buffer(buffer.raw(), 0, landing.raw(), at, buffer.bytes());
                at += buffer.bytes();
            }
        });
        let mapped = answer(self, |tell| landing.raw().map_async(wgpu::MapMode::Read, 0..bytes, tell)).await;
        let mapped = mapped.and_then(|mapped| mapped.map_err(|error| error.to_string()));
        let words = self.check().and(mapped).and_then(|()| {
            let view = landing.raw().get_mapped_range(0..bytes).map_err(|error| error.to_string())?;
            Ok(bytemuck::pod_collect_to_vec(&view))
        });
        // Also where it could not be mapped: wgpu maps no buffer again that was not unmapped.
        landing.raw().unmap();
        words
    }

    /// Hands over what is recorded, and waits until it is done.
    ///
    /// # Errors
    /// What the device says where it fails.
    pub async fn finish(&self) -> Result<(), String> {
        self.submit();
        let done = answer(self, |tell| self.queue().on_submitted_work_done(move || tell(()))).await;
        self.check().and(done)
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

/// What the device will call back with, which `ask` is given the callback for.
///
/// # Errors
/// Where the device fails or drops the callback.
async fn answer<T: Send + 'static>(gpu: &Gpu, ask: impl FnOnce(Box<dyn FnOnce(T) + Send>)) -> Result<T, String> {
    let (tell, told) = oneshot::channel();
    // Nobody listens any more where the work was given up.
    ask(Box::new(move |answer| drop(tell.send(answer))));
    gpu.poll()?;
    told.await.map_err(|_| "the device was asked and gave no answer".to_owned())
}
