//! Training: what is minimised, of which networks, on which data, one step of the optimiser per call. On the gradients of burn; all random
//! numbers are our own.

#![forbid(unsafe_code)]

mod batch;
mod beginning;
mod betas;
mod checks;
mod data;
mod ends;
mod files;
mod gamma;
mod learner;
mod memory;
mod mixed;
mod mlp;
mod monotone;
mod networks;
mod objective;
mod optimiser;
mod parameters;
mod random;
mod report;
mod schedule_parameters;
mod state;
mod target;
mod trainer;
mod variance;

pub use beginning::Base;
pub use data::Data;
pub use files::Folder;
pub use report::Report;
pub use trainer::Trainer;
