//! Betas that are learned with the network (Sohl-Dickstein et al. 2015, section 2.4.1).
//!
//! The noise of an example is held constant while its loss is differentiated ("frozen noise"): what the network is shown, what it should
//! answer and what its error counts are functions of two levels, that of the timestep and that of the one before. The gradient of the loss
//! by the factors of those comes from the pass that trains the network.

use super::objective::k_2015;
use super::schedule_parameters::ScheduleParameters;
use super::target::{Place, factors};
use crate::math::level::NoiseLevel;
use crate::math::schedule::Schedule;
use crate::math::time::Timestep;
use crate::options::Target;

/// Of the smaller distance of two levels: the length of a difference quotient.
const STEP: f64 = 1e-4;

/// How the loss of a batch depends on one of its examples.
#[derive(Debug, Clone, Copy)]
pub struct Found {
    /// The training timestep, at least 1.
    pub timestep: usize,
    /// Its mean square error, divided by the count of the examples: the loss by its weight.
    pub by_weight: f64,
    /// The loss by its [`Mix`].
    pub by_mix: [f64; 4],
}

/// The factors of the data and of the noise, in what the network is shown and then in what it should answer.
pub type Mix = [f64; 4];

/// The mix of an example, and the weight of its error.
pub fn mix_and_weight(place: Place, target: Target, steps: usize) -> (Mix, f64) {
    let wanted = factors(target, place);
    let mix = [place.t.sqrt_alpha_bar(), place.t.sigma(), wanted.data, wanted.noise];
    (mix, k_2015(place, steps) * wanted.eps_error * wanted.eps_error)
}

/// The betas of all timesteps: the first stays, so that K stays finite; the others are logistic functions of parameters.
pub struct Betas {
    first: f64,
    /// The logarithms of beta / (1 - beta) of the others, at the beginning.
    logits: Vec<f64>,
    /// What has been added to them.
    pub parameters: ScheduleParameters,
}

impl Betas {
    /// Begins with those of a schedule.
    pub fn new(schedule: &Schedule) -> Self {
        let keeps = levels(schedule).scan(0.0, |before, level| {
            // ln(1 - beta), which is the difference of two ln alpha_bar.
            let log_alpha_bar = -libm::log1p(libm::exp(-level.log_snr()));
            let keep = log_alpha_bar - *before;
            *before = log_alpha_bar;
            Some(keep)
        });
        let mut betas = keeps.map(|keep| -libm::expm1(keep));
        let first = betas.next().unwrap_or(0.0);
        let logits: Vec<f64> = betas.map(|beta| libm::log(beta / (1.0 - beta))).collect();
        let parameters = ScheduleParameters::new(vec![0.0; logits.len()]);
        Self { first, logits, parameters }
    }

    /// The betas as they are now.
    pub fn values(&self) -> Vec<f64> {
        let added = self.parameters.values();
        let others = self.logits.iter().zip(added).map(|(logit, added)| 1.0 / (1.0 + libm::exp(-logit - added)));
        // As an f64 a beta of 1 would leave no signal at all.
        std::iter::once(self.first).chain(others.map(|beta| beta.clamp(1e-12, 1.0 - 1e-12))).collect()
    }

    /// Takes a step that raises K, after the examples that were found under this schedule, of data with this mean square.
    pub fn learn(&mut self, schedule: &Schedule, target: Target, mean_square: f64, found: &[Found]) {
        let gradient = gradient(&self.values(), schedule, target, mean_square, found);
        self.parameters.advance(gradient);
    }
}

/// The gradient of -K per element by the parameters.
fn gradient(betas: &[f64], schedule: &Schedule, target: Target, mean_square: f64, found: &[Found]) -> Vec<f64> {
    let levels: Vec<NoiseLevel> = levels(schedule).collect();
    let steps = (levels.len() - 1).max(1);
    let mut by_log_snr = vec![0.0; levels.len()];
    for example in found {
        let (t, s) = (levels[example.timestep], levels[example.timestep - 1]);
        let length = STEP * (s.log_snr() - t.log_snr()).min(1.0);
        let by = |at: &dyn Fn(f64) -> Place| {
            let [(after, weight_after), (before, weight_before)] =
                [length, -length].map(|by| mix_and_weight(at(by), target, steps));
            let mixes = after.iter().zip(before).map(|(after, before)| after - before);
            let mixes: f64 = mixes.zip(example.by_mix).map(|(change, by)| change * by).sum();
            (mixes + (weight_after - weight_before) * example.by_weight) / (2.0 * length)
        };
        let moved = |level: NoiseLevel, by: f64| NoiseLevel::from_log_snr(level.log_snr() + by);
        by_log_snr[example.timestep] += by(&|by| Place { t: moved(t, by), s });
        by_log_snr[example.timestep - 1] += by(&|by| Place { t, s: moved(s, by) });
    }
    // Of the last state K has the entropy, ln(sigma_T^2) / 2, and the cross entropy with the prior.
    if let (Some(last), Some(level)) = (by_log_snr.last_mut(), levels.last()) {
        *last += 0.5 * level.alpha_bar() * (1.0 + (mean_square - 1.0) * level.sigma_sq());
    }
    // A beta changes the logarithm of alpha_bar from its timestep on; that changes log SNR by 1 / sigma^2.
    let mut later = 0.0;
    let mut gradient: Vec<f64> = (1..levels.len())
        .rev()
        .map(|t| {
            later += by_log_snr[t] / levels[t].sigma_sq();
            -betas[t] * later
        })
        .collect();
    gradient.reverse();
    gradient
}

fn levels(schedule: &Schedule) -> impl Iterator<Item = NoiseLevel> {
    (0..schedule.num_train_timesteps()).filter_map(|t| schedule.level(Timestep(t)))
}

#[cfg(test)]
mod tests {
    use super::super::objective::entropies;
    use super::*;

    #[test]
    fn it_begins_with_the_betas_of_the_schedule() {
        let betas = [1e-4, 0.02, 0.5, 0.999];
        let found = Betas::new(&Schedule::from_betas(&betas)).values();
        assert!(found.iter().zip(betas).all(|(found, beta)| (found / beta - 1.0).abs() < 1e-9), "{found:?}");
    }

    /// The error that the best network has on normal data of variance 1/4: its share of the noise's variance.
    fn least_error(place: Place) -> f64 {
        let signal = 0.25 * place.t.alpha_bar();
        signal / (signal + place.t.sigma_sq())
    }

    /// -K per element of the best network, as a function of what is added to the parameters.
    fn minus_k(betas: &mut Betas, added: &[f32]) -> (f64, Schedule) {
        betas.parameters = ScheduleParameters::new(added.to_vec());
        let schedule = Schedule::from_betas(&betas.values());
        let levels: Vec<NoiseLevel> = levels(&schedule).collect();
        let terms = levels.windows(2).map(|pair| {
            let place = Place { t: pair[1], s: pair[0] };
            k_2015(place, 1) * least_error(place)
        });
        (terms.sum::<f64>() - entropies(&schedule, 0.25), schedule)
    }

    #[test]
    fn learning_raises_k_to_where_it_rises_no_more() {
        // Unevenly spaced steps lose bits; the best network is known, and with it the derivative of its error.
        let mut betas = Betas::new(&Schedule::from_betas(&[0.01, 0.01, 0.02, 0.3, 0.3, 0.02, 0.6, 0.9]));
        let (before, _) = minus_k(&mut betas, &[0.0; 7]);
        let mut added = [0.0f32; 7];
        for _ in 0..3000 {
            let (_, schedule) = minus_k(&mut betas, &added);
            let gradient = gradient_of_best(&betas, &schedule);
            for (added, by) in added.iter_mut().zip(gradient) {
                *added -= 0.2 * by as f32;
            }
        }
        let (after, schedule) = minus_k(&mut betas, &added);
        assert!(after < before - 0.05, "{before} before, {after} after");
        let rest = gradient_of_best(&betas, &schedule);
        assert!(rest.iter().all(|by| by.abs() < 2e-3), "{rest:?}");
        for i in 0..7 {
            let mut at = |by: f32| {
                let mut moved = added;
                moved[i] += by;
                minus_k(&mut betas, &moved).0
            };
            assert!(at(0.3) > after - 1e-3 && at(-0.3) > after - 1e-3, "parameter {i}");
        }
    }

    /// For the best network the loss depends on the levels by the weight, and by the error, whose dependence is put into the mix: the
    /// error is the square of what the target has too much of the noise.
    fn gradient_of_best(betas: &Betas, schedule: &Schedule) -> Vec<f64> {
        let values = betas.values();
        let levels: Vec<NoiseLevel> = levels(schedule).collect();
        let steps = levels.len() - 1;
        let found: Vec<Found> = (1..levels.len())
            .map(|timestep| {
                let place = Place { t: levels[timestep], s: levels[timestep - 1] };
                let share = 1.0 / steps as f64;
                let weight = k_2015(place, steps);
                // error = a^2 / (a^2 + 4 b^2) with the mix (a, b) of the data and the noise.
                let (a, b) = (place.t.sqrt_alpha_bar(), place.t.sigma());
                let (top, bottom) = (a * a, a * a + 4.0 * b * b);
                let by_a = 2.0 * a * (bottom - top) / (bottom * bottom);
                let by_b = -8.0 * b * top / (bottom * bottom);
                let by_mix = [share * weight * by_a, share * weight * by_b, 0.0, 0.0];
                Found { timestep, by_weight: share * least_error(place), by_mix }
            })
            .collect();
        gradient(&values, schedule, Target::Epsilon, 0.25, &found)
    }
}
