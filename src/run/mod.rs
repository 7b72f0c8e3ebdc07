//! A run: its plan, and the reverse process one step at a time; and the loaded network that answers it.
//!
//! Everything here takes and gives plain values, so that the same code runs native, in the tests, and in the browser.

#![forbid(unsafe_code)]

mod begin;
mod conditioning;
mod denoiser;
mod diffuse;
mod edit;
mod guided;
#[cfg(feature = "webgpu")]
mod last_on_gpu;
mod line;
mod network;
mod next;
#[cfg(feature = "webgpu")]
mod on_gpu;
mod plan;
mod potential;
mod reverse;
mod shown;

pub use conditioning::Conditioning;
pub use denoiser::{Denoiser, Predicted};
pub use guided::Guided;
pub use network::{Arriving, Device, Network, UNet, device, self_test};
pub use plan::{Plan, PlannedStep};
pub use potential::Asked;
pub use reverse::{Run, Step};
pub use shown::{Images, Shown, pixel};
