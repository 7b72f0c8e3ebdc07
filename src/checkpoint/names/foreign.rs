//! Networks that share the name of a diffusion model, but are none of diffusers' `UNet2DModel`.

use crate::error::Error;

/// Parts of names that stand in no other network; whose it is; what is different.
const NETWORKS: [(&[&str], &str, &str); 3] = [
    (
        &["init_conv.weight", "time_mlp.1.weight", "final_conv.weight"],
        "lucidrains' denoising-diffusion-pytorch",
        "it begins with a convolution of 7 x 7 pixels, halves the resolution by moving pixels into channels, normalises after each convolution and has linear attention; a UNet2DModel has none of these",
    ),
    (
        &["first_stage_model.", "model.diffusion_model."],
        "a latent diffusion model",
        "its network denoises the code of an autoencoder, not pixels",
    ),
    (
        &["all_modules.0.", "all_modules.1.", "all_modules.2."],
        "score_sde (Song et al. 2021)",
        "its modules have numbers for names, and which they are stands in its program alone",
    ),
];

/// Refuses a network that is known to be another one.
///
/// # Errors
/// `WeightsForeign`.
pub fn refuse<'n>(names: impl Iterator<Item = &'n str> + Clone) -> Result<(), Error> {
    for (parts, whose, difference) in NETWORKS {
        if parts.iter().all(|part| names.clone().any(|name| name.contains(part))) {
            return Err(Error::WeightsForeign { whose, difference });
        }
    }
    Ok(())
}
