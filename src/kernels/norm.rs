//! Group normalisation, with the activation that follows it.

use burn::tensor::{Device, Tensor, TensorData, activation};

#[cfg(feature = "cpu")]
use super::cpu::norm::CpuGroupNorm;
use super::image::{Image, Source};
use super::shape::GroupNormShape;

/// Each group of channels of each image is brought to mean 0 and variance 1, then each channel is scaled and shifted.
#[derive(Debug)]
pub struct GroupNorm {
    shape: GroupNormShape,
    weights: Weights,
}

#[derive(Debug)]
enum Weights {
    /// Both `[1, 1, groups, channels / groups]`.
    Plain { gamma: Tensor<4>, beta: Tensor<4> },
    #[cfg(feature = "cpu")]
    Cpu(CpuGroupNorm),
}

impl GroupNorm {
    /// The normalisation that scales by `gamma` and shifts by `beta`, one number of each a channel. The CPU's own
    /// version where it runs on `device`.
    pub fn new(shape: GroupNormShape, gamma: Vec<f32>, beta: Vec<f32>, device: &Device) -> Self {
        #[cfg(feature = "cpu")]
        if super::is_cpu(device) {
            return Self { shape, weights: Weights::Cpu(CpuGroupNorm::new(shape, gamma, beta)) };
        }
        Self::plain(shape, gamma, beta, device)
    }

    /// [`new`](Self::new), of plain burn operations.
    pub fn plain(shape: GroupNormShape, gamma: Vec<f32>, beta: Vec<f32>, device: &Device) -> Self {
        let in_group = shape.channels / shape.groups;
        let upload = |values| Tensor::from_data(TensorData::new(values, [1, 1, shape.groups, in_group]), device);
        Self { shape, weights: Weights::Plain { gamma: upload(gamma), beta: upload(beta) } }
    }

    /// Y = (X - mean) / sqrt(variance + eps) * gamma + beta, then Y sigmoid(Y) where SiLU follows.
    ///
    /// # Shapes
    /// - source: `[batch, height, width, channels]`
    /// - output: as source
    pub fn forward(&self, source: Source<'_>) -> Image {
        match &self.weights {
            Weights::Plain { gamma, beta } => Image::from_tensor(self.normalise(source.into_tensor(), gamma, beta)),
            #[cfg(feature = "cpu")]
            Weights::Cpu(norm) => norm.forward(source),
        }
    }

    /// The CPU's own version, where this is one.
    #[cfg(feature = "cpu")]
    pub(super) fn on_cpu(&self) -> Option<&CpuGroupNorm> {
        match &self.weights {
            Weights::Plain { .. } => None,
            Weights::Cpu(norm) => Some(norm),
        }
    }

    fn normalise(&self, x: Tensor<4>, gamma: &Tensor<4>, beta: &Tensor<4>) -> Tensor<4> {
        let dims @ [batch, height, width, channels] = x.dims();
        let by_group = [batch, height * width, self.shape.groups, channels / self.shape.groups];
        let mean = self.group_mean(x.clone());
        let x = x.reshape(by_group) - mean;

        let variance = self.group_mean(x.clone().square().reshape(dims));
        let slope = gamma.clone() / variance.add_scalar(self.shape.eps).sqrt();
        let y = (x * slope + beta.clone()).reshape(dims);
        if self.shape.silu { activation::silu(y) } else { y }
    }

    /// The mean of every group: `[batch, 1, groups, 1]`.
    ///
    /// In three stages, rows, columns, then channels: a GPU without subgroups sums every output in one thread.
    fn group_mean(&self, x: Tensor<4>) -> Tensor<4> {
        let [batch, _, _, channels] = x.dims();
        let groups = self.shape.groups;
        let mean = x.mean_dim(2).mean_dim(1).reshape([batch, groups, channels / groups]).mean_dim(2);
        mean.reshape([batch, 1, groups, 1])
    }
}
