//! What takes many calls of a network and gives one result: encoding, the bound, Analytic-DPM's table.

#![forbid(unsafe_code)]

mod encode;
pub mod estimate;
mod images;
pub mod likelihood;
mod measurement;

pub use encode::Encoding;
pub use measurement::{Finding, Measurement};
