//! Reading numbers from the device.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use super::context::Gpu;
use super::image::Image;
use super::update::GpuState;

/// What another thread, or a later turn of this one, will say.
struct Answer<T>(Arc<Mutex<(Option<T>, Option<Waker>)>>);

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
        self.check()?;
        mapped?;

        let view = landing.raw().get_mapped_range(0..bytes).map_err(|error| error.to_string())?;
        let numbers: Vec<f32> = bytemuck::pod_collect_to_vec(&view);
        drop(view);
        landing.raw().unmap();
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

impl<T> Answer<T> {
    fn new() -> Self {
        Self(Arc::default())
    }

    /// What gives the answer.
    fn teller(&self) -> impl FnOnce(T) + use<T> {
        let place = Arc::clone(&self.0);
        move |answer| {
            let mut place = opened(&place);
            place.0 = Some(answer);
            if let Some(waker) = place.1.take() {
                waker.wake();
            }
        }
    }

    async fn wait(&self) -> T {
        poll_fn(|context| {
            let mut place = opened(&self.0);
            match place.0.take() {
                Some(answer) => Poll::Ready(answer),
                None => {
                    place.1 = Some(context.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await
    }
}

/// What a lock guards. Where a thread panicked with it, the answer that it may have left is as good as any.
fn opened<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}
