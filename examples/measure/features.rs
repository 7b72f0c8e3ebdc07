//! The small classifier whose features pictures are compared by; `models/train_features.py` trains it.

use std::error::Error;
use std::fs;
use std::path::Path;

use unnoise::checkpoint::safetensors;

/// Features of a picture.
pub const FEATURES: usize = 64;
/// Pixels of a side of a picture.
const SIDE: usize = 28;
/// Channels of what goes into a convolution and of what comes out, and its stride.
const CONVOLUTIONS: [(usize, usize, usize); 3] = [(1, 16, 2), (16, 32, 2), (32, FEATURES, 1)];

struct Convolution {
    weight: Vec<f32>,
    bias: Vec<f32>,
    shape: (usize, usize, usize),
}

/// The classifier without its last layer.
pub struct Features(Vec<Convolution>);

impl Features {
    /// Reads its safetensors file.
    pub fn read(path: &Path) -> Result<Self, Box<dyn Error>> {
        let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let tensors = safetensors::read(&bytes)?;
        let tensor = |name: String| -> Result<Vec<f32>, Box<dyn Error>> {
            let found = tensors.iter().find(|tensor| tensor.name == name);
            Ok(found.ok_or_else(|| format!("there is no {name}"))?.to_f32()?)
        };
        let convolution = |(index, shape): (usize, (usize, usize, usize))| {
            let named = |part: &str| tensor(format!("conv{}.{part}", index + 1));
            Ok(Convolution { weight: named("weight")?, bias: named("bias")?, shape })
        };
        CONVOLUTIONS.into_iter().enumerate().map(convolution).collect::<Result<_, Box<dyn Error>>>().map(Self)
    }

    /// The features of one picture in [-1, 1].
    pub fn of(&self, picture: &[f32]) -> Vec<f64> {
        let mut x = picture.to_vec();
        let mut side = SIDE;
        for convolution in &self.0 {
            (x, side) = convolution.applied(&x, side);
        }
        let mean = |channel: &[f32]| channel.iter().map(|v| f64::from(*v)).sum::<f64>() / channel.len() as f64;
        x.chunks_exact(side * side).map(mean).collect()
    }
}

impl Convolution {
    /// 3x3 with zeros around the picture, then ReLU; the values and their side.
    fn applied(&self, x: &[f32], side: usize) -> (Vec<f32>, usize) {
        let (inputs, outputs, stride) = self.shape;
        let wide = side.div_ceil(stride);
        let mut y = Vec::with_capacity(outputs * wide * wide);
        for output in 0..outputs {
            for (row, column) in (0..wide).flat_map(|row| (0..wide).map(move |column| (row, column))) {
                let mut sum = self.bias[output];
                for (tap_y, tap_x) in (0..3).flat_map(|a| (0..3).map(move |b| (a, b))) {
                    // One less than the place, which may lie before the first row or column.
                    let (at_y, at_x) = (row * stride + tap_y, column * stride + tap_x);
                    if at_y == 0 || at_x == 0 || at_y > side || at_x > side {
                        continue;
                    }
                    for input in 0..inputs {
                        let weight = self.weight[((output * inputs + input) * 3 + tap_y) * 3 + tap_x];
                        sum += weight * x[(input * side + at_y - 1) * side + at_x - 1];
                    }
                }
                y.push(sum.max(0.0));
            }
        }
        (y, wide)
    }
}
