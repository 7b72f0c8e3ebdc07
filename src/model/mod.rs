//! A network before it is on a device: diffusers' configuration, the tensors of its file, its size, and what it can be asked. Knows
//! nothing of samplers.

#![forbid(unsafe_code)]

pub mod class_mix;
pub mod config;
mod config_json;
mod fields;
pub mod inputs;
pub mod known_answer;
pub mod layout;
pub mod memory;
mod safetensors;
mod size;
pub mod time_features;
pub mod weights;

pub use config::{ClassEmbedding, UNetConfig};
