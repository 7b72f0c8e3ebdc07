//! The whole network.

use std::f64::consts::TAU;

use burn::module::Module;
use burn::nn::GroupNorm;
use burn::nn::conv::Conv2d;
use burn::tensor::{Device, Tensor, TensorData};

use super::blocks::{DownBlock, MidBlock, Path, UpBlock};
use super::embedding::{Embedded, Embeddings};
use super::load::load;
use super::norm::{self, apply};
use super::pixels::conv3x3;
use crate::checkpoint::class_mix::ClassMix;
use crate::checkpoint::config::{Activation, TimeEmbedding, UNetConfig};
use crate::checkpoint::time_features::TimeFeatures;
use crate::checkpoint::weights::Weights;
use crate::error::Error;
use crate::math::fourier::Fourier;

/// diffusers' `UNet2DModel`. Its parts have diffusers' names, by which their tensors are found.
#[derive(Module, Debug)]
pub struct Network {
    embeddings: Embeddings,
    conv_in: Conv2d,
    down_blocks: Vec<DownBlock>,
    mid_block: Option<MidBlock>,
    up_blocks: Vec<UpBlock>,
    conv_norm_out: GroupNorm,
    conv_out: Conv2d,
    #[module(skip)]
    activation: Activation,
    center_input_sample: bool,
    #[module(skip)]
    fourier: Option<Fourier>,
    divide_by_timestep: bool,
}

impl Network {
    /// The network of `config` with random weights. `features` are what its time embedding begins with.
    pub fn init(config: &UNetConfig, features: TimeFeatures, device: &Device) -> Self {
        let levels = 0..config.channels.len();
        let highest = config.channels[0];
        Self {
            embeddings: Embeddings::init(config, features, device),
            conv_in: conv3x3([config.in_channels, highest], device),
            down_blocks: levels.clone().map(|index| DownBlock::init(config, index, device)).collect(),
            mid_block: config.mid.map(|mid| MidBlock::init(config, mid, device)),
            up_blocks: levels.map(|index| UpBlock::init(config, index, device)).collect(),
            conv_norm_out: norm::init(highest, config.norm_num_groups, config.norm_eps, device),
            conv_out: conv3x3([highest, config.out_channels], device),
            activation: config.activation,
            center_input_sample: config.center_input_sample,
            fourier: config.fourier,
            divide_by_timestep: config.time_embedding == TimeEmbedding::Fourier,
        }
    }

    /// The network of `config` with these weights.
    ///
    /// # Errors
    /// Those of [`Weights::take`].
    pub fn load(weights: &mut Weights, config: &UNetConfig, device: &Device) -> Result<Self, Error> {
        let features = TimeFeatures::load(weights, config)?;
        load(Self::init(config, features, device), weights)
    }

    /// Applies the network. One timestep for each image, and one mix of classes where the network has classes.
    ///
    /// # Shapes
    /// - x: `[batch, channels, height, width]`, images without their features
    /// - output: `[batch, out_channels, height, width]`
    pub fn forward(&self, x: Tensor<4>, timesteps: &[f64], classes: &[ClassMix]) -> Tensor<4> {
        let emb = Embedded::of(self.embeddings.forward(timesteps, classes), self.activation);
        let x = if self.center_input_sample { x.mul_scalar(2.0).sub_scalar(1.0) } else { x };
        let x = self.fourier.map_or_else(|| x.clone(), |fourier| with_features(x.clone(), fourier));
        let h = self.conv_in.forward(x.clone());
        let path = Path { skips: vec![h.clone()], h, picture: Some(x) };
        let mut path = self.down_blocks.iter().fold(path, |path, block| block.forward(path, &emb));
        if let Some(mid) = &self.mid_block {
            path.h = mid.forward(path.h, &emb);
        }
        path.picture = None;
        let path = self.up_blocks.iter().fold(path, |path, block| block.forward(path, &emb));
        // SiLU here, whatever the network's activation is.
        let y = self.conv_out.forward(apply(Activation::Silu, norm::forward(&self.conv_norm_out, path.h)));
        let y = match path.picture {
            Some(picture) => y + picture,
            None => y,
        };
        if self.divide_by_timestep { y.clone() / per_image(timesteps, &y.device()) } else { y }
    }
}

/// Images with their Fourier features behind them: [`Fourier::with_features`] as operations with gradients.
fn with_features(x: Tensor<4>, fourier: Fourier) -> Tensor<4> {
    let [batch, channels, height, width] = x.dims();
    let turns = fourier.exponents().map(|n| {
        let turns = x.clone().mul_scalar(libm::exp2(f64::from(n - 1)));
        // The whole turns are taken off before the angle is rounded. They have no slope.
        let whole = turns.clone().detach().round();
        (turns - whole).reshape([batch, channels, 1, height, width])
    });
    let angles = Tensor::cat(turns.collect(), 2).mul_scalar(TAU);
    let all = [batch, channels * fourier.exponents().count(), height, width];
    Tensor::cat(vec![x, angles.clone().sin().reshape(all), angles.cos().reshape(all)], 1)
}

/// One number for each image, `[batch, 1, 1, 1]`.
fn per_image(numbers: &[f64], device: &Device) -> Tensor<4> {
    let numbers: Vec<f32> = numbers.iter().map(|number| *number as f32).collect();
    let shape = [numbers.len(), 1, 1, 1];
    Tensor::from_data(TensorData::new(numbers, shape), device)
}
