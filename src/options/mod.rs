//! The options of a plan and of a run, read strictly: an unknown name, a value out of range, or an option that the
//! chosen sampler does not have, is an error.

#![forbid(unsafe_code)]

mod blend;
mod clip;
mod diffuse;
mod images;
mod labels;
mod names;
mod noise;
mod plan;
mod sample;
mod sampler;
mod trajectory;

pub use blend::Blend;
pub use clip::Clip;
pub use diffuse::DiffuseNoise;
pub use images::{seeds_fit, seeds_from_json};
pub use labels::labels_from_json;
pub use names::{PLAN_OPTIONS, SAMPLE_OPTIONS, known_options};
pub use noise::{rng_from_json, seed_from_json, shape_from_json};
pub use plan::PlanOptions;
pub use sample::SampleOptions;
pub use trajectory::Path;
