//! The examples of one step: which of the data, at which times, with which noise.

use super::data::Data;
use super::gamma::Gamma;
use super::objective::{self, Weight};
use super::random::{self, Draw};
use super::target::{Factors, factors};
use crate::checkpoint::Labels;
use crate::checkpoint::class_mix::ClassMix;
use crate::math::schedule::Schedule;
use crate::options::{Target, TrainOptions};

/// What the network is asked in one step, and what it should answer.
#[derive(Debug, Default)]
pub struct Batch {
    /// The noised examples, one after the other.
    pub x_t: Vec<f32>,
    /// What the network should predict.
    pub target: Vec<f32>,
    /// When each example is looked at, from 0 to 1.
    pub times: Vec<f64>,
    /// The training timestep of each.
    pub timesteps: Vec<f64>,
    /// One per example; none where the network has no classes.
    pub classes: Vec<ClassMix>,
    /// Factor of each example's mean square error.
    pub weights: Vec<f64>,
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

            let (signal, sigma) = (asked.place.t.sqrt_alpha_bar(), asked.place.t.sigma());
            batch.x_t.extend(combined(&x_0, signal, &noise, sigma));
            batch.target.extend(combined(&x_0, wanted.data, &noise, wanted.noise));
            batch.times.push(u);
            batch.timesteps.push(asked.timestep);
            batch.weights.push(weight(asked.weight, wanted));
            let class = data.label(example).map(|label| label as i64);
            let class = labels.no_class().filter(|_| dropout < options.class_dropout).map(|none| none as i64).or(class);
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
