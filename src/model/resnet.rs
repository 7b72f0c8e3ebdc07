//! The residual block.

use burn::tensor::Tensor;

use super::config::{Activation, TimeShift, UNetConfig};
use super::conv::Conv;
use super::linear::Linear;
use super::norm::Norm;
use super::resample::{doubled, halved};
use super::weights::Weights;
use crate::error::Error;

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
    norm1: Norm,
    conv1: Conv,
    time_emb_proj: Linear,
    norm2: Norm,
    conv2: Conv,
    conv_shortcut: Option<Conv>,
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
            norm1: Norm::load(weights, &part("norm1"), [inputs, groups], eps, Some(activation))?,
            conv1: Conv::load(weights, &part("conv1"), inputs, outputs)?,
            time_emb_proj: Linear::load(weights, &part("time_emb_proj"), config.time_embedding_dim, projected)?,
            norm2: Norm::load(weights, &part("norm2"), [outputs, groups], eps, then)?,
            conv2: Conv::load(weights, &part("conv2"), outputs, outputs)?,
            conv_shortcut,
            activation,
            time_shift: config.time_shift,
            inside,
            scale_factor,
        })
    }

    /// Applies the block. `temb` is the embedding after the activation, which all blocks share.
    ///
    /// # Shapes
    /// - x: `[batch, height, width, inputs]`
    /// - temb: `[batch, time_embedding_dim]`
    /// - output: `[batch, height, width, outputs]`, both sides halved or doubled where `inside` says so
    pub fn forward(&self, x: Tensor<4>, temb: &Tensor<2>) -> Tensor<4> {
        let h = self.norm1.forward(x.clone());
        let (x, h) = match self.inside {
            Inside::Same => (x, h),
            Inside::Halve => (halved(x), halved(h)),
            Inside::Double => (doubled(x), doubled(h)),
        };

        let time = self.time_emb_proj.forward(temb.clone());
        let h = match self.time_shift {
            TimeShift::Add => self.norm2.forward(self.conv1.forward_plus_channels(h, time)),
            TimeShift::ScaleShift => {
                let h = self.norm2.forward(self.conv1.forward(h));
                let channels = h.dims()[3];
                let [scale, shift] =
                    [0, channels].map(|first| time.clone().narrow(1, first, channels).unsqueeze_dims(&[1, 2]));
                self.activation.apply(h * scale.add_scalar(1.0) + shift)
            }
        };

        let x = match &self.conv_shortcut {
            Some(conv) => conv.forward(x),
            None => x,
        };
        let y = self.conv2.forward_plus_image(h, x);
        if self.scale_factor == 1.0 { y } else { y.div_scalar(self.scale_factor) }
    }
}
