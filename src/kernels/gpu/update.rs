//! A sampler's step, and the state that it is taken from.

use std::rc::Rc;

use super::buffer::Buffer;
use super::context::{Gpu, Launch};
use super::image::Image;
use super::kernel::{Kernel, Shader};
use super::words::word;

/// The factors of a step: the line that all samplers share,
/// `x_s = c_x0 * x0_hat + c_eps * eps_hat + c_xt * x_t + c_z * z`, and what x0_hat and eps_hat are made of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Update {
    /// What the network's output is multiplied by first.
    pub output_factor: f64,
    /// How much of the output for the class is taken: 1 is all, more leads away from the output for no class.
    pub guidance: Option<f64>,
    /// Factors of the state and of the output in x0_hat.
    pub x0_hat: [f64; 2],
    /// x0_hat is clipped to -bound..bound.
    pub bound: f64,
    /// What eps_hat is made of.
    pub eps_hat: EpsHat,
    /// c_x0, c_eps, c_xt and c_z.
    pub coeffs: [f64; 4],
    /// What the network is given of a state: every number times the first, and the second.
    pub input_map: [f64; 2],
    /// How eps_hat follows an x0_hat that is moved.
    pub eps_of_moved: f64,
}

/// How far a step's numbers move, and which.
#[derive(Debug, Clone)]
pub enum Moves {
    /// x0_hat, and eps_hat with it.
    X0(GpuState),
    /// The mean of the step.
    Mean(GpuState),
}

/// A step's change towards what is given of the images; see update.wgsl.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a> {
    /// x0_variance, noise_variance, open, step_variance, v_factor, replaces, y_factor and z_factor.
    pub factors: [f64; 8],
    /// As many numbers as the state has.
    pub target: &'a [f32],
    /// As many.
    pub weight: &'a [f32],
    /// As many, or none where the factors do not call for them.
    pub variance: &'a [f32],
}

/// What eps_hat is made of, with its factors.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum EpsHat {
    /// The state and the network's output.
    OfOutput([f64; 2]),
    /// The state and the clipped x0_hat.
    OfX0([f64; 2]),
}

/// Images channel by channel, `[batch, channels, height, width]`, as a run's state is read and drawn. Clones are the same.
#[derive(Debug, Clone)]
pub struct GpuState {
    buffer: Rc<Buffer>,
    dims: [usize; 4],
    /// The same as the network takes it, where a step has left it so.
    input: Option<Image>,
}

/// What a step computed. Clones are the same.
#[derive(Debug, Clone)]
pub struct Updated {
    /// The predicted images, clipped.
    pub x0_hat: GpuState,
    /// The state after the step.
    pub x_s: GpuState,
}

impl GpuState {
    /// The state of these numbers, `[batch, channels, height, width]`.
    pub fn upload(gpu: &Gpu, images: &[f32], dims: [usize; 4]) -> Self {
        Self { buffer: Rc::new(gpu.upload(images)), dims, input: None }
    }

    /// A state whose numbers are written next.
    pub(super) fn empty(gpu: &Gpu, dims: [usize; 4]) -> Self {
        Self { buffer: Rc::new(gpu.temporary(dims.iter().product())), dims, input: None }
    }

    /// `[batch, channels, height, width]`.
    pub fn dims(&self) -> [usize; 4] {
        self.dims
    }

    /// The network's input of `batch` images, these as many times over as to make so many; every number times `factor`, and
    /// `shift`, as it was said for the step before.
    pub fn input(&self, gpu: &Gpu, batch: usize, map: [f32; 2]) -> Image {
        let ready = self.input.clone().filter(|input| input.dims()[0] == batch);
        ready.unwrap_or_else(|| Image::of_planes(gpu, &self.buffer, self.dims, batch, map))
    }

    /// The same numbers as an image's.
    pub(super) fn of_image(image: &Image) -> Self {
        let [batch, height, width, channels] = image.dims();
        let state = Self::empty(image.gpu(), [batch, channels, height, width]);
        image.write_planes(&state.buffer);
        state
    }

    pub(super) fn buffer(&self) -> &Buffer {
        &self.buffer
    }

    /// The step from this state.
    ///
    /// - `output`: what the network said of it, or with guidance of its images twice, the second time of no class
    /// - `noise`: as many numbers as the state has, where fresh noise is added
    /// - `change`: where the step is changed
    /// - `moves`: where its numbers move
    pub fn update(
        &self,
        output: &Image,
        update: &Update,
        noise: Option<&[f32]>,
        change: Option<Change<'_>>,
        moves: Option<&Moves>,
    ) -> Updated {
        let gpu = output.gpu();
        let [batch, channels, height, width] = self.dims;
        let mut step = factors(update).to_vec();
        step.extend(change.map_or([0.0; 8], |change| change.factors.map(|factor| factor as f32)));
        step.extend_from_slice(noise.unwrap_or(&[0.0]));
        let step = gpu.upload(&step);
        let edit = change.map(|Change { target, weight, variance, .. }| [target, weight, variance].concat());
        let edit = gpu.upload(edit.as_deref().unwrap_or(&[0.0]));
        let clip = matches!(update.eps_hat, EpsHat::OfX0 { .. });
        let (moved, moves) = match moves {
            None => (0, None),
            Some(Moves::X0(moves)) => (1, Some(moves)),
            Some(Moves::Mean(moves)) => (2, Some(moves)),
        };
        let none = gpu.upload(&[0.0]);
        let moves = moves.map_or(&none, |moves| moves.buffer());
        let flags = [clip, noise.is_some(), update.guidance.is_some(), change.is_some()].map(u32::from);
        let constants = flags.into_iter().chain([moved]).collect();
        let (x0_hat, x_s) = (Self::empty(gpu, self.dims), Self::empty(gpu, self.dims));
        let repeats = if update.guidance.is_some() { 2 } else { 1 };
        let input = Image::empty(gpu, [repeats * batch, height, width, channels]);
        let count = input.len() / repeats;
        let launch = Launch {
            kernel: Kernel { shader: Shader::Update, constants },
            buffers: &[
                self.buffer(),
                output.buffer(),
                &step,
                &edit,
                moves,
                x0_hat.buffer(),
                x_s.buffer(),
                input.buffer(),
            ],
            shape: &[height * width, channels, output.stride(), count].map(word),
        };
        gpu.launch(&launch, count);
        Updated { x0_hat, x_s: Self { input: Some(input), ..x_s } }
    }
}

/// The factors in the order of `Step` in update.wgsl.
fn factors(update: &Update) -> [f32; 14] {
    let [x0_of_x, x0_of_output] = update.x0_hat;
    let (EpsHat::OfOutput([eps_of_x, eps_of_other]) | EpsHat::OfX0([eps_of_x, eps_of_other])) = update.eps_hat;
    let [c_x0, c_eps, c_xt, c_z] = update.coeffs;
    // A bound of infinity would be none that a shader has to know.
    let bound = update.bound.min(f64::from(f32::MAX));
    let guidance = update.guidance.unwrap_or(1.0);
    let [input_factor, input_shift] = update.input_map;
    [
        x0_of_x,
        x0_of_output,
        bound,
        eps_of_x,
        eps_of_other,
        c_x0,
        c_eps,
        c_xt,
        c_z,
        update.output_factor,
        guidance,
        input_factor,
        input_shift,
        update.eps_of_moved,
    ]
    .map(|factor| factor as f32)
}
