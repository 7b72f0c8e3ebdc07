//! Group normalisation with the activation that follows it, by its name in the weights.

use super::loader::Loader;
use crate::checkpoint::config::Activation;
use crate::error::Error;
use crate::kernels::{GroupNorm, GroupNormShape};

/// The normalisation `name` of `channels`, a multiple of `groups`, and the activation that follows it.
pub fn load(
    weights: &mut Loader,
    name: &str,
    [channels, groups]: [usize; 2],
    eps: f64,
    activation: Option<Activation>,
) -> Result<GroupNorm, Error> {
    let gamma = weights.take(&format!("{name}.weight"))?;
    let beta = weights.take(&format!("{name}.bias"))?;
    let shape = GroupNormShape { channels, groups, eps, activation };
    Ok(GroupNorm::new(shape, gamma, beta, weights.device()))
}

/// A normalisation of `channels`, a multiple of `groups`, that has no weights.
pub fn plain(weights: &Loader, [channels, groups]: [usize; 2], eps: f64) -> GroupNorm {
    let shape = GroupNormShape { channels, groups, eps, activation: None };
    GroupNorm::new(shape, vec![1.0; channels], vec![0.0; channels], weights.device())
}
