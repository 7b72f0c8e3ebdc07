//! Where a run's noise comes from: a seed, PyTorch's stream, or a place between seeds.

#![forbid(unsafe_code)]

mod blend;
mod mt19937;
pub mod philox;
mod seeded;
mod shape;
mod source;
pub mod torch_randn;

pub use blend::Position;
pub use seeded::{First, Rng};
pub use shape::{MOST_ELEMENTS, MOST_IMAGES, Shape};
pub use source::NoiseSource;
