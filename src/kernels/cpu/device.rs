//! Where the operations run.

/// The device of networks on the CPU. There is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Device {
    /// The CPU.
    Cpu,
}

impl Device {
    /// Elements of a layer's input that are best computed at once; none: one image at a time. That is as fast here, in less
    /// memory, and no image depends on its neighbours to the last bit.
    pub const MOST_ELEMENTS_AT_ONCE: Option<u64> = None;

    /// Whether numbers are computed outside of the module's memory.
    pub const IS_GPU: bool = false;

    /// Opens the device.
    ///
    /// # Errors
    /// None: the CPU is there.
    pub async fn open() -> Result<Self, std::convert::Infallible> {
        Ok(Self::Cpu)
    }

    /// The device in words.
    pub const fn description() -> &'static str {
        if cfg!(target_feature = "relaxed-simd") {
            "WebAssembly SIMD128, fused multiply-add"
        } else {
            "WebAssembly SIMD128"
        }
    }

    /// Does nothing: on the CPU nothing has to be compiled before it is launched.
    ///
    /// # Errors
    /// None.
    pub fn rehearse<E>(&self, _halves: bool, _work: impl FnOnce() -> Result<(), E>) -> Result<(), E> {
        Ok(())
    }
}
