//! The residual block.

use burn::tensor::Tensor;

use super::config::{Activation, TimeShift, UNetConfig};
use super::conv::{Conv1x1, Conv3x3};
use super::linear::Linear;
use super::norm::GroupNorm;
use super::resample::{doubled, halved};
use super::weights::Weights;

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
    conv1: Conv3x3,
    time_emb_proj: Linear,
    norm2: GroupNorm,
    conv2: Conv3x3,
    conv_shortcut: Option<Conv1x1>,
    activation: Activation,
    time_shift: TimeShift,
    inside: Inside,
    scale_factor: f64,
}

impl Resnet {
    /// The block `name`, from `inputs` to `outputs` channels. Its output is divided by `scale_factor`.
    pub fn load(
        weights: &mut Weights,
        name: &str,
        config: &UNetConfig,
        [inputs, outputs]: [usize; 2],
        inside: Inside,
        scale_factor: f64,
    ) -> Self {
        let (groups, eps) = (config.norm_num_groups, config.norm_eps);
        let projected = match config.time_shift {
            TimeShift::Add => outputs,
            TimeShift::ScaleShift => 2 * outputs,
        };
        let shortcut = format!("{name}.conv_shortcut");
        Self {
            norm1: GroupNorm::load(weights, &format!("{name}.norm1"), inputs, groups, eps),
            conv1: Conv3x3::load(weights, &format!("{name}.conv1"), inputs, outputs),
            time_emb_proj: Linear::load(
                weights,
                &format!("{name}.time_emb_proj"),
                config.time_embedding_dim,
                projected,
            ),
            norm2: GroupNorm::load(weights, &format!("{name}.norm2"), outputs, groups, eps),
            conv2: Conv3x3::load(weights, &format!("{name}.conv2"), outputs, outputs),
            conv_shortcut: (inputs != outputs).then(|| Conv1x1::load(weights, &shortcut, inputs, outputs)),
            activation: config.activation,
            time_shift: config.time_shift,
            inside,
            scale_factor,
        }
    }

    /// Applies the block. `temb` is the embedding after the activation, which all blocks share.
    ///
    /// # Shapes
    /// - x: `[batch, inputs, height, width]`
    /// - temb: `[batch, time_embedding_dim]`
    /// - output: `[batch, outputs, height, width]`, halved or doubled
    pub fn forward(&self, x: Tensor<4>, temb: &Tensor<2>) -> Tensor<4> {
        let h = self.activation.apply(self.norm1.forward(x.clone()));
        let (x, h) = match self.inside {
            Inside::Same => (x, h),
            Inside::Halve => (halved(x), halved(h)),
            Inside::Double => (doubled(x), doubled(h)),
        };
        let h = self.conv1.forward(h);

        let time = self.time_emb_proj.forward(temb.clone()).unsqueeze_dims::<4>(&[2, 3]);
        let h = match self.time_shift {
            TimeShift::Add => self.norm2.forward(h + time),
            TimeShift::ScaleShift => {
                let channels = h.dims()[1];
                let (scale, shift) = (time.clone().narrow(1, 0, channels), time.narrow(1, channels, channels));
                self.norm2.forward(h) * scale.add_scalar(1.0) + shift
            }
        };
        let h = self.conv2.forward(self.activation.apply(h));

        let y = self.shortcut(x) + h;
        if self.scale_factor == 1.0 { y } else { y.div_scalar(self.scale_factor) }
    }

    /// The input, brought to the output's channels.
    fn shortcut(&self, x: Tensor<4>) -> Tensor<4> {
        let Some(conv) = &self.conv_shortcut else { return x };
        let [batch, channels, height, width] = x.dims();
        let y = conv.forward(x.reshape([batch, channels, height * width]));
        let outputs = y.dims()[1];
        y.reshape([batch, outputs, height, width])
    }
}
