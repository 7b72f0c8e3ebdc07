//! The residual block.

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{GroupNorm, Linear, LinearConfig};
use burn::tensor::{Device, Tensor};

use super::embedding::Embedded;
use super::norm::{self, apply};
use super::pixels::{conv3x3, doubled, doubled_filtered, halved, halved_filtered};
use crate::checkpoint::config::{Activation, TimeShift, UNetConfig};
use crate::checkpoint::layer_shapes::{Inside, ResnetShape};
use crate::math::filter::Edge;

/// norm, act, conv, time, norm, act, conv, and the input added to it.
#[derive(Module, Debug)]
pub struct Resnet {
    norm1: Norm,
    conv1: Conv2d,
    time_emb_proj: Option<Linear>,
    norm2: Norm,
    conv2: Conv2d,
    conv_shortcut: Option<Conv2d>,
    scale_factor: f64,
    #[module(skip)]
    activation: Activation,
    #[module(skip)]
    time_shift: TimeShift,
    #[module(skip)]
    inside: Inside,
}

/// A normalisation of a residual block.
#[derive(Module, Debug)]
pub enum Norm {
    /// With weights of its own.
    Own(GroupNorm),
    /// Scaled and shifted by the time embedding.
    Adaptive(AdaptiveNorm),
}

/// A normalisation that the time embedding scales and shifts.
#[derive(Module, Debug)]
pub struct AdaptiveNorm {
    linear: Linear,
    groups: usize,
    eps: f64,
}

impl Norm {
    fn init(config: &UNetConfig, time_shift: TimeShift, [channels, groups]: [usize; 2], device: &Device) -> Self {
        match time_shift {
            TimeShift::Adaptive => Self::Adaptive(AdaptiveNorm {
                linear: LinearConfig::new(config.time_embedding_dim, 2 * channels).init(device),
                groups,
                eps: config.norm_eps,
            }),
            TimeShift::Add | TimeShift::ScaleShift => Self::Own(norm::init(channels, groups, config.norm_eps, device)),
        }
    }

    fn forward(&self, x: Tensor<4>, emb: &Embedded) -> Tensor<4> {
        match self {
            Self::Own(own) => norm::forward(own, x),
            Self::Adaptive(AdaptiveNorm { linear, groups, eps }) => {
                scaled_and_shifted(norm::normalised(x, *groups, *eps), per_channel(linear, &emb.raw))
            }
        }
    }
}

impl Resnet {
    /// The block of this shape.
    pub fn init(config: &UNetConfig, shape: ResnetShape, device: &Device) -> Self {
        let ([inputs, outputs], [groups1, groups2], time_shift) = (shape.channels, shape.groups, shape.time_shift);
        let shortcut =
            || Conv2dConfig::new([inputs, outputs], [1, 1]).with_bias(shape.shortcut_has_bias()).init(device);
        let project = || LinearConfig::new(config.time_embedding_dim, shape.projected()).init(device);
        Self {
            norm1: Norm::init(config, time_shift, [inputs, groups1], device),
            conv1: conv3x3([inputs, outputs], device),
            time_emb_proj: (time_shift != TimeShift::Adaptive).then(project),
            norm2: Norm::init(config, time_shift, [outputs, groups2], device),
            conv2: conv3x3([outputs; 2], device),
            conv_shortcut: shape.has_shortcut().then(shortcut),
            scale_factor: shape.scale_factor,
            activation: config.activation,
            time_shift,
            inside: shape.inside,
        }
    }

    /// Applies the block.
    ///
    /// # Shapes
    /// - x: `[batch, inputs, height, width]`
    /// - output: `[batch, outputs, height, width]`, both sides halved or doubled where `inside` says so
    pub fn forward(&self, x: Tensor<4>, emb: &Embedded) -> Tensor<4> {
        let h = apply(self.activation, self.norm1.forward(x.clone(), emb));
        let (x, h) = match self.inside {
            Inside::Same => (x, h),
            Inside::Halve => (halved(x), halved(h)),
            Inside::Double => (doubled(x), doubled(h)),
            Inside::HalveFiltered => (halved_filtered(x, Edge::Zero), halved_filtered(h, Edge::Zero)),
            Inside::DoubleFiltered => (doubled_filtered(x, Edge::Zero), doubled_filtered(h, Edge::Zero)),
        };
        let h = self.conv1.forward(h);
        let h = self.conv2.forward(apply(self.activation, self.timed(h, emb)));
        let x = match &self.conv_shortcut {
            Some(conv) => conv.forward(x),
            None => x,
        };
        if self.scale_factor == 1.0 { x + h } else { (x + h).div_scalar(self.scale_factor) }
    }

    /// The second normalisation, and the time embedding before, in or after it.
    fn timed(&self, h: Tensor<4>, emb: &Embedded) -> Tensor<4> {
        let time = self.time_emb_proj.as_ref().map(|linear| per_channel(linear, &emb.activated));
        match (time, self.time_shift) {
            (Some(time), TimeShift::ScaleShift) => scaled_and_shifted(self.norm2.forward(h, emb), time),
            (Some(time), _) => self.norm2.forward(h + time, emb),
            (None, _) => self.norm2.forward(h, emb),
        }
    }
}

/// What an affine map makes of the time embedding, `[batch, outputs, 1, 1]`.
fn per_channel(linear: &Linear, emb: &Tensor<2>) -> Tensor<4> {
    let time = linear.forward(emb.clone());
    let [batch, outputs] = time.dims();
    time.reshape([batch, outputs, 1, 1])
}

/// X (1 + scale) + shift, all scales before all shifts.
fn scaled_and_shifted(x: Tensor<4>, scale_shift: Tensor<4>) -> Tensor<4> {
    let channels = x.dims()[1];
    let [scale, shift] = [0, channels].map(|first| scale_shift.clone().narrow(1, first, channels));
    x * scale.add_scalar(1.0) + shift
}
