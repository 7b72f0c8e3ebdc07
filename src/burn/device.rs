//! What holds for burn's devices, and opening one in a browser.

#[cfg(target_arch = "wasm32")]
pub use browser::open_webgpu;

/// Most elements of a tensor between two operations: 64 MB, half of what every WebGPU device binds as one buffer.
pub const MOST_ELEMENTS_AT_ONCE: u64 = 1 << 24;

#[cfg(target_arch = "wasm32")]
mod browser {
    use burn::tensor::Device;
    use burn_wgpu::graphics::AutoGraphicsApi;
    use burn_wgpu::{RuntimeOptions, WgpuDevice, try_init_setup_async};

    use crate::error::Error;

    /// Opens the browser's WebGPU for burn-wgpu. The adapter must have `timestamp-query`: without it CubeCL panics.
    ///
    /// # Errors
    /// `Device` where the browser gives none.
    pub async fn open_webgpu() -> Result<Device, Error> {
        let device = WgpuDevice::default();
        let setup = try_init_setup_async::<AutoGraphicsApi>(&device, RuntimeOptions::default()).await;
        setup.map_err(|error| Error::Device { cause: error.to_string() })?;
        Ok(Device::from(device))
    }
}
