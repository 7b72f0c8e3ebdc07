//! Where the operations run.

#[cfg(feature = "webgpu")]
use super::gpu::Gpu;

/// A device that a network is built on. Clones are the same device.
#[derive(Debug, Clone, PartialEq)]
pub enum Device {
    /// The CPU.
    #[cfg(feature = "cpu")]
    Cpu,
    /// A GPU, through WebGPU.
    #[cfg(feature = "webgpu")]
    Gpu(Gpu),
}

impl Device {
    /// Whether this is the CPU.
    pub fn is_cpu(&self) -> bool {
        match self {
            #[cfg(feature = "cpu")]
            Self::Cpu => true,
            #[cfg(feature = "webgpu")]
            Self::Gpu(_) => false,
        }
    }
}
