//! Burn's devices in a module, by the names that our own operations' device has too (`unet/device.rs`).

use burn::tensor::Device;

#[cfg(target_arch = "wasm32")]
pub use browser::open;

/// Most elements of a tensor between two operations on a GPU: 64 MB, half of what every WebGPU device binds as one buffer.
pub const MOST_ELEMENTS_AT_ONCE: u64 = 1 << 24;

/// The device in words.
pub fn description(device: &Device) -> &'static str {
    if is_gpu(device) { "WebGPU" } else { "WebAssembly SIMD128" }
}

/// Whether numbers are computed outside of the module's memory.
pub fn is_gpu(device: &Device) -> bool {
    device.clone().inner() != Device::flex()
}

#[cfg(target_arch = "wasm32")]
mod browser {
    use burn::tensor::Device;
    use burn_wgpu::graphics::AutoGraphicsApi;
    use burn_wgpu::{RuntimeOptions, WgpuDevice, try_init_setup_async};

    use crate::error::Error;

    /// Burn's device of that name: "webgpu", the browser's through burn-wgpu, or else the CPU's, burn-flex. The adapter must have
    /// `timestamp-query`: without it CubeCL panics.
    ///
    /// # Errors
    /// `Device` where the browser gives none.
    pub async fn open(name: &str) -> Result<Device, Error> {
        if name != "webgpu" {
            return Ok(Device::flex());
        }
        let device = WgpuDevice::default();
        let setup = try_init_setup_async::<AutoGraphicsApi>(&device, RuntimeOptions::default()).await;
        setup.map_err(|error| Error::Device { cause: error.to_string() })?;
        Ok(Device::from(device))
    }
}
