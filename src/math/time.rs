//! Where in the forward process: a type of its own, so that no arithmetic mixes it with other integers.

use std::fmt;

/// A training timestep as diffusers counts them: from 0 (diffused once) to `num_train_timesteps - 1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestep(pub usize);

impl Timestep {
    /// The number that the network is given.
    pub fn as_f64(self) -> f64 {
        // A timestep is below `schedule::LONGEST`, far inside of f64's integers.
        self.0 as f64
    }
}

impl fmt::Display for Timestep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
