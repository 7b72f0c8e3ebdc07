//! Steps whose state stays on the GPU: the same line, in f32, where the network's output is.

use super::edit::{self, Edit};
use super::guided::Guided;
use super::last_on_gpu::OnGpu;
use super::line::eps_of_x0;
use super::plan::PlannedStep;
use super::reverse::{Run, Step};
use super::shown::{Images, Shown};
use crate::error::Error;
use crate::kernels::gpu::{Change, EpsHat, Gpu, GpuState, Image, Moves, Update};
use crate::math::predict::{Combination, eps_from_x0};
use crate::noise::Shape;
use crate::options::Clip;
use crate::sampler::StepCoeffs;

impl Run {
    /// Takes one step on the GPU that the network is on, where the images stay: only bytes of them are read, and nothing of a
    /// step that is not `seen`. The last step is always seen, and its numbers are read.
    ///
    /// # Errors
    /// The network's own; `not-finite` where a state that is seen holds NaN, from this step or one before it.
    pub async fn step_on_gpu(&mut self, gpu: &Gpu, denoiser: &Guided<'_>, seen: bool) -> Result<Option<Shown>, Error> {
        let noise = self.noise.clone();
        let step = self.step_there(gpu, denoiser, seen).await;
        // A step that failed was not taken: PyTorch's stream stands where it stood.
        if step.is_err() {
            self.noise = noise;
        }
        step
    }

    async fn step_there(&mut self, gpu: &Gpu, denoiser: &Guided<'_>, seen: bool) -> Result<Option<Shown>, Error> {
        let planned = self.pending()?;
        self.check_gradient(None)?;
        let Shape { batch, channels, height, width } = self.shape;
        let state = self.on_gpu.as_ref().map(|last| last.next.clone());
        let x_t = state.unwrap_or_else(|| GpuState::upload(gpu, &self.x_t, [batch, channels, height, width]));
        let (output, output_factor, guidance) = denoiser.predict_on_gpu(gpu, &x_t, planned.t)?;
        let update = Update { output_factor, guidance, input_map: denoiser.input_map(), ..self.update(planned) };
        let z = self.fresh_noise(planned);
        let change = self.edit.as_ref().map(|edit| change_on_gpu(edit, edit.change(&planned, &self.plan)));
        let moves = self.moves_on_gpu(gpu, &planned, || x_t.update(&output, &update, None, None, None).x0_hat);
        let updated = x_t.update(&output, &update, z.as_deref(), change, moves.as_ref());
        let next = self.jumped_on_gpu(&output, &update, &updated.x_s);
        let now = OnGpu { gpu: gpu.clone(), updated, next };

        let (index, num_steps) = (self.step_index, self.num_steps());
        let is_last = index + 1 == num_steps;
        let pixels = if seen && !is_last { now.pixels().await? } else { None };
        let shown = if let Some(pixels) = pixels {
            Some(Shown { index, num_steps, planned, pixels, floats: None })
        } else if seen || is_last {
            let Images { x0_hat, x_s } = now.images().await?;
            if let Some(index) = x_s.iter().position(|value| !value.is_finite()) {
                return Err(Error::NotFinite { what: "state after the step", timestep: planned.t, index });
            }
            self.x_t.clone_from(&x_s);
            Some(Step { index, num_steps, planned, x0_hat, x_s }.shown())
        } else {
            gpu.finish().await.map_err(Error::device)?;
            None
        };
        self.on_gpu = Some(now);
        self.step_index += 1;
        Ok(shown)
    }

    /// What the last step computed, read from the GPU that it was taken on; `None` where there was none, or it was taken elsewhere.
    ///
    /// # Errors
    /// What the device says where it fails.
    pub async fn images_on_gpu(&self) -> Result<Option<Images<f32>>, Error> {
        match &self.on_gpu {
            Some(last) => last.images().await.map(Some),
            None => Ok(None),
        }
    }

    /// The state that the step after this one starts from: that after the step, or the way back from it.
    fn jumped_on_gpu(&mut self, output: &Image, update: &Update, x_s: &GpuState) -> GpuState {
        let next = self.step_index + 1;
        let Some([of_x, of_z]) = self.jump_to(next) else { return x_s.clone() };
        let z = self.noise.of_jump(self.shape, next);
        let forward = Update { coeffs: [0.0, 0.0, of_x, of_z], ..*update };
        x_s.update(output, &forward, Some(&z), None, None).x_s
    }

    /// How far a potential moves the step, at the predicted images that it is given when it asks.
    fn moves_on_gpu(&self, gpu: &Gpu, planned: &PlannedStep, x0_hat: impl FnOnce() -> GpuState) -> Option<Moves> {
        let potential = self.potential.as_ref()?;
        let prior = potential.prior(planned, &self.plan);
        let moves = x0_hat().moves(gpu, &potential.on_gpu(prior)?);
        Some(if prior.of_x0 { Moves::X0(moves) } else { Moves::Mean(moves) })
    }

    /// The line of [`next_state`](Self::next_state) as factors.
    fn update(&self, planned: PlannedStep) -> Update {
        let factors = |of: Combination| [of.c_xt, of.c_prediction];
        let (bound, eps_hat) = match self.plan.clip {
            Clip::None => (f64::INFINITY, EpsHat::OfOutput(factors(self.plan.prediction.eps_hat(planned.level)))),
            Clip::X0 => (self.plan.clip_range, EpsHat::OfOutput(factors(self.plan.prediction.eps_hat(planned.level)))),
            Clip::X0Eps => (self.plan.clip_range, EpsHat::OfX0(factors(eps_from_x0(planned.level)))),
        };
        let StepCoeffs { c_x0, c_eps, c_xt, c_z } = planned.coeffs;
        Update {
            output_factor: 1.0,
            guidance: None,
            x0_hat: factors(self.plan.prediction.x0_hat(planned.level)),
            bound,
            eps_hat,
            coeffs: [c_x0, c_eps, c_xt, c_z],
            input_map: [1.0, 0.0],
            eps_of_moved: eps_of_x0(planned.level),
        }
    }
}

/// A change in the kernel's terms.
fn change_on_gpu(edit: &Edit, change: edit::Change) -> Change<'_> {
    let edit::Change { x0_variance, noise_variance, open, step_variance, v_factor, replaces, y_factor, z_factor } =
        change;
    let replaces = f64::from(u8::from(replaces));
    // A factor past f32 lets no target through, as it should.
    let v_factor = v_factor.min(f64::from(f32::MAX));
    Change {
        factors: [x0_variance, noise_variance, open, step_variance, v_factor, replaces, y_factor, z_factor],
        target: &edit.target,
        weight: &edit.weight,
        variance: &edit.variance,
    }
}
