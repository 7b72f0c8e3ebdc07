//! What the residual blocks take of the time embedding: one affine map of it each. All are computed before the first
//! block, so that they go to the device together.

use super::linear::Linear;
use crate::kernels::{Device, Image};

/// The maps of all residual blocks.
#[derive(Debug, Default)]
pub struct TimeProjections(Vec<Linear>);

/// Which of the maps is a block's own.
#[derive(Debug, Clone, Copy)]
pub struct TimeRow(usize);

/// What the maps made of the embedding: for each, `[batch, 1, 1, outputs]`.
#[derive(Debug)]
pub struct TimeRows(Vec<Image>);

impl TimeProjections {
    /// Takes in another one.
    pub fn push(&mut self, layer: Linear) -> TimeRow {
        self.0.push(layer);
        TimeRow(self.0.len() - 1)
    }

    /// Applies all of them.
    ///
    /// # Shapes
    /// - emb: `[batch, time_embedding_dim]`, after the activation
    pub fn forward(&self, emb: &[f32], batch: usize, device: &Device) -> TimeRows {
        let rows: Vec<_> = self.0.iter().map(|layer| layer.forward(emb)).collect();
        TimeRows(Image::of_rows(&rows, batch, device))
    }
}

impl TimeRows {
    /// A block's own.
    pub fn of(&self, row: TimeRow) -> &Image {
        &self.0[row.0]
    }
}
