//! Noised images, by the schedule that a network was trained on.

use super::begin::checked_state;
use super::network::Network;
use crate::checkpoint::{memory, value};
use crate::error::Error;
use crate::math::forward::diffused;
use crate::noise::NoiseSource;
use crate::options::{DiffuseNoise, check_timesteps};

/// For an element: its noise and the result.
const BYTES: u64 = 8;

impl Network {
    /// Samples of `q(x_t | x_0)`: see [`diffused`]. `x0` is NCHW; `t` has one timestep per image. Between two timesteps log SNR is interpolated.
    ///
    /// # Errors
    /// `invalid-x`, `invalid-t` or `invalid-noise`.
    pub fn diffuse(&self, x0: &[f32], t: &[f64], noise: DiffuseNoise) -> Result<Vec<f32>, Error> {
        let shape = self.shape_of_images(x0)?;
        value::each("x", x0, f32::is_finite, "finite numbers")?;
        check_timesteps(t, shape.batch, self.last_timestep())?;
        memory::ensure("the noised images", BYTES * shape.len() as u64)?;
        let eps = match noise {
            DiffuseNoise::Given(noise) => checked_state("noise", noise, shape)?,
            DiffuseNoise::Drawn { rng, seed } => NoiseSource::new(rng, seed).initial(shape),
        };

        let images = x0.chunks_exact(shape.image_len()).zip(eps.chunks_exact(shape.image_len()));
        let mut x_t = Vec::with_capacity(shape.len());
        for ((x0, eps), t) in images.zip(t) {
            x_t.extend_from_slice(&diffused(x0, eps, self.scheduler().schedule.level_at(*t)));
        }
        Ok(x_t)
    }
}
