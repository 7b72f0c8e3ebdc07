//! The residual block.

use burn::tensor::Tensor;

use super::config::{Activation, TimeShift, UNetConfig};
use super::conv::Conv;
use super::norm::Norm;
use super::weights::Weights;
use crate::error::Error;
use crate::kernels::{Added, Image, Source, doubled};

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
    time_emb_proj: Conv,
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
            time_emb_proj: Conv::load_pointwise(weights, &part("time_emb_proj"), config.time_embedding_dim, projected)?,
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
    /// - source: `[batch, height, width, inputs]`
    /// - temb: `[batch, 1, 1, time_embedding_dim]`
    /// - output: `[batch, height, width, outputs]`, both sides halved or doubled where `inside` says so
    pub fn forward(&self, source: Source<'_>, temb: &Image) -> Image {
        let time = self.time_emb_proj.forward(Source::from(temb));
        let y = match self.inside {
            Inside::Same => self.second_half(self.first_half(source, &time), source, &time),
            Inside::Halve => {
                let x = Image::from_tensor(halved(source.into_tensor()));
                let h = self.norm1.forward(source).map(halved);
                let h = self.conv1.forward_plus(Source::from(&h), self.added_in_the_middle(&time));
                self.second_half(h, Source::from(&x), &time)
            }
            Inside::Double => {
                let x = Image::from_tensor(doubled(source.into_tensor()));
                let h = self.norm1.forward(source);
                let h = self.conv1.forward_plus(Source::from(&h).doubled(), self.added_in_the_middle(&time));
                self.second_half(h, Source::from(&x), &time)
            }
        };
        if self.scale_factor == 1.0 { y } else { y.map(|y| y.div_scalar(self.scale_factor)) }
    }

    /// Up to the first convolution, the time added to it where it is added.
    fn first_half(&self, source: Source<'_>, time: &Image) -> Image {
        self.conv1.forward_normed(source, &self.norm1, self.added_in_the_middle(time))
    }

    fn added_in_the_middle<'a>(&self, time: &'a Image) -> Added<'a> {
        match self.time_shift {
            TimeShift::Add => Added::Channels(time),
            TimeShift::ScaleShift => Added::Nothing,
        }
    }

    /// From the second normalisation on; `x` is what is added in the end.
    fn second_half(&self, h: Image, x: Source<'_>, time: &Image) -> Image {
        let shortcut = match (&self.conv_shortcut, x.skip) {
            (Some(conv), _) => Some(conv.forward(x)),
            (None, Some(_)) => Some(Image::from_tensor(x.into_tensor())),
            (None, None) => None,
        };
        let added = Added::Image(shortcut.as_ref().unwrap_or(x.x));
        match self.time_shift {
            TimeShift::Add => self.conv2.forward_normed(Source::from(&h), &self.norm2, added),
            TimeShift::ScaleShift => {
                let h = self.norm2.forward(Source::from(&h)).into_tensor();
                let (channels, time) = (h.dims()[3], time.clone().into_tensor());
                let [scale, shift] = [0, channels].map(|first| time.clone().narrow(3, first, channels));
                let h = self.activation.apply(h * scale.add_scalar(1.0) + shift);
                self.conv2.forward_plus(Source::from(&Image::from_tensor(h)), added)
            }
        }
    }
}

/// Every 2x2 block becomes its mean.
fn halved(x: Tensor<4>) -> Tensor<4> {
    let [batch, height, width, channels] = x.dims();
    let by_row = x.reshape([batch * height / 2, 2, width / 2, 2 * channels]).sum_dim(1);
    let sums = by_row.reshape([batch * height / 2, width / 2, 2, channels]).sum_dim(2);
    sums.div_scalar(4.0).reshape([batch, height / 2, width / 2, channels])
}
