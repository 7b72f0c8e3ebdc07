//! What a sampler's step does to every element.

/// The factors of a step: the line that all samplers share,
/// `x_s = c_x0 * x0_hat + c_eps * eps_hat + c_xt * x_t + c_z * z`, and what x0_hat and eps_hat are made of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Update {
    /// What the network's output is multiplied by first.
    pub output_factor: f64,
    /// How much of the output for the class is taken: 1 is all, more leads away from the output for no class.
    pub guidance: Option<f64>,
    /// Factors of the state and of the output in x0_hat.
    pub x0_hat: [f64; 2],
    /// x0_hat is clipped to -bound..bound.
    pub bound: f64,
    /// What eps_hat is made of.
    pub eps_hat: EpsHat,
    /// c_x0, c_eps, c_xt and c_z.
    pub coeffs: [f64; 4],
    /// What the network is given of a state: every number times the first, and the second.
    pub input_map: [f64; 2],
}

/// What eps_hat is made of, with its factors.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum EpsHat {
    /// The state and the network's output.
    OfOutput([f64; 2]),
    /// The state and the clipped x0_hat.
    OfX0([f64; 2]),
}
