//! The residual block.

use super::conv::Conv;
use super::loader::Loader;
use super::norm;
use super::time_rows::{TimeRow, TimeRows};
use crate::checkpoint::config::{Activation, TimeShift, UNetConfig};
use crate::checkpoint::layer_shapes::{Inside, ResnetShape};
use crate::error::Error;
use crate::kernels::{
    Added, Edge, GroupNorm, Image, Source, concatenated, doubled, doubled_filtered, halved, halved_filtered,
};

/// norm, act, conv, time, norm, act, conv, and the input added to it.
#[derive(Debug)]
pub struct Resnet {
    norm1: GroupNorm,
    /// The first normalisation's scale and shift, where the time gives them.
    time1: Option<TimeRow>,
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
    /// The block `name`.
    pub fn load(weights: &mut Loader, name: &str, config: &UNetConfig, shape: ResnetShape) -> Result<Self, Error> {
        let ([inputs, outputs], width) = (shape.channels, config.time_embedding_dim);
        let part = |part: &str| format!("{name}.{part}");
        let conv_shortcut = match (shape.has_shortcut(), shape.shortcut_has_bias()) {
            (false, _) => None,
            (true, true) => Some(Conv::load_pointwise(weights, &part("conv_shortcut"), inputs, outputs)?),
            (true, false) => Some(Conv::load_pointwise_linear(weights, &part("conv_shortcut"), inputs, outputs)?),
        };
        let [norm1, norm2] = load_norms(weights, name, config, shape)?;
        let (time1, time) = match shape.time_shift {
            TimeShift::Adaptive => {
                let time1 = weights.raw_time_row(&part("norm1.linear"), width, 2 * inputs)?;
                (Some(time1), weights.raw_time_row(&part("norm2.linear"), width, shape.projected())?)
            }
            _ => (None, weights.time_row(&part("time_emb_proj"), width, shape.projected())?),
        };
        Ok(Self {
            norm1,
            time1,
            conv1: Conv::load(weights, &part("conv1"), inputs, outputs)?,
            time,
            norm2,
            conv2: Conv::load(weights, &part("conv2"), outputs, outputs)?.divided_by(shape.scale_factor),
            conv_shortcut,
            activation: config.activation,
            time_shift: shape.time_shift,
            inside: shape.inside,
        })
    }

    /// Applies the block.
    ///
    /// # Shapes
    /// - source: `[batch, height, width, inputs]`
    /// - output: `[batch, height, width, outputs]`, both sides halved or doubled where `inside` says so
    pub fn forward(&self, source: Source<'_>, times: &TimeRows) -> Image {
        let time = times.of(self.time);
        let resampled = |resample: fn(&Image) -> Image| {
            let (x, h) = (resample(&concatenated(source)), resample(&self.norm1.forward(source)));
            self.second_half(self.first_half(Source::from(&h), time), Source::from(&x), time)
        };
        match (self.inside, self.time1) {
            (Inside::Same, None) => self.second_half(self.first_half(source.normed(&self.norm1), time), source, time),
            (Inside::Same, Some(time1)) => {
                let h = self.norm1.forward_scaled(source, times.of(time1), self.activation);
                self.second_half(self.first_half(Source::from(&h), time), source, time)
            }
            (Inside::Halve, _) => resampled(halved),
            (Inside::Double, _) => {
                let x = doubled(&concatenated(source));
                let h = self.first_half(source.normed(&self.norm1).doubled(), time);
                self.second_half(h, Source::from(&x), time)
            }
            (Inside::HalveFiltered, _) => resampled(|x| halved_filtered(x, Edge::Zero)),
            (Inside::DoubleFiltered, _) => resampled(|x| doubled_filtered(x, Edge::Zero)),
        }
    }

    /// The first convolution, the time added to it where it is added.
    fn first_half(&self, source: Source<'_>, time: &Image) -> Image {
        let added = match self.time_shift {
            TimeShift::Add => Added::Channels(time),
            TimeShift::ScaleShift | TimeShift::Adaptive => Added::Nothing,
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
            TimeShift::ScaleShift | TimeShift::Adaptive => {
                let h = self.norm2.forward_scaled(Source::from(&h), time, self.activation);
                self.conv2.forward_plus(Source::from(&h), added)
            }
        }
    }
}

/// Both normalisations of the block `name`. With a scale and a shift of the time between a normalisation and its activation, the
/// activation stands alone.
fn load_norms(
    weights: &mut Loader,
    name: &str,
    config: &UNetConfig,
    shape: ResnetShape,
) -> Result<[GroupNorm; 2], Error> {
    let ([inputs, outputs], [groups1, groups2], eps) = (shape.channels, shape.groups, config.norm_eps);
    if shape.time_shift == TimeShift::Adaptive {
        return Ok([[inputs, groups1], [outputs, groups2]].map(|shape| norm::plain(weights, shape, eps)));
    }
    let then = Some(config.activation);
    let then2 = then.filter(|_| shape.time_shift == TimeShift::Add);
    Ok([
        norm::load(weights, &format!("{name}.norm1"), [inputs, groups1], eps, then)?,
        norm::load(weights, &format!("{name}.norm2"), [outputs, groups2], eps, then2)?,
    ])
}
