//! The examples of one step: which of the data, at which times, with which noise.

use super::betas::Mix;
use super::data::Data;
use super::gamma::Gamma;
use super::objective::{self, Weight};
use super::random::{self, Draw};
use super::target::{Factors, factors};
use super::variance::Divergence;
use crate::checkpoint::Labels;
use crate::checkpoint::class_mix::ClassMix;
use crate::math::schedule::Schedule;
use crate::options::{Target, TrainOptions};

/// The share of labels that is left out where nothing else is said.
const CLASS_DROPOUT: f64 = 0.1;

/// Examples of a step where nothing else is said.
const POINTS: usize = 256;
const IMAGES: usize = 16;

/// How many examples a step has.
pub fn batch_size(data: &Data, options: &TrainOptions) -> usize {
    options.batch.unwrap_or(if data.is_points() { POINTS } else { IMAGES })
}

/// What the network is asked in one step, and what it should answer.
#[derive(Debug, Default)]
pub struct Batch {
    /// The examples, one after the other.
    pub x_0: Vec<f32>,
    /// The noise of each.
    pub noise: Vec<f32>,
    /// The noised examples.
    pub x_t: Vec<f32>,
    /// What the network should predict.
    pub target: Vec<f32>,
    /// The factors of data and noise in both.
    pub mixes: Vec<Mix>,
    /// When each example is looked at, from 0 to 1.
    pub times: Vec<f64>,
    /// The training timestep of each.
    pub timesteps: Vec<f64>,
    /// One per example; none where the network has no classes.
    pub classes: Vec<ClassMix>,
    /// Factor of each example's mean square error.
    pub weights: Vec<f64>,
    /// The divergence of each example's step, where the variance is learned.
    pub divergences: Vec<Divergence>,
}

impl Batch {
    /// Draws the examples of a step.
    pub fn draw(
        data: &Data,
        options: &TrainOptions,
        (schedule, gamma, target, labels): (&Schedule, &Gamma, Target, &Labels),
        step: u32,
        size: usize,
    ) -> Self {
        let mut batch = Self::default();
        let offset = random::offset(options.seed, step);
        for index in 0..size {
            let Draw { example, time, mirror, dropout } = random::draw(options.seed, step, index as u32);
            let example = ((example * data.len() as f64) as usize).min(data.len() - 1);
            let even = (offset + index as f64 / size as f64).fract();
            let u = if options.antithetic { even } else { time };
            let asked = objective::asked(&options.objective, schedule, gamma, u);
            let wanted = factors(target, asked.place);
            let x_0 = data.example(example, options.flip && mirror < 0.5);
            let mut noise = vec![0.0; x_0.len()];
            random::noise(options.seed, step, index as u32, &mut noise);

            batch.x_0.extend_from_slice(&x_0);
            batch.noise.extend_from_slice(&noise);
            let (signal, sigma) = (asked.place.t.sqrt_alpha_bar(), asked.place.t.sigma());
            batch.x_t.extend(combined(&x_0, signal, &noise, sigma));
            batch.mixes.push([signal, sigma, wanted.data, wanted.noise]);
            batch.target.extend(combined(&x_0, wanted.data, &noise, wanted.noise));
            batch.times.push(u);
            batch.timesteps.push(asked.timestep);
            batch.weights.push(weight(asked.weight, wanted));
            if options.objective.learns_variance() {
                batch.divergences.push(Divergence::at(asked.place, schedule.level_at(1.0), wanted));
            }
            let class = data.label(example).map(|label| label as i64);
            let is_dropped = dropout < options.class_dropout.unwrap_or(CLASS_DROPOUT);
            let class = labels.no_class().filter(|_| is_dropped).map(|none| none as i64).or(class);
            batch.classes.extend(class.filter(|_| labels.takes_any()).map(ClassMix::one));
        }
        batch
    }
}

fn weight(weight: Weight, factors: Factors) -> f64 {
    match weight {
        Weight::OfTarget(weight) => weight,
        Weight::OfNoise(weight) => weight * factors.eps_error * factors.eps_error,
    }
}

/// `a x + b y`.
fn combined<'a>(x: &'a [f32], a: f64, y: &'a [f32], b: f64) -> impl Iterator<Item = f32> + 'a {
    x.iter().zip(y).map(move |(x, y)| (a * f64::from(*x) + b * f64::from(*y)) as f32)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::checkpoint::config::ClassEmbedding;
    use crate::math::schedule::BetaSchedule;

    const SIZE: usize = 64;
    const STEPS: u32 = 50;

    /// The batches of so many steps, of two pictures that are -1 at their left and 1 at their right, one of each class.
    fn batches(given: &Value) -> Vec<Batch> {
        let picture: Vec<f32> = (0..16).map(|i| if i % 4 < 2 { -1.0 } else { 1.0 }).collect();
        let data = Data::images(picture.repeat(2), [1, 4, 4], Some(vec![0, 1])).expect("pictures");
        let options = TrainOptions::from_json(given.as_object().expect("an object")).expect("options");
        let labels = Labels::new(ClassEmbedding::Table(3), Some(&json!(["a", "b", "no class"]))).expect("labels");
        let schedule = Schedule::new(&BetaSchedule::Linear, 1000, 1e-4, 0.02);
        let gamma = Gamma::new(crate::math::gamma::Gamma::linear(&schedule), false, false);
        let what = (&schedule, &gamma, Target::Epsilon, &labels);
        (0..STEPS).map(|step| Batch::draw(&data, &options, what, step, SIZE)).collect()
    }

    /// The share of examples for which it holds.
    fn share(batches: &[Batch], holds: impl Fn(&Batch, usize) -> bool) -> f64 {
        let examples = batches.iter().flat_map(|batch| (0..SIZE).map(|index| holds(batch, index)));
        examples.filter(|holds| *holds).count() as f64 / (SIZE as f64 * f64::from(STEPS))
    }

    #[test]
    fn as_many_labels_as_asked_for_become_no_class() {
        for (given, expected) in
            [(json!({}), 0.1), (json!({ "classDropout": 0.4 }), 0.4), (json!({ "classDropout": 0 }), 0.0)]
        {
            let found = share(&batches(&given), |batch, index| batch.classes[index] == ClassMix::one(2));
            assert!((found - expected).abs() <= 0.2 * expected, "{given}: {found}");
        }
    }

    #[test]
    fn half_of_the_images_are_mirrored() {
        for (flip, expected) in [(true, 0.5), (false, 0.0)] {
            let found = share(&batches(&json!({ "flip": flip })), |batch, index| batch.x_0[16 * index] == 1.0);
            assert!((found - expected).abs() <= 0.1 * expected, "{flip}: {found}");
        }
    }

    #[test]
    fn antithetic_times_are_evenly_spread_from_a_start_of_each_step() {
        let gaps = |batch: &Batch| {
            let mut times = batch.times.clone();
            times.sort_by(f64::total_cmp);
            times.windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f64::max)
        };
        let even = batches(&json!({}));
        let step = 1.0 / SIZE as f64;
        assert!(even.iter().all(|batch| (gaps(batch) - step).abs() < 1e-9));
        assert!(even.windows(2).all(|pair| pair[0].times[0] != pair[1].times[0]));
        assert!(batches(&json!({ "antithetic": false })).iter().all(|batch| gaps(batch) > 2.0 * step));
    }
}
