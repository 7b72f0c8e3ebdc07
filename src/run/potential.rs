//! How a step follows a function r of the image: the mean of a Gaussian moves by its variance times the gradient of log r
//! (Sohl-Dickstein et al. 2015, eq. 2.5.2).

use std::rc::Rc;

use super::plan::{Plan, PlannedStep};
#[cfg(feature = "webgpu")]
use crate::kernels::gpu;
use crate::noise::Shape;
use crate::options::{self, Method};

/// A function r of a run's images. Clones are the same.
#[derive(Debug, Clone)]
pub(super) struct Potential {
    wanted: Wanted,
    method: Method,
    shape: Shape,
}

#[derive(Debug, Clone)]
enum Wanted {
    /// The regions, and the variance of their means.
    MeanColour {
        regions: Rc<[Region]>,
        variance: f64,
    },
    /// The variance of the difference of two pixels.
    Symmetry {
        variance: f64,
    },
    Own,
}

#[derive(Debug)]
struct Region {
    /// One number per channel.
    colour: Vec<f32>,
    /// What each pixel of each image counts in the mean; those of an image add up to 1.
    weights: Vec<f32>,
}

/// The Gaussian that a step multiplies by r.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Prior {
    /// Its variance.
    pub variance: f64,
    /// The power of r.
    pub power: f64,
    /// Whether it is that of x_0 given x_t. Else it is that of the step.
    pub of_x0: bool,
}

/// What a function of the caller's own is asked: see [`Run::asked`](super::Run::asked).
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// The predicted clean image, clipped, NCHW.
    pub x0_hat: Vec<f32>,
    /// The timestep.
    pub t: f64,
    /// The variance by which the gradient will be multiplied.
    pub variance: f64,
}

impl Potential {
    /// What these options want; they fit the shape.
    pub(super) fn new(options: &options::Potential, shape: Shape) -> Self {
        let wanted = match &options.r {
            options::Wanted::MeanColour { regions, sigma } => Wanted::MeanColour {
                regions: regions.iter().map(|region| Region::new(region, shape)).collect(),
                variance: sigma * sigma,
            },
            options::Wanted::Symmetry { sigma } => Wanted::Symmetry { variance: sigma * sigma },
            options::Wanted::Own => Wanted::Own,
        };
        Self { wanted, method: options.method, shape }
    }

    /// Whether the gradient comes from the caller.
    pub(super) fn is_own(&self) -> bool {
        matches!(self.wanted, Wanted::Own)
    }

    /// The Gaussian that a step multiplies by r.
    pub(super) fn prior(&self, planned: &PlannedStep, plan: &Plan) -> Prior {
        match self.method {
            Method::Analytic => Prior { variance: planned.x0_variance, power: 1.0, of_x0: true },
            method => Prior { variance: planned.noise_variance, power: method.power(planned, plan), of_x0: false },
        }
    }

    /// How far the mean of the prior moves at `x0_hat`, element by element; `gradient` is that of the caller's own log r.
    ///
    /// For the two functions known here it is the exact mean of the product, `variance * grad log E[r]` over the prior: r is a
    /// Gaussian of a linear function of the image, and so no move overshoots.
    pub(super) fn moves(&self, x0_hat: &[f64], prior: Prior, gradient: Option<&[f32]>) -> Vec<f64> {
        let Prior { variance, power, .. } = prior;
        let none = || vec![0.0; x0_hat.len()];
        if variance * power <= 0.0 {
            return none();
        }
        match (&self.wanted, gradient) {
            (Wanted::MeanColour { regions, variance: of_r }, _) => {
                let mut moves = none();
                for region in regions.iter() {
                    region.add_moves(&mut moves, x0_hat, self.shape, variance, of_r / power);
                }
                moves
            }
            (Wanted::Symmetry { variance: of_r }, _) => {
                let share = variance / (2.0 * variance + of_r / power);
                let width = self.shape.width;
                let mirrored = |i: usize| i - i % width + (width - 1 - i % width);
                (0..x0_hat.len()).map(|i| share * (x0_hat[mirrored(i)] - x0_hat[i])).collect()
            }
            (Wanted::Own, Some(gradient)) => gradient.iter().map(|g| variance * power * f64::from(*g)).collect(),
            (Wanted::Own, None) => none(),
        }
    }

    /// What the kernel that finds the moves is told; nothing where the gradient comes from the caller.
    #[cfg(feature = "webgpu")]
    pub(super) fn on_gpu(&self, prior: Prior) -> Option<gpu::Wanted> {
        let Prior { variance, power, .. } = prior;
        let head = |of_r: f64| vec![if power > 0.0 { variance as f32 } else { 0.0 }, (of_r / power.max(1e-30)) as f32];
        match &self.wanted {
            Wanted::MeanColour { regions, variance } => {
                let parts = regions.iter().map(|region| [&region.colour[..], &region.weights].concat());
                let numbers = std::iter::once(head(*variance)).chain(parts).collect::<Vec<_>>().concat();
                Some(gpu::Wanted { symmetry: false, regions: regions.len(), numbers })
            }
            Wanted::Symmetry { variance } => Some(gpu::Wanted { symmetry: true, regions: 0, numbers: head(*variance) }),
            Wanted::Own => None,
        }
    }
}

impl Region {
    fn new(region: &options::Region, shape: Shape) -> Self {
        let pixels = shape.height * shape.width;
        let mask = region.mask.as_deref().unwrap_or(&[1.0]);
        let all: Vec<f32> = mask.iter().copied().cycle().take(shape.batch * pixels).collect();
        let weights = all.chunks_exact(pixels).flat_map(|of_image| {
            let sum: f64 = of_image.iter().map(|share| f64::from(*share)).sum();
            of_image.iter().map(move |share| (f64::from(*share) / sum) as f32)
        });
        Self { colour: region.colour.clone(), weights: weights.collect() }
    }

    /// For every channel of every image: the mean `a . x` under N(x0_hat, variance) is N(a . x0_hat, variance a . a), conditioned on the
    /// colour.
    fn add_moves(&self, moves: &mut [f64], x0_hat: &[f64], shape: Shape, variance: f64, of_r: f64) {
        let pixels = shape.height * shape.width;
        let planes = x0_hat.chunks_exact(pixels).zip(moves.chunks_exact_mut(pixels)).enumerate();
        for (plane, (x0_hat, moves)) in planes {
            let (image, channel) = (plane / shape.channels, plane % shape.channels);
            let weights = &self.weights[image * pixels..][..pixels];
            let dot = |x: &[f64]| weights.iter().zip(x).map(|(a, x)| f64::from(*a) * x).sum::<f64>();
            let square: f64 = weights.iter().map(|a| f64::from(*a).powi(2)).sum();
            let missing = f64::from(self.colour[channel]) - dot(x0_hat);
            let share = variance / (variance * square + of_r);
            for (to, a) in moves.iter_mut().zip(weights) {
                *to += share * f64::from(*a) * missing;
            }
        }
    }
}
