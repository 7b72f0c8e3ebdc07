//! What a step makes of a prediction: the predicted image and the next state.

use super::denoiser::Predicted;
use super::edit::Edit;
use super::line::{Element, Line, eps_of_x0};
use super::plan::PlannedStep;
use super::reverse::Run;
use crate::math::predict::eps_from_x0;
use crate::options::Clip;

impl Run {
    /// The predicted image, clipped or thresholded.
    pub(super) fn x0_hat(&self, prediction: &[f32], planned: PlannedStep) -> Vec<f64> {
        let x0_hat = self.plan.prediction.x0_hat(planned.level);
        let bound = match self.plan.clip {
            Clip::None => f64::INFINITY,
            Clip::X0 | Clip::X0Eps => self.plan.clip_range,
        };
        let elements = self.x_t.iter().zip(prediction);
        let whole = elements.map(|(x_t, p)| x0_hat.of(f64::from(*x_t), f64::from(*p)));
        match self.plan.threshold {
            None => whole.map(|x0| x0.clamp(-bound, bound)).collect(),
            Some(threshold) => {
                let mut images: Vec<f64> = whole.collect();
                images.chunks_exact_mut(self.shape.image_len()).for_each(|image| threshold.apply(image));
                images
            }
        }
    }

    /// The new state, by [`Line`]; `x0_hat` may be moved.
    pub(super) fn next_state(
        &mut self,
        predicted: &Predicted<'_>,
        x0_hat: &mut [f64],
        planned: PlannedStep,
        gradient: Option<&[f32]>,
    ) -> Vec<f32> {
        let mut z = self.fresh_noise(planned);
        if let Some((z, outputs)) = z.as_mut().zip(predicted.variance.as_ref()) {
            self.scale_noise(z, outputs, planned);
        }
        let prediction = &predicted.mean;
        let from_x0 = eps_from_x0(planned.level);
        let from_prediction = self.plan.prediction.eps_hat(planned.level);
        let edit = self.edit.as_ref().map(|edit| (edit, edit.change(&planned, &self.plan)));
        let (moves_x0, moves) = self.moves(x0_hat, &planned, gradient);
        let line = Line { coeffs: planned.coeffs, eps_of_x0: eps_of_x0(planned.level), moves_x0 };

        let element = |(i, x0_hat): (usize, &mut f64)| {
            let x_t = f64::from(self.x_t[i]);
            let eps_hat = match self.plan.clip {
                Clip::X0Eps => from_x0.of(x_t, *x0_hat),
                Clip::None | Clip::X0 => from_prediction.of(x_t, f64::from(prediction[i])),
            };
            let z = z.as_ref().map_or(0.0, |z| f64::from(z[i]));
            let element = Element { x_t, eps_hat, z, moves: moves.as_ref().map_or(0.0, |moves| moves[i]) };
            line.of(element, x0_hat, edit.as_ref().map(|(edit, change)| (change, edit.shares(change, i)))) as f32
        };
        x0_hat.iter_mut().enumerate().map(element).collect()
    }

    /// Makes noise as strong in every element as the network says, beside what the step gives all of them.
    fn scale_noise(&self, z: &mut [f32], outputs: &[f32], planned: PlannedStep) {
        let Some(kind) = self.plan.learned_variance.filter(|_| self.plan.takes_variance && planned.coeffs.c_z > 0.0)
        else {
            return;
        };
        let variance = kind.between(planned.level, planned.next_level);
        for (z, output) in z.iter_mut().zip(outputs) {
            let std = variance.of(f64::from(*output)).sqrt();
            *z = (f64::from(*z) * std / planned.coeffs.c_z) as f32;
        }
    }

    /// How far a potential moves `x0_hat` or, where the first is false, the mean of the step.
    fn moves(&self, x0_hat: &[f64], planned: &PlannedStep, gradient: Option<&[f32]>) -> (bool, Option<Vec<f64>>) {
        let Some(potential) = &self.potential else { return (false, None) };
        let prior = potential.prior(planned, &self.plan);
        (prior.of_x0, Some(potential.moves(x0_hat, prior, gradient)))
    }

    /// A step that takes no noise draws none, so that PyTorch's stream goes on as it does in diffusers.
    pub(super) fn fresh_noise(&mut self, planned: PlannedStep) -> Option<Vec<f32>> {
        self.draws_noise(&planned).then(|| self.noise.of_step(self.shape, self.step_index))
    }

    /// Whether a step takes noise.
    pub(super) fn draws_noise(&self, planned: &PlannedStep) -> bool {
        planned.coeffs.c_z > 0.0 || self.edit.as_ref().is_some_and(Edit::needs_noise)
    }
}
