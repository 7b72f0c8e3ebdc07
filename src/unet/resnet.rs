//! The residual block.

use super::conv::Conv;
use super::loader::Loader;
use super::norm;
use super::time_rows::{TimeRow, TimeRows};
use crate::checkpoint::config::{Activation, TimeShift, UNetConfig};
use crate::error::Error;
use crate::kernels::{Added, GroupNorm, Image, Source, concatenated, doubled, halved};

/// What a residual block does to the resolution, between its first activation and its first convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inside {
    /// Nothing.
    Same,
    /// Halves both sides, by means of four pixels.
    Halve,
    /// Doubles both sides, by repeating pixels.
    Double,
}

/// norm, act, conv, time, norm, act, conv, and the input added to it.
#[derive(Debug)]
pub struct Resnet {
    norm1: GroupNorm,
    conv1: Conv,
    time: TimeRow,
    norm2: GroupNorm,
    conv2: Conv,
    conv_shortcut: Option<Conv>,
    activation: Activation,
    time_shift: TimeShift,
    inside: Inside,
}

impl Resnet {
    /// The block `name`, from `inputs` to `outputs` channels. Its output is divided by `scale_factor`.
    pub fn load(
        weights: &mut Loader,
        name: &str,
        config: &UNetConfig,
        [inputs, outputs]: [usize; 2],
        inside: Inside,
        scale_factor: f64,
    ) -> Result<Self, Error> {
        let (groups, eps, activation) = (config.norm_num_groups, config.norm_eps, config.activation);
        // With a scale and a shift between normalisation and activation, the activation stands alone.
        let (projected, then) = match config.time_shift {
            TimeShift::Add => (outputs, Some(activation)),
            TimeShift::ScaleShift => (2 * outputs, None),
        };
        let part = |part: &str| format!("{name}.{part}");
        let conv_shortcut = match inputs == outputs {
            true => None,
            false => Some(Conv::load_pointwise(weights, &part("conv_shortcut"), inputs, outputs)?),
        };
        Ok(Self {
            norm1: norm::load(weights, &part("norm1"), [inputs, groups], eps, Some(activation))?,
            conv1: Conv::load(weights, &part("conv1"), inputs, outputs)?,
            time: weights.time_row(&part("time_emb_proj"), config.time_embedding_dim, projected)?,
            norm2: norm::load(weights, &part("norm2"), [outputs, groups], eps, then)?,
            conv2: Conv::load(weights, &part("conv2"), outputs, outputs)?.divided_by(scale_factor),
            conv_shortcut,
            activation,
            time_shift: config.time_shift,
            inside,
        })
    }

    /// Applies the block.
    ///
    /// # Shapes
    /// - source: `[batch, height, width, inputs]`
    /// - output: `[batch, height, width, outputs]`, both sides halved or doubled where `inside` says so
    pub fn forward(&self, source: Source<'_>, times: &TimeRows) -> Image {
        let time = times.of(self.time);
        let normed = source.normed(&self.norm1);
        match self.inside {
            Inside::Same => self.second_half(self.first_half(normed, time), source, time),
            Inside::Halve => {
                let x = halved(&concatenated(source));
                let h = halved(&self.norm1.forward(source));
                self.second_half(self.first_half(Source::from(&h), time), Source::from(&x), time)
            }
            Inside::Double => {
                let x = doubled(&concatenated(source));
                self.second_half(self.first_half(normed.doubled(), time), Source::from(&x), time)
            }
        }
    }

    /// The first convolution, the time added to it where it is added.
    fn first_half(&self, source: Source<'_>, time: &Image) -> Image {
        let added = match self.time_shift {
            TimeShift::Add => Added::Channels(time),
            TimeShift::ScaleShift => Added::Nothing,
        };
        self.conv1.forward_plus(source, added)
    }

    /// From the second normalisation on; `x` is what is added in the end.
    fn second_half(&self, h: Image, x: Source<'_>, time: &Image) -> Image {
        let whole = x.skip.filter(|_| self.conv_shortcut.is_none()).map(|_| concatenated(x));
        let added = match &self.conv_shortcut {
            Some(conv) => conv.as_added(x),
            None => Added::Image(whole.as_ref().unwrap_or(x.x)),
        };
        match self.time_shift {
            TimeShift::Add => self.conv2.forward_plus(Source::from(&h).normed(&self.norm2), added),
            TimeShift::ScaleShift => {
                let h = self.norm2.forward_scaled(Source::from(&h), time, self.activation);
                self.conv2.forward_plus(Source::from(&h), added)
            }
        }
    }
}
