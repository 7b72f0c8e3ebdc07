//! The device of a module with our own operations, by the names that burn's devices have too (`burn/device.rs`).

use super::Device;
use crate::error::Error;

/// The module's own device, whatever is asked for.
///
/// # Errors
/// `Device` where it cannot be opened.
pub async fn open(_: &str) -> Result<Device, Error> {
    Device::open().await.map_err(|error| Error::Device { cause: error.to_string() })
}

/// The device in words.
pub fn description(_: &Device) -> &'static str {
    Device::description()
}

/// Whether numbers are computed outside of the module's memory.
pub fn is_gpu(_: &Device) -> bool {
    Device::IS_GPU
}
