//! The weights of a network on their way to its device.

use super::linear::Linear;
use super::time_rows::{TimeInput, TimeProjections, TimeRow};
use crate::checkpoint::config::UNetConfig;
use crate::checkpoint::weights::Weights;
use crate::checkpoint::{forms::Forms, layout};
use crate::error::Error;
use crate::kernels::Device;

/// Weights, the device that they go to, and the layers that the residual blocks leave to be computed together.
#[derive(Debug)]
pub struct Loader<'a> {
    /// The weights that no layer has taken yet.
    pub weights: Weights<'a>,
    device: Device,
    forms: Forms,
    projections: TimeProjections,
}

impl<'a> Loader<'a> {
    /// Loads the `weights` of a network of `config` to `device`.
    pub fn new(weights: Weights<'a>, config: &UNetConfig, device: &Device) -> Self {
        let forms = Forms::new(config, &layout::slots(config));
        Self { weights, device: device.clone(), forms, projections: TimeProjections::default() }
    }

    /// The forms in which the CPU holds the weights.
    pub fn forms(&self) -> &Forms {
        &self.forms
    }

    /// The device that the network is built on.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The elements of the tensor `name`.
    ///
    /// # Errors
    /// Those of [`Weights::take`].
    pub fn take(&mut self, name: &str) -> Result<Vec<f32>, Error> {
        self.weights.take(name)
    }

    /// Takes the layer `name`, an affine map of the time embedding, to the others, and tells where its rows will be.
    ///
    /// # Errors
    /// Those of [`take`](Self::take).
    pub fn time_row(&mut self, name: &str, width: usize, outputs: usize) -> Result<TimeRow, Error> {
        let layer = Linear::load(&mut self.weights, name, width, outputs)?;
        Ok(self.projections.push(layer, TimeInput::Activated))
    }

    /// The same, of the time embedding before the activation.
    ///
    /// # Errors
    /// Those of [`take`](Self::take).
    pub fn raw_time_row(&mut self, name: &str, width: usize, outputs: usize) -> Result<TimeRow, Error> {
        let layer = Linear::load(&mut self.weights, name, width, outputs)?;
        Ok(self.projections.push(layer, TimeInput::Raw))
    }

    /// All layers that map the time embedding.
    pub fn time_projections(&mut self) -> TimeProjections {
        std::mem::take(&mut self.projections)
    }
}
