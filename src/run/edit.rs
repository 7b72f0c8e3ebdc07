//! What is wanted of the images beside the model's own distribution, as a change of every step: the reverse process of q(x) r(x)
//! (Sohl-Dickstein et al. 2015, section 2.5).

use std::rc::Rc;

use super::plan::{Plan, PlannedStep};
use crate::noise::Shape;
use crate::options::{Known, Method, Observed, SampleOptions};
use crate::sampler::whole_c_x0;

/// What is given of every element of the state. Clones are the same.
#[derive(Debug, Clone)]
pub(super) struct Edit {
    kind: Kind,
    /// What is known or was observed.
    pub(super) target: Rc<[f32]>,
    /// How much of it counts, from 0 to 1.
    pub(super) weight: Rc<[f32]>,
    /// Variance of what was observed.
    pub(super) variance: Rc<[f32]>,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Clean,
    Noised,
    Observed(Method),
}

/// A step's change, as numbers that hold for all elements. Beside the line of the samplers,
/// with `w` the weight, `y` the target and `v` the variance of an element:
///
/// - `gain = w * prior / (prior + v)`, and `x0_hat` moves by `gain * (y - x0_hat)`, `eps_hat` with it;
/// - `pull = w * prior / (prior + v * v_factor)` of the step's Gaussian, and its mean moves by `pull * (y - mean)`;
/// - the variance of the fresh noise falls by `gain * open + pull * step_variance`, and its factor stays within `c_z`;
/// - the new state moves by `w * (y_factor * y + z_factor * z - x_s)` where `replaces`.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Change {
    /// Variance of x0 given x_t.
    pub x0_variance: f64,
    /// Variance of the fresh noise, before any bound on it.
    pub noise_variance: f64,
    /// The part of it that comes from x0's.
    pub open: f64,
    /// Variance of the step's own Gaussian, where that is multiplied.
    pub step_variance: f64,
    /// Of the target's variance beside the step's.
    pub v_factor: f64,
    /// Whether the new state is replaced.
    pub replaces: bool,
    /// Factor of the target in what replaces the state.
    pub y_factor: f64,
    /// Factor of the step's noise in it.
    pub z_factor: f64,
}

/// A step's change of one element.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shares {
    pub y: f64,
    pub weight: f64,
    pub gain: f64,
    pub pull: f64,
}

impl Edit {
    /// What these options want; they fit the shape.
    pub(super) fn new(options: &SampleOptions, shape: Shape) -> Option<Self> {
        let image = |x: &[f32]| repeated(x, shape.len());
        let pixels = |x: &[f32]| of_pixels(x, shape);
        if let Some(Known { x, mask, noised }) = &options.known {
            let kind = if *noised { Kind::Noised } else { Kind::Clean };
            return Some(Self { kind, target: image(x), weight: pixels(mask), variance: Rc::new([]) });
        }
        let observed = options.observed.as_ref().filter(|_| !options.begins_as_observed());
        let Observed { y, sigma, mask, method } = observed?;
        let variance: Vec<f32> = sigma.iter().map(|sigma| sigma * sigma).collect();
        let weight = mask.as_deref().unwrap_or(&[1.0]);
        let kind = Kind::Observed(*method);
        Some(Self { kind, target: image(y), weight: pixels(weight), variance: pixels(&variance) })
    }

    /// Changes the state that the run begins with: pixels that are clean at every level are so at the first. RePaint begins with noise.
    pub(super) fn begin(&self, x_t: &mut [f32]) {
        if matches!(self.kind, Kind::Clean) {
            for (i, x) in x_t.iter_mut().enumerate() {
                *x += self.weight[i] * (self.target[i] - *x);
            }
        }
    }

    /// Whether every step needs noise, also one that adds none of its own, as diffusers draws it for RePaint.
    pub(super) fn needs_noise(&self) -> bool {
        matches!(self.kind, Kind::Noised)
    }

    /// The change of a step.
    pub(super) fn change(&self, planned: &PlannedStep, plan: &Plan) -> Change {
        let PlannedStep { level, next_level, coeffs, noise_variance, x0_variance, .. } = *planned;
        let none = Change { noise_variance, ..Change::default() };
        match self.kind {
            Kind::Clean => Change { replaces: true, y_factor: 1.0, ..none },
            Kind::Noised => {
                Change { replaces: true, y_factor: next_level.sqrt_alpha_bar(), z_factor: next_level.sigma(), ..none }
            }
            Kind::Observed(Method::Analytic) => {
                let c_x0 = whole_c_x0(coeffs, level);
                // The noise of other samplers, and of a step into the data, holds nothing of what is open.
                let holds = plan.optimal_variance && coeffs.c_z > 0.0;
                Change { x0_variance, open: if holds { c_x0 * c_x0 * x0_variance } else { 0.0 }, ..none }
            }
            Kind::Observed(method) => {
                let power = method.power(planned, plan);
                // A power of 0 leaves nothing of r: its variance is without bound.
                let step_variance = if power > 0.0 { noise_variance } else { 0.0 };
                Change { step_variance, v_factor: 1.0 / power.max(f64::MIN_POSITIVE), ..none }
            }
        }
    }

    /// The element's part of the change.
    pub(super) fn shares(&self, change: &Change, i: usize) -> Shares {
        let (weight, variance) = (f64::from(self.weight[i]), self.variance.get(i).map_or(0.0, |v| f64::from(*v)));
        let share = |prior: f64, variance: f64| if prior > 0.0 { weight * prior / (prior + variance) } else { 0.0 };
        Shares {
            y: f64::from(self.target[i]),
            weight,
            gain: share(change.x0_variance, variance),
            pull: share(change.step_variance, variance * change.v_factor),
        }
    }
}

impl Method {
    /// The power of r by which a step multiplies.
    pub(super) fn power(self, planned: &PlannedStep, plan: &Plan) -> f64 {
        match self {
            // (T - t) / T, of the timestep that the step leads to.
            Self::Annealed => 1.0 - planned.s.map_or(0.0, |s| (s + 1.0) / plan.num_train_timesteps as f64),
            Self::Analytic | Self::Constant | Self::Level => 1.0,
        }
    }
}

/// The numbers as often as they fill `len`.
fn repeated(numbers: &[f32], len: usize) -> Rc<[f32]> {
    numbers.iter().copied().cycle().take(len).collect()
}

/// Numbers of pixels, or one for all, for every element of NCHW.
fn of_pixels(numbers: &[f32], shape: Shape) -> Rc<[f32]> {
    let pixels = shape.height * shape.width;
    let all = repeated(numbers, shape.batch * pixels);
    all.chunks_exact(pixels).flat_map(|image| image.repeat(shape.channels)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::super::line::{Element, Line, eps_of_x0};
    use super::super::potential::{Potential, Prior};
    use super::*;
    use crate::checkpoint::{MeanSqEps, Scheduler};
    use crate::options::PlanOptions;

    const ONE: Shape = Shape { batch: 1, channels: 1, height: 1, width: 1 };
    const FOUR: Shape = Shape { width: 4, ..ONE };

    /// Made by tests/golden/edits.py.
    fn golden() -> Value {
        serde_json::from_str(include_str!("../../tests/golden/edits.json")).expect("JSON")
    }

    fn numbers(list: &Value) -> Vec<f64> {
        let number = |value: &Value| value.as_str().map_or(value.as_f64(), |text| text.parse().ok()).expect("a number");
        list.as_array().expect("a list").iter().map(number).collect()
    }

    fn object(value: &Value) -> &Map<String, Value> {
        value.as_object().expect("an object")
    }

    /// x_s of every step of a run with these options.
    fn steps(golden: &Value, options: &Value, method: &str) -> Vec<f64> {
        let given = |name: &str| golden["given"][name].as_f64().expect("a number");
        let scheduler = json!({ "trained_betas": golden["betas"], "num_train_timesteps": 4, "clip_sample": false });
        let scheduler = Scheduler::from_json(&scheduler).expect("a scheduler");
        let table = MeanSqEps::from_json(&golden["mean_sq_eps"], 4).expect("a table");
        let mut all = object(options).clone();
        all.insert("steps".to_owned(), json!(4));
        if options["sampler"] != "ddim" {
            all.insert("sigmaClip".to_owned(), json!(0));
        }
        let plan = PlanOptions::from_json(&all, &scheduler).expect("options");
        let plan = Plan::new(&plan, &scheduler, Some(&table)).expect("a plan");
        all.insert("observed".to_owned(), json!({ "y": [given("y")], "sigma": given("sigma"), "method": method }));
        let options = SampleOptions::from_json(&all, &scheduler).expect("options");
        let edit = Edit::new(&options, ONE).expect("an edit");

        let step = |planned: &PlannedStep| {
            let (level, change) = (planned.level, edit.change(planned, &plan));
            let mut x0_hat = (given("x_t") - level.sigma() * given("eps")) / level.sqrt_alpha_bar();
            let line = Line { coeffs: planned.coeffs, eps_of_x0: eps_of_x0(level), moves_x0: false };
            let element = Element { x_t: given("x_t"), eps_hat: given("eps"), z: given("z"), moves: 0.0 };
            line.of(element, &mut x0_hat, Some((&change, edit.shares(&change, 0))))
        };
        plan.steps.iter().map(step).collect()
    }

    #[test]
    fn every_step_is_the_product_of_gaussians() {
        let golden = golden();
        for case in golden["steps"].as_array().expect("a list") {
            let method = case["method"].as_str().expect("a name");
            let found = steps(&golden, &case["options"], method);
            for (ours, exact) in found.iter().zip(numbers(&case["x_s"])) {
                assert!((ours - exact).abs() < 1e-12, "{}, {method}: {ours} for {exact}", case["options"]);
            }
        }
    }

    #[test]
    fn a_potential_moves_a_gaussian_as_far_as_the_exact_product() {
        let (golden, scheduler) = (golden(), Scheduler::from_json(&json!({})).expect("a scheduler"));
        let (means, sigma) = (&golden["means"], &golden["given"]["sigma"]);
        let regions = json!([{ "colour": [means["colour"]], "mask": means["mask"] }]);
        for (name, potential) in [
            ("mean_colour", json!({ "r": "mean-colour", "regions": regions, "sigma": sigma })),
            ("symmetry", json!({ "r": "symmetry", "sigma": sigma })),
        ] {
            // A row of two pixels has one pair, so that symmetry has two rows.
            let shape = if name == "symmetry" { Shape { height: 2, width: 2, ..ONE } } else { FOUR };
            let options = SampleOptions::from_json(object(&json!({ "potential": potential })), &scheduler);
            let options = options.expect("options").potential.expect("a potential");
            let variance = means["variance"].as_f64().expect("a number");
            let prior = Prior { variance, power: 1.0, of_x0: true };
            let found = Potential::new(&options, shape).moves(&numbers(&means["x0"]), prior, None);
            for (ours, exact) in found.iter().zip(numbers(&means[name])) {
                assert!((ours - exact).abs() < 1e-12, "{name}: {ours} for {exact}");
            }
        }
    }
}
