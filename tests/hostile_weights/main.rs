//! Damaged and hostile weights: each fault has its own error, and none panics.

mod file;
mod header;
mod offsets;
mod tensors;
