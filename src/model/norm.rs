//! Group normalisation.

use burn::tensor::Tensor;

use super::weights::Weights;

/// Each group of channels of each image is brought to mean 0 and variance 1, then each channel is scaled and shifted.
#[derive(Debug)]
pub struct GroupNorm {
    /// `[1, channels, 1]`
    gamma: Tensor<3>,
    /// `[1, channels, 1]`
    beta: Tensor<3>,
    groups: usize,
    eps: f64,
}

impl GroupNorm {
    /// The layer `name` of `channels`, a multiple of `groups`.
    pub fn load(weights: &mut Weights, name: &str, channels: usize, groups: usize, eps: f64) -> Self {
        let gamma = weights.take(&format!("{name}.weight"), &[channels]).upload([1, channels, 1], weights.device());
        let beta = weights.take(&format!("{name}.bias"), &[channels]).upload([1, channels, 1], weights.device());
        Self { gamma, beta, groups, eps }
    }

    /// Y = (X - mean) / sqrt(variance + eps) * gamma + beta.
    ///
    /// # Shapes
    /// - x: `[batch, channels, height, width]`
    /// - output: as x
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let [batch, channels, height, width] = x.dims();
        let (mean, scale) = self.moments(x.clone());
        // Both per channel: y = x * slope + offset.
        let per_channel = |group: Tensor<3>| group.repeat_dim(2, channels / self.groups).reshape([batch, channels, 1]);
        let slope = per_channel(scale) * self.gamma.clone();
        let offset = self.beta.clone() - per_channel(mean) * slope.clone();
        let y = x.reshape([batch, channels, height * width]) * slope + offset;
        y.reshape([batch, channels, height, width])
    }

    /// Mean and 1 / sqrt(variance + eps) of every group, both `[batch, groups, 1]`.
    ///
    /// Two stages each: first over runs of pixels, many at a time, then over the runs. A GPU without subgroups sums every output in one thread.
    fn moments(&self, x: Tensor<4>) -> (Tensor<3>, Tensor<3>) {
        let [batch, channels, height, width] = x.dims();
        let elements = channels / self.groups * height * width;
        let runs = channels / self.groups * height;
        let mean = |x: Tensor<3>| {
            let sums = x.sum_dim(2).reshape([batch, self.groups, runs]).sum_dim(2);
            sums.div_scalar(elements as f64)
        };
        let centre = mean(x.clone().reshape([batch, self.groups * runs, width]));
        let x = x.reshape([batch, self.groups, elements]) - centre.clone();
        let variance = mean(x.square().reshape([batch, self.groups * runs, width]));
        (centre, variance.add_scalar(self.eps).sqrt().recip())
    }
}
