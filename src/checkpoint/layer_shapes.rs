//! The shapes of a network's layers, which follow from its configuration.

use super::config::{Mid, TimeShift, UNetConfig};
use super::level::{Level, LevelKind};

/// Groups of the attention of skip blocks, and most groups of their residual blocks.
const SKIP_GROUPS: usize = 32;

/// Channels of a group of K blocks' normalisations.
const K_GROUP: usize = 32;

/// What a residual block does to the resolution, between its first activation and its first convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inside {
    /// Nothing.
    Same,
    /// Halves both sides, by means of four pixels.
    Halve,
    /// Doubles both sides, by repeating pixels.
    Double,
    /// Halves both sides, by the filter of [`Edge`](crate::math::filter::Edge).
    HalveFiltered,
    /// Doubles both sides, by the same filter.
    DoubleFiltered,
}

/// The shape of a residual block.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ResnetShape {
    /// Channels of the input and of the output.
    pub channels: [usize; 2],
    /// Groups of the first and of the second normalisation.
    pub groups: [usize; 2],
    /// What it does to the resolution.
    pub inside: Inside,
    /// How it takes in the time embedding.
    pub time_shift: TimeShift,
    /// Divides the output.
    pub scale_factor: f64,
}

impl ResnetShape {
    /// Whether the input passes through a convolution before it is added.
    pub fn has_shortcut(&self) -> bool {
        self.channels[0] != self.channels[1] || matches!(self.inside, Inside::HalveFiltered | Inside::DoubleFiltered)
    }

    /// Whether that convolution adds a bias.
    pub fn shortcut_has_bias(&self) -> bool {
        self.time_shift != TimeShift::Adaptive
    }

    /// Numbers that each image's time embedding is mapped to for the second normalisation.
    pub fn projected(&self) -> usize {
        self.channels[1] * if self.time_shift == TimeShift::Add { 1 } else { 2 }
    }
}

impl UNetConfig {
    /// Groups of the normalisation of a level's attention, and what divides its output.
    pub fn attention_shape(&self, level: Level) -> (usize, f64) {
        let groups = if level.kind == LevelKind::Skip { SKIP_GROUPS } else { self.norm_num_groups };
        (groups, level.scale_factor())
    }

    /// A layer of the encoder; level 0 has the highest resolution.
    pub fn down_resnet(&self, level: usize, layer: usize) -> ResnetShape {
        let outputs = self.channels[level];
        let inputs = if layer == 0 { self.channels[level.saturating_sub(1)] } else { outputs };
        self.resnet(self.down[level], [inputs, outputs])
    }

    /// Layers of a decoder's level; level 0 has the lowest resolution.
    pub fn up_layers(&self, level: usize) -> usize {
        self.layers_per_block + usize::from(self.up[level].kind != LevelKind::K)
    }

    /// Attentions of an encoder's level.
    pub fn down_attentions(&self, level: usize) -> usize {
        if self.down[level].attention { self.layers_per_block } else { 0 }
    }

    /// Attentions of a decoder's level. They follow its last layers.
    pub fn up_attentions(&self, level: usize) -> usize {
        match self.up[level] {
            Level { attention: false, .. } => 0,
            Level { kind: LevelKind::Skip, .. } => 1,
            _ => self.up_layers(level),
        }
    }

    /// A layer of the decoder, the skips among its inputs.
    pub fn up_resnet(&self, level: usize, layer: usize) -> ResnetShape {
        let at = |level: usize| self.channels[(self.channels.len() - 1).saturating_sub(level)];
        let (outputs, above, kind) = (at(level), at(level + 1), self.up[level]);
        let last = layer + 1 == self.up_layers(level);
        if kind.kind == LevelKind::K {
            let inputs = if layer == 0 { 2 * outputs } else { outputs };
            let shape = self.resnet(kind, [inputs, outputs]);
            return ResnetShape { channels: [inputs, if last { above } else { outputs }], ..shape };
        }
        let below = if layer == 0 { at(level.saturating_sub(1)) } else { outputs };
        // The last skip comes from the level above, which it was an input of.
        let skip = if last { above } else { outputs };
        let shape = self.resnet(kind, [below + skip, outputs]);
        match kind.attention && kind.kind == LevelKind::Skip {
            // A slip of diffusers, which trained networks have: it divides one of two terms.
            true => ResnetShape { groups: [SKIP_GROUPS.min(below + skip / 4), shape.groups[1]], ..shape },
            false => shape,
        }
    }

    /// Channels that a level of the decoder ends with.
    pub fn up_outputs(&self, level: usize) -> usize {
        self.up_resnet(level, self.up_layers(level) - 1).channels[1]
    }

    /// The layers of the lowest level.
    pub fn mid_resnet(&self, mid: Mid) -> ResnetShape {
        let level = Level { attention: mid.attention, kind: LevelKind::Conv };
        let lowest = self.channels[self.channels.len() - 1];
        ResnetShape { scale_factor: mid.scale_factor, ..self.resnet(level, [lowest; 2]) }
    }

    /// The residual block that ends a level of so many channels, and halves or doubles.
    pub fn resampling_resnet(&self, level: Level, channels: usize, inside: Inside) -> ResnetShape {
        ResnetShape { inside, ..self.resnet(level, [channels; 2]) }
    }

    /// A residual block of a level, with the groups of its kind.
    fn resnet(&self, level: Level, channels: [usize; 2]) -> ResnetShape {
        let groups = |channels: usize| match level.kind {
            LevelKind::Conv | LevelKind::Resnet => self.norm_num_groups,
            LevelKind::Skip => SKIP_GROUPS.min(channels / 4),
            LevelKind::K => channels / K_GROUP,
        };
        ResnetShape {
            channels,
            groups: channels.map(groups),
            inside: Inside::Same,
            time_shift: if level.kind == LevelKind::K { TimeShift::Adaptive } else { self.time_shift },
            scale_factor: level.scale_factor(),
        }
    }
}
