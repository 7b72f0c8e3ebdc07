//! The stable codes, part of the public API.

use super::Error;

impl Error {
    /// The stable code, in kebab case.
    pub fn code(&self) -> String {
        match self {
            Self::InvalidOption { name, .. } | Self::MisplacedOption { name, .. } => {
                let option = name.split_once('.').map_or(*name, |(option, _)| option);
                format!("invalid-{}", kebab_from_camel(option))
            }
            other => other.fixed_code().to_owned(),
        }
    }

    fn fixed_code(&self) -> &'static str {
        match self {
            Self::UnknownOption { .. } => "unknown-option",
            Self::InvalidOption { .. } | Self::MisplacedOption { .. } => "invalid-option",
            Self::ConfigInvalid { .. } => "config-invalid",
            Self::ConfigUnsupported { .. } => "config-unsupported",
            Self::ConfigMismatch { .. } => "config-mismatch",
            Self::AnalyticTable { .. } => "invalid-mean-sq-eps",
            Self::TooLarge { .. } => "too-large",
            Self::OutOfMemory { .. } => "out-of-memory",
            Self::WeightsMagic { .. } => "weights-magic",
            Self::WeightsPickle { .. } => "weights-pickle",
            Self::WeightsForeign { .. } => "weights-foreign",
            Self::WeightsShard { cause, .. } => cause.fixed_code(),
            Self::WeightsDamaged { .. } => "weights-damaged",
            Self::WeightsHeader { .. } => "weights-header",
            Self::WeightsTruncated { .. } => "weights-truncated",
            Self::WeightsOverlong { .. } => "weights-overlong",
            Self::WeightsOffsets { .. } => "weights-offsets",
            Self::WeightsOverlap { .. } => "weights-overlap",
            Self::WeightsDtype { .. } => "weights-dtype",
            Self::WeightsNotFinite { .. } => "weights-not-finite",
            Self::TensorMissing { .. } => "tensor-missing",
            Self::TensorUnknown { .. } => "tensor-unknown",
            Self::TensorShape { .. } => "tensor-shape",
            Self::NotFinite { .. } => "not-finite",
            Self::DenoiserLength { .. } => "denoiser-length",
            Self::RunComplete { .. } => "run-complete",
            Self::RunIncomplete { .. } => "run-incomplete",
            Self::TrainingDiverged { .. } => "training-diverged",
            Self::Device { .. } => "device",
        }
    }
}

fn kebab_from_camel(name: &str) -> String {
    let mut kebab = String::with_capacity(name.len() + 2);
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            kebab.push('-');
        }
        kebab.push(c.to_ascii_lowercase());
    }
    kebab
}
