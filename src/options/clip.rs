//! The option `clip`.

use serde_json::{Map, Value};

use crate::checkpoint::value;
use crate::error::Error;

/// What happens to a predicted image that leaves the range of the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clip {
    /// Nothing (ermongroup/ddim; VDM).
    None,
    /// `x0_hat` is clamped, the network's noise kept (diffusers' default; Analytic-DPM).
    X0,
    /// `x0_hat` is clamped and the noise derived from it anew (improved-diffusion; `use_clipped_model_output`).
    X0Eps,
}

const NAMES: [(&str, Clip); 3] = [("none", Clip::None), ("x0", Clip::X0), ("x0-eps", Clip::X0Eps)];

/// Reads `clip`.
pub(super) fn read(options: &Map<String, Value>) -> Result<Option<Clip>, Error> {
    options.get("clip").map(|clip| value::choice("clip", clip, &NAMES)).transpose()
}
