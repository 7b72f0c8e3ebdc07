//! The options `known` and `observed`: what is wanted of the images beside the model's own distribution.
//!
//! The reverse process of q(x) r(x) for a function r (Sohl-Dickstein et al. 2015, section 2.5).

use serde_json::{Map, Value};

use super::object::{Object, field};
use crate::checkpoint::value;
use crate::error::Error;
use crate::math::level::NoiseLevel;
use crate::math::schedule::Schedule;
use crate::math::time::Timestep;
use crate::noise::{MOST_ELEMENTS, Shape};

/// Pixels that are given.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// The images, in the model's own scale: one for all of the batch, or as many as it has.
    pub x: Vec<f32>,
    /// How much of each pixel is given, from 0 to 1: height times width numbers, for all images or for each.
    pub mask: Vec<f32>,
    /// What stands there at a step that leads to level s: the pixels themselves (Sohl-Dickstein et al. 2015, section 2.5), or
    /// noised ones, a sample of q(x_s given x) (Lugmayr et al. 2022, eq. 8a). Default: noised.
    pub noised: bool,
}

/// Images as they were observed, with Gaussian noise.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    /// The images, in the model's own scale: one for all of the batch, or as many as it has.
    pub y: Vec<f32>,
    /// Standard deviation of their noise, at least 0: one number, or height times width of them.
    pub sigma: Vec<f32>,
    /// How much of each pixel is observed, from 0 to 1, as in [`Known::mask`]. Default: all.
    pub mask: Option<Vec<f32>>,
    /// The method. Default: analytic. [`Method::Level`] goes with [`PlanOptions::start`](super::PlanOptions::start).
    pub method: Method,
}

/// How a step takes account of r.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// x_0 given x_t is taken for N(x0_hat, V), with V as Analytic-DPM estimates it, and multiplied by r.
    Analytic,
    /// Every reverse Gaussian is multiplied by r (Sohl-Dickstein et al. 2015, section 2.5.3, r constant in time).
    Constant,
    /// The same with r to the power (T - t) / T.
    Annealed,
    /// The run begins at the first level whose noise is as strong as that of the images, with them as its state. For images that were observed
    /// everywhere, with one sigma.
    Level,
}

/// RePaint's way through a run: back to noise again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repaint {
    /// Steps that are gone back at a time, from 1 (Lugmayr et al. 2022: jump length). Default: 10.
    pub jump: usize,
    /// How often each stretch of so many steps is gone through, from 1 (Lugmayr et al. 2022: resampling). Default: 10.
    pub resample: usize,
}

pub(super) const METHODS: [(&str, Method); 3] =
    [("analytic", Method::Analytic), ("constant", Method::Constant), ("annealed", Method::Annealed)];

const OBSERVED_METHODS: [(&str, Method); 4] = [METHODS[0], METHODS[1], METHODS[2], ("level", Method::Level)];

const KNOWN: Object = Object {
    name: "known",
    fields: &["x", "mask", "method", "jump", "resample"],
    allowed: "an object of `x`, `mask` and perhaps `method`, and with \"repaint\" `jump` and `resample`",
};
const OBSERVED: Object = Object {
    name: "observed",
    fields: &["y", "sigma", "mask", "method"],
    allowed: "an object of `y`, `sigma` and perhaps `mask` and `method`",
};

/// Reads what `known` says of the way through the run.
pub(super) fn read_repaint(options: &Map<String, Value>) -> Result<Option<Repaint>, Error> {
    let Some(fields) = KNOWN.read(options)? else { return Ok(None) };
    if method(fields)? != "repaint" {
        for name in ["known.jump", "known.resample"] {
            if let Some(given) = fields.get(&name["known.".len()..]) {
                return Err(Error::misplaced(name, &value::display(given), "method \"repaint\""));
            }
        }
        return Ok(None);
    }
    let count = |name: &'static str| {
        let given = fields.get(&name["known.".len()..]);
        given.map_or(Ok(10), |given| value::integer(name, given, 1..=1000)).map(|count| count as usize)
    };
    Ok(Some(Repaint { jump: count("known.jump")?, resample: count("known.resample")? }))
}

/// Reads the timestep that `observed` with method "level" begins at: the first whose noise is at least as strong.
pub(super) fn read_level(options: &Map<String, Value>, schedule: &Schedule) -> Result<Option<usize>, Error> {
    let Some(fields) = OBSERVED.read(options)? else { return Ok(None) };
    if read_method(fields)? != Method::Level {
        return Ok(None);
    }
    if let Some(mask) = fields.get("mask") {
        let others = "the other methods: with \"level\" all of every pixel was observed";
        return Err(Error::misplaced("observed.mask", &value::display(mask), others));
    }
    let last = schedule.num_train_timesteps() - 1;
    let noise = |t: usize| schedule.level(Timestep(t)).map(NoiseLevel::noise_beside_image);
    let most = noise(last).unwrap_or_default();
    let sigma = value::number("observed.sigma", field(fields, "sigma"), 0.0..=most)?;
    Ok((0..=last).find(|t| noise(*t).is_some_and(|noise| noise >= sigma)))
}

/// Reads `known`.
pub(super) fn read_known(options: &Map<String, Value>) -> Result<Option<Known>, Error> {
    let Some(fields) = KNOWN.read(options)? else { return Ok(None) };
    let known = Known {
        x: floats("known.x", field(fields, "x"))?,
        mask: floats("known.mask", field(fields, "mask"))?,
        noised: method(fields)? != "clean",
    };
    known.check()?;
    Ok(Some(known))
}

/// Reads `observed`.
pub(super) fn read_observed(options: &Map<String, Value>) -> Result<Option<Observed>, Error> {
    let Some(fields) = OBSERVED.read(options)? else { return Ok(None) };
    let sigma = field(fields, "sigma");
    let observed = Observed {
        y: floats("observed.y", field(fields, "y"))?,
        sigma: match sigma.as_f64() {
            Some(sigma) => vec![sigma as f32],
            None => floats("observed.sigma", sigma)?,
        },
        mask: fields.get("mask").map(|mask| floats("observed.mask", mask)).transpose()?,
        method: read_method(fields)?,
    };
    observed.check()?;
    Ok(Some(observed))
}

impl Known {
    /// Checks the numbers.
    ///
    /// # Errors
    /// `invalid-known`.
    pub(super) fn check(&self) -> Result<(), Error> {
        value::each("known.x", &self.x, f32::is_finite, "finite numbers")?;
        check_mask("known.mask", &self.mask)
    }

    /// Checks that there are as many numbers as images of this shape take.
    ///
    /// # Errors
    /// `invalid-known`.
    pub(super) fn fits(&self, shape: Shape) -> Result<(), Error> {
        fit("known.x", self.x.len(), shape.image_len(), shape.batch)?;
        fit("known.mask", self.mask.len(), shape.height * shape.width, shape.batch)
    }
}

impl Observed {
    /// Checks the numbers.
    ///
    /// # Errors
    /// `invalid-observed`.
    pub(super) fn check(&self) -> Result<(), Error> {
        value::each("observed.y", &self.y, f32::is_finite, "finite numbers")?;
        let is_sigma = |sigma: f32| sigma.is_finite() && sigma >= 0.0;
        value::each("observed.sigma", &self.sigma, is_sigma, "finite numbers of at least 0")?;
        self.mask.as_ref().map_or(Ok(()), |mask| check_mask("observed.mask", mask))
    }

    /// Checks that there are as many numbers as images of this shape take.
    ///
    /// # Errors
    /// `invalid-observed`.
    pub(super) fn fits(&self, shape: Shape) -> Result<(), Error> {
        let pixels = shape.height * shape.width;
        fit("observed.y", self.y.len(), shape.image_len(), shape.batch)?;
        if self.sigma.len() != 1 {
            fit("observed.sigma", self.sigma.len(), pixels, shape.batch)?;
        }
        self.mask.as_ref().map_or(Ok(()), |mask| fit("observed.mask", mask.len(), pixels, shape.batch))
    }
}

/// Checks that there are numbers for one image or for every image of the batch.
///
/// # Errors
/// `invalid-` and the option's name.
pub(super) fn fit(name: &'static str, found: usize, of_image: usize, batch: usize) -> Result<(), Error> {
    if found == of_image || found == of_image * batch {
        return Ok(());
    }
    let allowed = match batch {
        1 => format!("{of_image} numbers"),
        _ => format!("{of_image} numbers, or {batch} times as many, for each image its own"),
    };
    Err(Error::invalid(name, format!("{found} numbers"), allowed))
}

pub(super) fn check_mask(name: &'static str, mask: &[f32]) -> Result<(), Error> {
    value::each(name, mask, |share| (0.0..=1.0).contains(&share), "numbers from 0 to 1")
}

fn method(fields: &Map<String, Value>) -> Result<&'static str, Error> {
    const NAMES: [(&str, &str); 3] = [("clean", "clean"), ("noised", "noised"), ("repaint", "repaint")];
    fields.get("method").map_or(Ok("noised"), |given| value::choice("known.method", given, &NAMES))
}

fn read_method(fields: &Map<String, Value>) -> Result<Method, Error> {
    fields
        .get("method")
        .map_or(Ok(Method::Analytic), |given| value::choice("observed.method", given, &OBSERVED_METHODS))
}

/// Reads a list of numbers.
pub(super) fn floats(name: &'static str, given: &Value) -> Result<Vec<f32>, Error> {
    let allowed = "a Float32Array, or a list of numbers";
    let list = given.as_array().filter(|list| list.len() <= MOST_ELEMENTS);
    let list = list.ok_or_else(|| Error::invalid(name, value::display(given), allowed))?;
    let number = |(index, number): (usize, &Value)| {
        let read = number.as_f64().map(|number| number as f32);
        read.ok_or_else(|| Error::invalid(name, format!("{} at element {index}", value::display(number)), "numbers"))
    };
    list.iter().enumerate().map(number).collect()
}
