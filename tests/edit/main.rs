//! Runs of q(x) r(x): from a picture, with pixels that are given, with what was observed, and with a potential.

mod data;
mod mixture;
mod observed;
mod potential;
mod runs;
