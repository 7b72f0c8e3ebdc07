//! What the reader can do about an error.

use super::{Error, LFS_POINTER};

impl Error {
    /// What the reader can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::ConfigInvalid { .. } | Self::ConfigUnsupported { .. } => Some(
                "Use the file that diffusers' save_pretrained writes for a UNet2DModel and a DDPM or DDIM scheduler.",
            ),
            Self::ConfigMismatch { .. } => Some("Load config.json and the weights from the same folder."),
            Self::AnalyticTable { .. } => Some(
                "Use the file that was measured for this model, or measure it again with `Model.estimateAnalytic`.",
            ),
            Self::WeightsMagic { found } if found == LFS_POINTER => Some(
                "The file itself is in Git LFS: run `git lfs pull`; on the hub, use the address with /resolve/ instead of /raw/.",
            ),
            Self::OutOfMemory { .. } => {
                Some("Dispose of models that are no longer needed, or use fewer or smaller images at once.")
            }
            Self::WeightsMagic { .. } => Some("Use a .safetensors file, or one that torch.save has written."),
            Self::WeightsPickle { .. } => {
                Some("In Python, save the tensors alone: torch.save(model.state_dict(), \"weights.pt\").")
            }
            Self::WeightsShard { cause, .. } => cause.hint(),
            Self::WeightsDamaged { .. } => Some("Load the file again, or save it again with torch.save."),
            Self::WeightsTruncated { .. } => Some("The download may have been interrupted: load the file again."),
            Self::WeightsHeader { .. }
            | Self::WeightsOverlong { .. }
            | Self::WeightsOffsets { .. }
            | Self::WeightsOverlap { .. } => {
                Some("The file is damaged or was not written by safetensors: save it again.")
            }
            Self::WeightsDtype { .. } => Some("Save the weights as float32, float16, bfloat16 or float64."),
            Self::WeightsNotFinite { .. } => {
                Some("The training may have diverged, or f16 overflowed: save as float32.")
            }
            Self::TensorMissing { .. } | Self::TensorUnknown { .. } | Self::TensorShape { .. } => {
                Some("Save config.json and the weights together with diffusers' save_pretrained.")
            }
            Self::NotFinite { .. } => Some("Try another sampler, more steps, or clip \"x0\"."),
            Self::TrainingDiverged { .. } => Some("Begin again with a lower learning rate."),
            Self::Device { .. } => Some("Use the back end \"cpu\", which runs everywhere."),
            _ => None,
        }
    }
}
