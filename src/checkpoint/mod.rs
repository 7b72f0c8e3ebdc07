//! A checkpoint before it is on a device: diffusers' configuration of the network and of its scheduler, the tensors of its file, its
//! classes, its size, and what it can be asked.

#![forbid(unsafe_code)]

pub mod class_channels;
pub mod class_mix;
pub mod config;
mod config_check;
mod config_json;
mod fields;
mod files;
mod folder;
pub mod forms;
pub mod inputs;
pub mod known_answer;
mod labels;
pub mod layer_shapes;
pub mod layout;
pub mod level;
mod mean_sq_eps;
pub mod memory;
mod names;
pub mod safetensors;
mod scheduler;
mod scheduler_class;
mod size;
pub mod tensor;
pub mod time_features;
mod torch_file;
pub mod unet;
pub(crate) mod value;
mod vdm;
pub mod weights;
pub mod weights_file;
pub mod written;

pub use config::{ClassEmbedding, UNetConfig};
pub use files::{Description, Files, Warning};
pub use folder::Folder;
pub use labels::Labels;
pub use mean_sq_eps::MeanSqEps;
pub use scheduler::Scheduler;
pub use vdm::Vdm;
