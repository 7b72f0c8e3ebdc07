//! What a run begins with: its options checked, its noise, and its first state.

use super::edit::Edit;
use super::plan::Plan;
use crate::checkpoint::value;
use crate::error::Error;
use crate::math::forward::diffused;
use crate::noise::{NoiseSource, Shape};
use crate::options::{Between, Blend, Observed, SampleOptions, Start};

/// What x_T comes from.
#[derive(Debug, Clone)]
pub(super) enum First {
    Given(Vec<f32>),
    /// The noise as it is before anything is drawn of it.
    Drawn(Box<NoiseSource>),
}

/// The noise of a run, what its first state comes from, and that state.
///
/// # Errors
/// `invalid-noise` where the given state has another length or is not finite.
pub(super) fn begun(
    options: &SampleOptions,
    plan: &Plan,
    shape: Shape,
    edit: Option<&Edit>,
    given: Option<Vec<f32>>,
) -> Result<(NoiseSource, First, Vec<f32>), Error> {
    let mut noise = noise_of(options, shape);
    let (first, z) = match given {
        Some(given) => {
            let given = checked_state("noise", given, shape)?;
            (First::Given(given.clone()), given)
        }
        None => (First::Drawn(Box::new(noise.clone())), noise.initial(shape)),
    };
    let observed = options.observed.as_ref().filter(|_| options.begins_as_observed());
    if options.start.is_none() && edit.is_none() && observed.is_none() {
        return Ok((noise, first, z));
    }
    let mut x_t = match (&options.start, observed) {
        (Some(start), _) => noised(start, options, plan, shape, &z),
        (None, Some(observed)) => as_observed(observed, plan, &z),
        (None, None) => z,
    };
    if let Some(edit) = edit {
        edit.begin(&mut x_t);
    }
    Ok((noise, First::Given(x_t.clone()), x_t))
}

/// What was observed at the level of the first step, with as much noise as it lacks there.
fn as_observed(Observed { y, sigma, .. }: &Observed, plan: &Plan, z: &[f32]) -> Vec<f32> {
    let level = plan.steps[0].level;
    let sigma = sigma.first().map_or(0.0, |sigma| f64::from(*sigma));
    let lacking = (level.noise_beside_image().powi(2) - sigma * sigma).max(0.0).sqrt();
    let state = |(y, z): (&f32, &f32)| (level.sqrt_alpha_bar() * (f64::from(*y) + lacking * f64::from(*z))) as f32;
    y.iter().cycle().zip(z).map(state).collect()
}

/// The pictures at the level of the first step.
fn noised(start: &Start, options: &SampleOptions, plan: &Plan, shape: Shape, z: &[f32]) -> Vec<f32> {
    let level = plan.steps[0].level;
    let Some(Between { corners, at, own_noise }) = &start.between else {
        let x: Vec<f32> = start.x.iter().copied().cycle().take(z.len()).collect();
        return diffused(&x, z, level);
    };
    let of_corners = Shape { batch: *corners, ..shape };
    let z = match own_noise {
        true => NoiseSource::new(options.rng, options.seed).initial(of_corners),
        false => z[..shape.image_len()].repeat(*corners),
    };
    let x_t = diffused(&start.x, &z, level);
    let mixed = |weights: [f64; 4], i: usize| {
        let corners = x_t.chunks_exact(shape.image_len()).zip(weights);
        corners.map(|(corner, weight)| weight * f64::from(corner[i])).sum::<f64>() as f32
    };
    at.iter()
        .flat_map(|place| (0..shape.image_len()).map(move |i| (place.weights(), i)))
        .map(|(w, i)| mixed(w, i))
        .collect()
}

/// The noise of all images, by what they have in common.
fn noise_of(options: &SampleOptions, shape: Shape) -> NoiseSource {
    let SampleOptions { rng, seed, first, .. } = *options;
    if options.start.as_ref().is_some_and(|start| start.between.is_some()) {
        return NoiseSource::each(rng, &vec![seed; shape.batch]);
    }
    match (&options.blend, &options.seeds, options.branch) {
        (Some(blend), ..) => {
            let corners = std::iter::once(seed).chain(blend.seeds.iter().copied());
            NoiseSource::between(rng, corners, blend.at.clone())
        }
        (None, Some(seeds), _) => NoiseSource::each(rng, seeds),
        (None, None, Some(branch)) => NoiseSource::branched(seed, first, branch),
        (None, None, None) => NoiseSource::part(rng, seed, first),
    }
}

/// Checks that the options fit one another and the run.
///
/// # Errors
/// `invalid-` and the name of the option.
pub(super) fn check(options: &SampleOptions, plan: &Plan, shape: Shape, has_noise: bool) -> Result<(), Error> {
    options.check()?;
    options.fit(shape)?;
    if options.blend.is_some() && has_noise {
        return Err(Blend::beside_noise());
    }
    if options.start.is_some() && has_noise {
        return Err(value::beside("start", "noise"));
    }
    if options.begins_as_observed() && has_noise {
        return Err(value::beside("observed", "noise"));
    }
    // Both multiply the step by something, for which its variance must be known.
    if plan.takes_variance {
        for (name, is_given) in [("observed", options.observed.is_some()), ("potential", options.potential.is_some())] {
            if is_given {
                return Err(Error::misplaced(name, "given", "a variance that is not learned: \"small\" or \"large\""));
            }
        }
    }
    let num_steps = plan.steps.len();
    match options.branch.filter(|branch| *branch > num_steps) {
        Some(branch) => Err(Error::invalid("branch", branch, format!("an integer from 0 to the steps, {num_steps}"))),
        None => Ok(()),
    }
}

/// A state that is given: as long as the batch, and finite.
pub(super) fn checked_state(option: &'static str, given: Vec<f32>, shape: Shape) -> Result<Vec<f32>, Error> {
    if given.len() != shape.len() {
        let allowed = format!("{} numbers, batch times channels times height times width", shape.len());
        return Err(Error::invalid(option, format!("{} numbers", given.len()), allowed));
    }
    value::each(option, &given, f32::is_finite, "finite numbers")?;
    Ok(given)
}
