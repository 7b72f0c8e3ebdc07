//! Opening a device.

use std::fmt;

use super::context::Gpu;

/// Why no device could be opened.
#[derive(Debug)]
pub struct OpenError(String);

impl Gpu {
    /// Opens the fastest adapter that the browser has; in a native build with `native-gpu`, that the machine has.
    ///
    /// # Errors
    /// What the browser or the machine says where it has none.
    pub async fn open() -> Result<Self, OpenError> {
        let adapter = Self::adapter().await?;
        let is_hardware = adapter.get_info().device_type != wgpu::DeviceType::Cpu;
        Self::open_on(&adapter, is_hardware).await
    }

    /// That adapter.
    ///
    /// # Errors
    /// Those of [`open`](Self::open).
    pub async fn adapter() -> Result<wgpu::Adapter, OpenError> {
        let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
        descriptor.backends = wgpu::Backends::PRIMARY;
        let options = wgpu::RequestAdapterOptions {
            power_preference: wgpu::PowerPreference::HighPerformance,
            ..wgpu::RequestAdapterOptions::default()
        };
        wgpu::Instance::new(descriptor).request_adapter(&options).await.map_err(open_error)
    }

    /// A device of an adapter. `is_hardware`: whether it has many cores that few workgroups would leave idle; a GPU that is computed by the
    /// CPU has two or eight, and its barriers are slow.
    ///
    /// # Errors
    /// What the adapter says where it gives none.
    pub async fn open_on(adapter: &wgpu::Adapter, is_hardware: bool) -> Result<Self, OpenError> {
        let required_features = adapter.features() & wgpu::Features::SHADER_F16;
        let required_limits = limits(adapter);
        let descriptor = wgpu::DeviceDescriptor { required_features, required_limits, ..Default::default() };
        let (device, queue) = adapter.request_device(&descriptor).await.map_err(open_error)?;
        Ok(Self::of(device, queue, !required_features.is_empty(), is_hardware))
    }
}

/// The limits that every device has; of the sizes of buffers, for larger networks, what this one has.
fn limits(adapter: &wgpu::Adapter) -> wgpu::Limits {
    let offered = adapter.limits();
    wgpu::Limits {
        max_buffer_size: offered.max_buffer_size,
        max_storage_buffer_binding_size: offered.max_storage_buffer_binding_size,
        ..wgpu::Limits::default()
    }
}

fn open_error(error: impl fmt::Display) -> OpenError {
    OpenError(error.to_string())
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for OpenError {}
