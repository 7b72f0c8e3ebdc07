//! The network for points of the plane.

use std::f64::consts::PI;

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::{Device, Tensor, TensorData, activation};

use crate::checkpoint::layout::Slot;
use crate::checkpoint::time_features::TimeFeatures;

/// Numbers that a timestep becomes.
const TIME_FEATURES: usize = 32;

/// Coordinates of a point.
const COORDINATES: usize = 2;

/// What such a network is like.
#[derive(Debug, Clone, PartialEq)]
pub struct Size {
    /// Hidden layers.
    pub layers: usize,
    /// Their width.
    pub width: usize,
    /// Numbers that come out, for each coordinate.
    pub outputs: usize,
    /// n of the Fourier features sin(2^n pi x) and cos(2^n pi x) of each coordinate (Kingma et al. 2021, section 5.2): all from the first to
    /// the second; none for an empty range.
    pub fourier: std::ops::Range<i32>,
}

impl Size {
    /// Numbers that the first layer takes.
    fn inputs(&self) -> usize {
        COORDINATES * (1 + 2 * self.fourier.len()) + TIME_FEATURES
    }

    /// Inputs and outputs of every layer, the last one too.
    pub fn layers(&self) -> impl Iterator<Item = [usize; 2]> {
        let hidden = (1..self.layers).map(|_| [self.width; 2]);
        std::iter::once([self.inputs(), self.width]).chain(hidden).chain([[self.width, self.outputs * COORDINATES]])
    }
}

/// Affine maps with SiLU between them, of a point, its Fourier features and the features of its timestep.
#[derive(Module, Debug)]
pub struct Mlp {
    layers: Vec<Linear>,
    out: Linear,
    #[module(skip)]
    features: TimeFeatures,
    #[module(skip)]
    frequencies: Vec<f64>,
}

impl Mlp {
    /// A network with random weights.
    pub fn init(size: &Size, device: &Device) -> Self {
        let layer = |[inputs, outputs]: [usize; 2]| LinearConfig::new(inputs, outputs).init(device);
        Self {
            layers: size.layers().take(size.layers).map(layer).collect(),
            out: layer([size.width, size.outputs * COORDINATES]),
            features: TimeFeatures::positional(TIME_FEATURES),
            frequencies: size.fourier.clone().map(|n| libm::exp2(f64::from(n)) * PI).collect(),
        }
    }

    /// Applies the network.
    ///
    /// # Shapes
    /// - x: `[batch, 2, 1, 1]`
    /// - output: `[batch, 2, 1, 1]`, or 4 numbers per point where there are two per coordinate
    pub fn forward(&self, x: Tensor<4>, timesteps: &[f64]) -> Tensor<4> {
        let device = x.device();
        let features = TensorData::new(self.features.embed(timesteps), [timesteps.len(), TIME_FEATURES]);
        let x = x.reshape([timesteps.len(), COORDINATES]);
        let mut inputs = vec![x.clone(), Tensor::from_data(features, &device)];
        for frequency in &self.frequencies {
            let angle = x.clone().mul_scalar(*frequency);
            inputs.extend([angle.clone().sin(), angle.cos()]);
        }
        let h = Tensor::cat(inputs, 1);
        let h = self.layers.iter().fold(h, |h, layer| activation::silu(layer.forward(h)));
        let y = self.out.forward(h);
        let outputs = y.dims()[1];
        y.reshape([timesteps.len(), outputs, 1, 1])
    }
}

/// Its tensors, as a file would name them.
pub fn slots(size: &Size) -> Vec<Slot> {
    let name = |index: usize| if index < size.layers { format!("layers.{index}") } else { "out".to_owned() };
    let slots = size.layers().enumerate().flat_map(|(index, [inputs, outputs])| {
        [(format!("{}.weight", name(index)), vec![outputs, inputs]), (format!("{}.bias", name(index)), vec![outputs])]
    });
    slots.collect()
}
