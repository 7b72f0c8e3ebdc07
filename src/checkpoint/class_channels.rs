//! Class channels: a vector for each class, which the network takes behind the image's channels, the same in every pixel. So diffusers' course
//! conditions a `UNet2DModel`: by an embedding beside it.

use super::class_mix::ClassMix;
use super::tensor::StoredTensor;
use crate::error::Error;

/// What the embedding is called.
pub const TABLE: &str = "class_emb.weight";

/// The vectors.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassChannels {
    /// Numbers of a vector, and channels beside the image's.
    pub width: usize,
    /// One row for each class.
    table: Vec<f32>,
}

impl ClassChannels {
    /// Those that stand among the tensors of a file.
    ///
    /// - `width`: numbers of a vector that the network asks for, to be named where the table is none
    ///
    /// # Errors
    /// `TensorShape` for a table that is none; `WeightsNotFinite`.
    pub fn of(tensors: Vec<StoredTensor<'_>>, width: usize) -> Result<Option<Self>, Error> {
        let Some(tensor) = tensors.into_iter().find(|tensor| is_table(&tensor.name)) else {
            return Ok(None);
        };
        match tensor.shape[..] {
            [classes, found] if classes > 0 && found > 0 => Ok(Some(Self { width: found, table: tensor.to_f32()? })),
            _ => {
                let rows = tensor.shape.first().map_or(1, |rows| (*rows).max(1));
                Err(Error::TensorShape { tensor: tensor.name, found: tensor.shape, expected: vec![rows, width] })
            }
        }
    }

    /// The count of classes.
    pub fn classes(&self) -> usize {
        self.table.len() / self.width
    }

    /// Images with the channels of their classes behind them.
    ///
    /// - `pixels`: those of an image
    pub fn join(&self, x: &[f32], pixels: usize, classes: &[ClassMix]) -> Vec<f32> {
        let vectors = ClassMix::rows(&self.table, self.width, classes);
        let mut joined = Vec::with_capacity(x.len() + pixels * vectors.len());
        for (image, vector) in x.chunks_exact(x.len() / classes.len()).zip(vectors.chunks_exact(self.width)) {
            joined.extend_from_slice(image);
            for number in vector {
                joined.resize(joined.len() + pixels, *number);
            }
        }
        joined
    }
}

/// Whether a tensor is the table, whatever stands before its name.
pub fn is_table(name: &str) -> bool {
    name.strip_suffix(TABLE).is_some_and(|before| before.is_empty() || before.ends_with('.'))
}
