//! Joins mathematics, samplers and network: options, noise, and a run that takes one step at a time.
//!
//! Everything here takes and gives plain values, so that the same code runs native, in the tests, and in the browser.

pub mod blend;
pub mod denoiser;
pub mod encode;
pub mod estimate;
mod labels;
pub mod likelihood;
pub mod mean_sq_eps;
pub mod measurement;
pub mod mt19937;
pub mod network;
pub mod noise;
pub mod options;
pub mod philox;
pub mod plan;
pub mod run;
pub mod scheduler;
mod scheduler_class;
pub mod shape;
pub mod torch_randn;
mod value;
