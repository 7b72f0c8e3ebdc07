//! The scalars of diffusion, in f64: noise levels, schedules, lists of timesteps, kinds of prediction; activations and halves, one
//! number at a time.
//!
//! Nothing here knows of tensors, of randomness or of the browser. Elementary functions come from `libm`, so that
//! every target computes the same bits.

pub mod activation;
pub mod filter;
pub mod form;
pub mod forward;
pub mod fourier;
pub mod gamma;
pub mod gaussian;
pub mod half;
pub mod level;
pub mod optimal;
pub mod predict;
pub mod schedule;
pub mod slerp;
pub mod threshold;
pub mod time;
pub mod trajectory;
