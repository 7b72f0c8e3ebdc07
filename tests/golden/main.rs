//! The crate against diffusers, by the golden files beside this one: `README.md` says what they are and gives the reason of every tolerance.

mod batches;
mod coeffs;
mod compare;
mod edits;
mod files;
mod forward;
mod known_answer;
mod likelihood;
mod measured;
mod originals;
mod pipelines;
mod randn;
mod random_weights;
mod repaint;
mod runs_closed_form;
mod runs_unet;
mod schedules;
mod shapes;
mod signatures;
mod steps;
mod torch_files;
mod trajectories;
mod unet_bundled;
mod unet_variants;
mod vdm;
