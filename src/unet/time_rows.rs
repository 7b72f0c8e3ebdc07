//! What the residual blocks take of the time embedding: one affine map of it each. All are computed before the first
//! block, so that they go to the device together.

use super::linear::Linear;
use crate::checkpoint::config::Activation;
use crate::kernels::{Device, Image};

/// The maps of all residual blocks.
#[derive(Debug, Default)]
pub struct TimeProjections(Vec<(Linear, TimeInput)>);

/// What a map takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeInput {
    /// The embedding after the activation.
    Activated,
    /// The embedding as it is.
    Raw,
}

/// Which of the maps is a block's own.
#[derive(Debug, Clone, Copy)]
pub struct TimeRow(usize);

/// What the maps made of the embedding: for each, `[batch, 1, 1, outputs]`.
#[derive(Debug)]
pub struct TimeRows(Vec<Image>);

impl TimeProjections {
    /// Takes in another one.
    pub fn push(&mut self, layer: Linear, input: TimeInput) -> TimeRow {
        self.0.push((layer, input));
        TimeRow(self.0.len() - 1)
    }

    /// Applies all of them.
    ///
    /// # Shapes
    /// - emb: `[batch, time_embedding_dim]`
    pub fn forward(&self, emb: &[f32], activation: Activation, batch: usize, device: &Device) -> TimeRows {
        let activated: Vec<f32> = emb.iter().map(|x| activation.of(*x)).collect();
        let row = |(layer, input): &(Linear, TimeInput)| match input {
            TimeInput::Activated => layer.forward(&activated),
            TimeInput::Raw => layer.forward(emb),
        };
        let rows: Vec<_> = self.0.iter().map(row).collect();
        TimeRows(Image::of_rows(&rows, batch, device))
    }
}

impl TimeRows {
    /// A block's own.
    pub fn of(&self, row: TimeRow) -> &Image {
        &self.0[row.0]
    }
}
