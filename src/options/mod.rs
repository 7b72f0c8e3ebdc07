//! The options of all that can be asked for: plain structs with their defaults, which the engine takes, and the one strict reader
//! that makes them from JSON. An unknown name, a value out of range, or an option that the chosen sampler does not have, is an error.

#![forbid(unsafe_code)]

mod blend;
mod clip;
mod diffuse;
mod edit;
mod images;
mod labels;
mod likelihood;
mod measure;
mod names;
mod noise;
mod object;
mod objective;
mod path;
mod plan;
mod potential;
mod predict;
mod range;
mod sample;
mod sampler;
mod single;
mod start;
mod train;
mod trajectory;

pub use blend::Blend;
pub use clip::Clip;
pub use diffuse::DiffuseNoise;
pub use edit::{Known, Method, Observed, Repaint};
pub use images::{seeds_fit, seeds_from_json};
pub use labels::labels_from_json;
pub use likelihood::{BoundOptions, LikelihoodOptions};
pub use measure::{EncodeOptions, EstimateOptions};
pub use names::{ENCODE_OPTIONS, ESTIMATE_OPTIONS, LIKELIHOOD_OPTIONS, PLAN_OPTIONS, SAMPLE_OPTIONS};
pub use noise::{rng_from_json, seed_from_json, shape_from_json};
pub use objective::{Objective, Weighting};
pub use path::{Path, required};
pub use plan::PlanOptions;
pub use potential::{Potential, Region, Wanted};
pub use predict::{check_timesteps, timesteps_from_json};
pub use sample::SampleOptions;
pub use sampler::SamplerOptions;
pub use start::{Between, Start};
pub use train::{TRAIN_OPTIONS, Target, TrainOptions};
pub use trajectory::TrajectoryOption;
