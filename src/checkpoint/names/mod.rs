//! Tensors under the names that diffusers gives them today, whichever program has saved them.

mod diffusers;
mod foreign;
mod guided;
mod ho;
mod named;

pub use named::Named;

use super::class_channels;
use super::config::UNetConfig;
use super::tensor::StoredTensor;
use crate::error::Error;

/// What programs put before all names of a network.
const PREFIXES: [&str; 9] =
    ["module.", "_orig_mod.", "ema_model.", "model.", "unet.", "net.", "network.", "denoise_fn.", "diffusion_model."];

/// The tensors of a network of this configuration by today's names.
///
/// # Errors
/// `WeightsForeign` for a network that no `UNet2DModel` computes; `TensorUnknown`.
pub fn present<'a>(mut tensors: Vec<StoredTensor<'a>>, config: &UNetConfig) -> Result<Named<'a>, Error> {
    if config.class_channels.is_some()
        && let Some(place) = tensors.iter().position(|tensor| class_channels::is_table(&tensor.name))
    {
        // It stands beside the network, whose names may have something before them.
        let table = tensors.swap_remove(place);
        let mut named = of_network(tensors, config)?;
        named.insert(class_channels::TABLE.to_owned(), table);
        return Ok(named);
    }
    of_network(tensors, config)
}

fn of_network<'a>(tensors: Vec<StoredTensor<'a>>, config: &UNetConfig) -> Result<Named<'a>, Error> {
    foreign::refuse(tensors.iter().map(|tensor| tensor.name.as_str()))?;
    let prefix = prefix_of(&tensors);
    let tensors: Vec<_> = tensors.into_iter().map(|tensor| (tensor.name[prefix..].to_owned(), tensor)).collect();
    let has = |start: &str| tensors.iter().any(|(name, _)| name.starts_with(start));
    if has("down.0.block.0.") {
        ho::present(tensors)
    } else if has("input_blocks.0.0.") {
        guided::present(tensors, config)
    } else {
        diffusers::present(tensors)
    }
}

/// Tensors whose names are today's or older ones of diffusers, with nothing before them.
///
/// # Errors
/// `TensorUnknown` for one whose place another has.
pub fn as_they_are(tensors: Vec<StoredTensor>) -> Result<Named, Error> {
    diffusers::present(tensors.into_iter().map(|tensor| (tensor.name.clone(), tensor)).collect())
}

/// Length of what stands before every name.
fn prefix_of(tensors: &[StoredTensor]) -> usize {
    let mut length = 0;
    let is_common = |prefix: &&&str, length: usize| {
        !tensors.is_empty() && tensors.iter().all(|tensor| tensor.name[length..].starts_with(**prefix))
    };
    while let Some(prefix) = PREFIXES.iter().find(|prefix| is_common(prefix, length)) {
        length += prefix.len();
    }
    length
}
