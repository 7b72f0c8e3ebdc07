//! The residual block.

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{GroupNorm, Linear, LinearConfig};
use burn::tensor::{Device, Tensor};

use super::norm::{self, apply};
use super::pixels::{conv3x3, doubled, halved};
use crate::checkpoint::config::{Activation, TimeShift, UNetConfig};

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
#[derive(Module, Debug)]
pub struct Resnet {
    norm1: GroupNorm,
    conv1: Conv2d,
    time_emb_proj: Linear,
    norm2: GroupNorm,
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

impl Resnet {
    /// The block from `inputs` to `outputs` channels. Its output is divided by `scale_factor`.
    pub fn init(
        config: &UNetConfig,
        [inputs, outputs]: [usize; 2],
        inside: Inside,
        scale_factor: f64,
        device: &Device,
    ) -> Self {
        let (groups, eps) = (config.norm_num_groups, config.norm_eps);
        let projected = match config.time_shift {
            TimeShift::Add => outputs,
            TimeShift::ScaleShift => 2 * outputs,
        };
        let shortcut = || Conv2dConfig::new([inputs, outputs], [1, 1]).init(device);
        Self {
            norm1: norm::init(inputs, groups, eps, device),
            conv1: conv3x3([inputs, outputs], device),
            time_emb_proj: LinearConfig::new(config.time_embedding_dim, projected).init(device),
            norm2: norm::init(outputs, groups, eps, device),
            conv2: conv3x3([outputs; 2], device),
            conv_shortcut: (inputs != outputs).then(shortcut),
            scale_factor,
            activation: config.activation,
            time_shift: config.time_shift,
            inside,
        }
    }

    /// Applies the block.
    ///
    /// # Shapes
    /// - x: `[batch, inputs, height, width]`
    /// - emb: `[batch, time_embedding_dim]`, after the activation
    /// - output: `[batch, outputs, height, width]`, both sides halved or doubled where `inside` says so
    pub fn forward(&self, x: Tensor<4>, emb: &Tensor<2>) -> Tensor<4> {
        let h = apply(self.activation, norm::forward(&self.norm1, x.clone()));
        let (x, h) = match self.inside {
            Inside::Same => (x, h),
            Inside::Halve => (halved(x), halved(h)),
            Inside::Double => (doubled(x), doubled(h)),
        };
        let h = self.conv1.forward(h);
        let h = self.conv2.forward(apply(self.activation, self.timed(h, emb)));
        let x = match &self.conv_shortcut {
            Some(conv) => conv.forward(x),
            None => x,
        };
        if self.scale_factor == 1.0 { x + h } else { (x + h).div_scalar(self.scale_factor) }
    }

    /// The second normalisation, and the time embedding before or after it.
    fn timed(&self, h: Tensor<4>, emb: &Tensor<2>) -> Tensor<4> {
        let time = self.time_emb_proj.forward(emb.clone());
        let [batch, projected] = time.dims();
        let time = time.reshape([batch, projected, 1, 1]);
        match self.time_shift {
            TimeShift::Add => norm::forward(&self.norm2, h + time),
            TimeShift::ScaleShift => {
                let [scale, shift] = [0, projected / 2].map(|first| time.clone().narrow(1, first, projected / 2));
                norm::forward(&self.norm2, h) * scale.add_scalar(1.0) + shift
            }
        }
    }
}
