//! Data whose best denoiser is known: what the samplers must give is arithmetic, and needs no network.

mod clipping;
mod data;
mod end_moments;
mod papers;
mod sampled;
mod table7;
mod trajectory;
