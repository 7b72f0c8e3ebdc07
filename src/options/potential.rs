//! The option `potential`: a smooth function r of the image, by the gradient of its logarithm (Sohl-Dickstein et al. 2015, eq. 2.5.2).

use serde_json::{Map, Value};

use super::edit::{METHODS, Method, check_mask, fit, floats};
use super::object::{Object, field};
use crate::checkpoint::value;
use crate::error::Error;
use crate::noise::Shape;

/// A function r of the image, which every step follows.
#[derive(Debug, Clone, PartialEq)]
pub struct Potential {
    /// The function.
    pub r: Wanted,
    /// How a step follows it. Default: analytic.
    pub method: Method,
}

/// A function of the image.
#[derive(Debug, Clone, PartialEq)]
pub enum Wanted {
    /// `prod_k N(mean_k(x); colour_k, sigma^2)`: the mean of every region's pixels, channel by channel, is near the region's colour.
    MeanColour {
        /// The regions, at least one.
        regions: Vec<Region>,
        /// Standard deviation of a mean from its colour, at least 0. Default: 0.05.
        sigma: f64,
    },
    /// `prod N(x_i - x_j; 0, sigma^2)` over all pixels i and their mirror images j: the left half is near the mirrored right one.
    Symmetry {
        /// Standard deviation of the difference of two such pixels, at least 0. Default: 0.05.
        sigma: f64,
    },
    /// A function of the caller's own: see [`Run::asked`](crate::run::Run::asked).
    Own,
}

/// Pixels, and the colour that they have on average.
#[derive(Debug, Clone, PartialEq)]
pub struct Region {
    /// One number per channel, in the model's own scale.
    pub colour: Vec<f32>,
    /// How much each pixel counts, from 0 to 1: height times width numbers, for all images or for each. Default: all the same.
    pub mask: Option<Vec<f32>>,
}

const POTENTIAL: Object = Object {
    name: "potential",
    fields: &["r", "method", "regions", "sigma"],
    allowed: "a function, or an object of `r` and perhaps `method`, `regions` and `sigma`",
};
const REGION: &str = "a list of one or more objects, each of `colour` and perhaps `mask`";
const SIGMA: f64 = 0.05;

/// Reads `potential`.
pub(super) fn read(options: &Map<String, Value>) -> Result<Option<Potential>, Error> {
    const NAMES: [(&str, u8); 3] = [("mean-colour", 0), ("symmetry", 1), ("function", 2)];
    let Some(fields) = POTENTIAL.read(options)? else { return Ok(None) };
    let r = field(fields, "r");
    let kind = NAMES.iter().find(|(name, _)| r.as_str() == Some(name)).map(|(_, kind)| *kind);
    let allowed = "\"mean-colour\", \"symmetry\" or a function";
    let kind = kind.ok_or_else(|| Error::invalid("potential.r", value::display(r), allowed))?;
    let only = |name: &'static str, is_of: bool, works_with: &str| match fields.get(&name["potential.".len()..]) {
        Some(given) if !is_of => Err(Error::misplaced(name, &value::display(given), works_with)),
        _ => Ok(()),
    };
    only("potential.regions", kind == 0, "r \"mean-colour\"")?;
    only("potential.sigma", kind < 2, "r \"mean-colour\" or \"symmetry\"")?;
    let sigma = fields.get("sigma").map_or(Ok(SIGMA), |given| value::number("potential.sigma", given, 0.0..=1e6))?;
    let r = match kind {
        0 => Wanted::MeanColour { regions: read_regions(field(fields, "regions"))?, sigma },
        1 => Wanted::Symmetry { sigma },
        _ => Wanted::Own,
    };
    let method =
        fields.get("method").map_or(Ok(Method::Analytic), |m| value::choice("potential.method", m, &METHODS))?;
    let potential = Potential { r, method };
    potential.check()?;
    Ok(Some(potential))
}

fn read_regions(given: &Value) -> Result<Vec<Region>, Error> {
    let invalid = || Error::invalid("potential.regions", value::display(given), REGION);
    let read = |region: &Value| {
        let fields = region.as_object().filter(|fields| fields.keys().all(|name| name == "colour" || name == "mask"));
        let fields = fields.ok_or_else(invalid)?;
        Ok(Region {
            colour: floats("potential.regions.colour", field(fields, "colour"))?,
            mask: fields.get("mask").map(|mask| floats("potential.regions.mask", mask)).transpose()?,
        })
    };
    given.as_array().ok_or_else(invalid)?.iter().map(read).collect()
}

impl Potential {
    /// Checks the numbers.
    ///
    /// # Errors
    /// `invalid-potential`.
    pub(super) fn check(&self) -> Result<(), Error> {
        let (Wanted::MeanColour { sigma, .. } | Wanted::Symmetry { sigma }) = &self.r else { return Ok(()) };
        if !sigma.is_finite() || *sigma < 0.0 {
            return Err(Error::invalid("potential.sigma", sigma, "a finite number of at least 0"));
        }
        let Wanted::MeanColour { regions, .. } = &self.r else { return Ok(()) };
        if regions.is_empty() {
            return Err(Error::invalid("potential.regions", "[]", REGION));
        }
        for Region { colour, mask } in regions {
            value::each("potential.regions.colour", colour, f32::is_finite, "finite numbers")?;
            mask.as_ref().map_or(Ok(()), |mask| check_mask("potential.regions.mask", mask))?;
        }
        Ok(())
    }

    /// Checks that there are as many numbers as images of this shape take, and that no region is empty.
    ///
    /// # Errors
    /// `invalid-potential`.
    pub(super) fn fits(&self, shape: Shape) -> Result<(), Error> {
        let Wanted::MeanColour { regions, .. } = &self.r else { return Ok(()) };
        let pixels = shape.height * shape.width;
        for Region { colour, mask } in regions {
            if colour.len() != shape.channels {
                let found = format!("{} numbers", colour.len());
                return Err(Error::invalid(
                    "potential.regions.colour",
                    found,
                    format!("{}, one per channel", shape.channels),
                ));
            }
            let Some(mask) = mask else { continue };
            fit("potential.regions.mask", mask.len(), pixels, shape.batch)?;
            if mask.chunks_exact(pixels).any(|of_image| of_image.iter().all(|share| *share == 0.0)) {
                return Err(Error::invalid(
                    "potential.regions.mask",
                    "0 everywhere",
                    "above 0 somewhere in every image",
                ));
            }
        }
        Ok(())
    }
}
