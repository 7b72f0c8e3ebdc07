//! Opening the device of a module, and what it is.

use crate::error::Error;
use crate::run::Device;

/// The module's own, whatever is asked for.
#[cfg(feature = "kernels")]
pub async fn open(_: &str) -> Result<Device, Error> {
    Device::open().await.map_err(|error| Error::Device { cause: error.to_string() })
}

/// Burn's device of that name: "cpu" or "webgpu".
#[cfg(not(feature = "kernels"))]
pub async fn open(name: &str) -> Result<Device, Error> {
    if name == "webgpu" { crate::burn::open_webgpu().await } else { Ok(Device::flex()) }
}

/// The device in words.
pub fn description(device: &Device) -> &'static str {
    #[cfg(feature = "kernels")]
    return {
        let _ = device;
        Device::description()
    };
    #[cfg(not(feature = "kernels"))]
    if is_gpu(device) { "WebGPU" } else { "WebAssembly SIMD128" }
}

/// Whether numbers are computed outside of the module's memory.
pub fn is_gpu(device: &Device) -> bool {
    #[cfg(feature = "kernels")]
    return {
        let _ = device;
        cfg!(feature = "webgpu")
    };
    #[cfg(not(feature = "kernels"))]
    return *device != Device::flex();
}
