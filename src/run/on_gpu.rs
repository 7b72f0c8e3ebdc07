//! Steps whose state stays on the GPU: the same line, in f32, where the network's output is.

use super::guided::Guided;
use super::plan::PlannedStep;
use super::reverse::{Run, Step};
use crate::error::Error;
use crate::kernels::gpu::{EpsHat, Gpu, GpuState, Update};
use crate::math::predict::{Combination, eps_from_x0};
use crate::noise::Shape;
use crate::options::Clip;
use crate::sampler::StepCoeffs;

impl Run {
    /// Takes one step on the GPU that the network is on, where the state stays. Only a step that is to be `read`, and the last,
    /// gives its numbers.
    ///
    /// # Errors
    /// The network's own; `not-finite` where a state that is read holds NaN, from this step or one before it.
    pub async fn step_on_gpu(&mut self, gpu: &Gpu, denoiser: &Guided<'_>, read: bool) -> Result<Option<Step>, Error> {
        let noise = self.noise.clone();
        let step = self.step_there(gpu, denoiser, read).await;
        // A step that failed was not taken: PyTorch's stream stands where it stood.
        if step.is_err() {
            self.noise = noise;
        }
        step
    }

    async fn step_there(&mut self, gpu: &Gpu, denoiser: &Guided<'_>, read: bool) -> Result<Option<Step>, Error> {
        let planned = self.pending()?;
        let Shape { batch, channels, height, width } = self.shape;
        let state = self.on_gpu.clone();
        let x_t = state.unwrap_or_else(|| GpuState::upload(gpu, &self.x_t, [batch, channels, height, width]));
        let (output, output_factor, guidance) = denoiser.predict_on_gpu(gpu, &x_t, planned.t)?;
        let update = Update { output_factor, guidance, input_map: denoiser.input_map(), ..self.update(planned) };
        let z = self.fresh_noise(planned);
        let updated = x_t.update(&output, &update, z.as_deref());

        let index = self.step_index;
        let is_last = index + 1 == self.num_steps();
        let step = if read || is_last {
            let numbers = gpu.read(&[&updated.x0_hat, &updated.x_s]).await.map_err(Error::device)?;
            let [x0_hat, x_s] = <[Vec<f32>; 2]>::try_from(numbers).expect("as many states are given as were asked for");
            if let Some(index) = x_s.iter().position(|value| !value.is_finite()) {
                return Err(Error::NotFinite { what: "state after the step", timestep: planned.t, index });
            }
            self.x_t.clone_from(&x_s);
            Some(Step { index, num_steps: self.num_steps(), planned, x0_hat, x_s })
        } else {
            gpu.finish().await.map_err(Error::device)?;
            None
        };
        self.on_gpu = Some(updated.x_s);
        self.step_index += 1;
        Ok(step)
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
        }
    }
}
