//! A run: the reverse process, one step at a time.

use super::begin::{First, begun, check, checked_state};
use super::denoiser::{Denoiser, Predicted};
use super::edit::Edit;
#[cfg(feature = "webgpu")]
use super::last_on_gpu::OnGpu;
use super::plan::{Plan, PlannedStep};
use super::potential::{Asked, Potential};
use super::shown::{Images, Shown, pixels_of};
use crate::checkpoint::{memory, value};
use crate::error::Error;
use crate::math::forward::forward_factors;
use crate::noise::{NoiseSource, Shape};
use crate::options::SampleOptions;

/// For an element of the state: the prediction and what it is made from, x0_hat in f64 and in f32, noise, the new state and its copy.
const BYTES_OF_A_STEP: u64 = 40;

/// A run between two steps. It never computes ahead, and an error leaves it where it was.
#[derive(Debug, Clone)]
pub struct Run {
    pub(super) plan: Plan,
    pub(super) shape: Shape,
    pub(super) noise: NoiseSource,
    first: First,
    pub(super) step_index: usize,
    pub(super) edit: Option<Edit>,
    pub(super) potential: Option<Potential>,
    /// The state; with `on_gpu`, the last one that was read.
    pub(super) x_t: Vec<f32>,
    /// The last step, where it was taken on a GPU.
    #[cfg(feature = "webgpu")]
    pub(super) on_gpu: Option<OnGpu>,
}

/// What one step computed.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Position in the run, from 0.
    pub index: usize,
    /// Steps of the whole run.
    pub num_steps: usize,
    /// The step as planned.
    pub planned: PlannedStep,
    /// The predicted clean image, clipped as the options say, NCHW.
    pub x0_hat: Vec<f32>,
    /// The state after the step, NCHW.
    pub x_s: Vec<f32>,
}

impl Step {
    /// Whether no step follows.
    pub fn is_last(&self) -> bool {
        self.index + 1 == self.num_steps
    }

    /// The step as it is shown.
    pub fn shown(&self) -> Shown {
        let Self { index, num_steps, planned, ref x0_hat, ref x_s } = *self;
        let floats = || Images { x0_hat: x0_hat.clone(), x_s: x_s.clone() };
        let pixels = Images { x0_hat: pixels_of(x0_hat), x_s: pixels_of(x_s) };
        Shown { index, num_steps, planned, pixels, floats: self.is_last().then(floats) }
    }
}

impl Run {
    /// A run of `shape` that begins with the given state, or else with noise of its own.
    ///
    /// # Errors
    /// `invalid-noise` where the given state has another length or is not finite; `invalid-` and the name of an option that does
    /// not fit the others, or the run.
    pub fn new(options: &SampleOptions, plan: Plan, shape: Shape, x_t: Option<Vec<f32>>) -> Result<Self, Error> {
        check(options, &plan, shape, x_t.is_some())?;
        memory::ensure("the first step of this run", BYTES_OF_A_STEP * shape.len() as u64)?;
        let edit = Edit::new(options, shape);
        let potential = options.potential.as_ref().map(|potential| Potential::new(potential, shape));
        let (noise, first, x_t) = begun(options, &plan, shape, edit.as_ref(), x_t)?;
        Ok(Self {
            edit,
            potential,
            plan,
            shape,
            noise,
            first,
            step_index: 0,
            x_t,
            #[cfg(feature = "webgpu")]
            on_gpu: None,
        })
    }

    /// Goes on at a later step with the state that a run of the same options had there, and to the last bit as that run would.
    ///
    /// # Errors
    /// `invalid-resume` where there is no such step, or the state has another length or is not finite.
    pub fn resume(&mut self, step_index: usize, x_t: Vec<f32>) -> Result<(), Error> {
        let steps = self.step_index..self.num_steps();
        if !steps.contains(&step_index) {
            let allowed = format!("a step from {} to {}", steps.start, steps.end - 1);
            return Err(Error::invalid("resume", format!("step {step_index}"), allowed));
        }
        self.x_t = checked_state("resume", x_t, self.shape)?;
        for index in steps.start..step_index {
            if index > steps.start && self.jump_to(index).is_some() {
                self.noise.skip_jump(self.shape, index);
            }
            if self.draws_noise(&self.plan.steps[index]) {
                self.noise.skip_step(self.shape, index);
            }
        }
        self.step_index = step_index;
        self.jump();
        #[cfg(feature = "webgpu")]
        {
            self.on_gpu = None;
        }
        Ok(())
    }

    /// Steps of the whole run.
    pub fn num_steps(&self) -> usize {
        self.plan.steps.len()
    }

    /// Steps that are taken.
    pub fn step_index(&self) -> usize {
        self.step_index
    }

    /// Images of the batch.
    pub fn batch(&self) -> usize {
        self.shape.batch
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The state x_T that the run begins, or began, with, NCHW: as it was given, or drawn once more.
    ///
    /// # Errors
    /// `out-of-memory`.
    pub fn initial(&self) -> Result<Vec<f32>, Error> {
        memory::ensure("a copy of x_T", (size_of::<f32>() * self.shape.len()) as u64)?;
        Ok(match &self.first {
            First::Given(given) => given.clone(),
            First::Drawn(noise) => noise.as_ref().clone().initial(self.shape),
        })
    }

    /// The state that the next step starts from, NCHW; after the last step, the result.
    pub fn x_t(&self) -> &[f32] {
        &self.x_t
    }

    /// The step that comes next.
    ///
    /// # Errors
    /// `run-complete` where there is none.
    pub fn pending(&self) -> Result<PlannedStep, Error> {
        self.plan.steps.get(self.step_index).copied().ok_or(Error::RunComplete { steps: self.num_steps() })
    }

    /// Asks the denoiser and takes one step.
    ///
    /// # Errors
    /// The denoiser's own, and those of [`advance`](Self::advance).
    pub async fn step(&mut self, denoiser: &impl Denoiser) -> Result<Step, Error> {
        let prediction = denoiser.predict(&self.x_t, self.pending()?.t).await?;
        self.advance(&prediction)
    }

    /// Takes one step with a prediction made elsewhere, for the state [`x_t`](Self::x_t) at the pending timestep.
    ///
    /// # Errors
    /// `run-complete` after the last step, `denoiser-length` for a prediction of another length, `not-finite` for one
    /// that holds NaN or infinity; `invalid-potential` for a run that has to be told the gradient of a potential.
    pub fn advance(&mut self, prediction: &[f32]) -> Result<Step, Error> {
        self.advance_by(prediction, None)
    }

    /// The same in a run with a potential of the caller's own, with the gradient of log r at [`asked`](Self::asked).
    ///
    /// # Errors
    /// Those of [`advance`](Self::advance); `invalid-potential` for a gradient of another length, or one that is not finite.
    pub fn advance_by(&mut self, prediction: &[f32], gradient: Option<&[f32]>) -> Result<Step, Error> {
        let planned = self.pending()?;
        let predicted = self.checked(prediction, planned)?;
        self.check_gradient(gradient)?;
        memory::ensure("a step of this run", BYTES_OF_A_STEP * self.x_t.len() as u64)?;

        let mut x0_hat = self.x0_hat(&predicted.mean, planned);
        let x_s = self.next_state(&predicted, &mut x0_hat, planned, gradient);

        let index = self.step_index;
        self.step_index += 1;
        self.x_t.clone_from(&x_s);
        self.jump();
        let x0_hat = x0_hat.into_iter().map(|x0| x0 as f32).collect();
        Ok(Step { index, num_steps: self.num_steps(), planned, x0_hat, x_s })
    }

    /// What a potential of the caller's own is asked at the pending step, whose prediction this is.
    ///
    /// # Errors
    /// Those of [`advance`](Self::advance).
    pub fn asked(&self, prediction: &[f32]) -> Result<Asked, Error> {
        let planned = self.pending()?;
        let predicted = self.checked(prediction, planned)?;
        memory::ensure("a step of this run", BYTES_OF_A_STEP * self.x_t.len() as u64)?;
        let prior = self.potential.as_ref().map(|potential| potential.prior(&planned, &self.plan));
        let variance = prior.map_or(0.0, |prior| prior.variance * prior.power);
        let x0_hat = self.x0_hat(&predicted.mean, planned).into_iter().map(|x0| x0 as f32).collect();
        Ok(Asked { x0_hat, t: planned.t, variance })
    }

    pub(super) fn check_gradient(&self, gradient: Option<&[f32]>) -> Result<(), Error> {
        let is_own = self.potential.as_ref().is_some_and(Potential::is_own);
        let allowed = format!("{} finite numbers, as many as the state has", self.x_t.len());
        match gradient {
            None if !is_own => Ok(()),
            None => Err(Error::invalid("potential.gradient", "absent", allowed)),
            Some(_) if !is_own => Err(Error::misplaced("potential.gradient", "given", "a potential of one's own")),
            Some(gradient) if gradient.len() != self.x_t.len() => {
                Err(Error::invalid("potential.gradient", format!("{} numbers", gradient.len()), allowed))
            }
            Some(gradient) => value::each("potential.gradient", gradient, f32::is_finite, "finite numbers"),
        }
    }

    fn checked<'a>(&self, prediction: &'a [f32], planned: PlannedStep) -> Result<Predicted<'a>, Error> {
        Predicted::checked(prediction, self.shape, self.plan.learned_variance.is_some(), planned.t)
    }

    /// How many numbers a prediction has.
    pub fn prediction_len(&self) -> usize {
        let halves = if self.plan.learned_variance.is_some() { 2 } else { 1 };
        halves * self.x_t.len()
    }

    /// Goes back to the level of the pending step, where that is noisier than the state: `q(x_t given x_s)`.
    fn jump(&mut self) {
        let Some([of_x, of_z]) = self.jump_to(self.step_index) else { return };
        let z = self.noise.of_jump(self.shape, self.step_index);
        for (x, z) in self.x_t.iter_mut().zip(z) {
            *x = (of_x * f64::from(*x) + of_z * f64::from(z)) as f32;
        }
    }

    /// The factors of the state and of noise in the way back to a step, where there is one.
    pub(super) fn jump_to(&self, step_index: usize) -> Option<[f64; 2]> {
        if !self.plan.jumps {
            return None;
        }
        let before = self.plan.steps.get(step_index.checked_sub(1)?)?.next_level;
        let level = self.plan.steps.get(step_index)?.level;
        (level < before).then(|| forward_factors(before, level))
    }
}
