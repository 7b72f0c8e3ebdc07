//! The option `sampler` and those that belong to one sampler only.

use serde_json::{Map, Value};

use super::clip::Clip;
use super::names::{NAMES, Name};
use crate::checkpoint::{MeanSqEps, Scheduler, value};
use crate::error::Error;
use crate::sampler::{Ddim, Ddpm, Kind, Variance, Vdm};

/// Grey values by which Analytic-DPM's noise may move a pixel of x_1, where nothing else is said. DDPM's is not bounded then.
const DEFAULT_SIGMA_CLIP: f64 = 1.0;

/// Reads `sampler`. Default: DDIM.
pub(super) fn name(options: &Map<String, Value>) -> Result<Name, Error> {
    options.get("sampler").map_or(Ok(Name::Ddim), |name| value::choice("sampler", name, &NAMES))
}

/// Reads the sampler's own options; those of other samplers are errors.
pub(super) fn read(
    options: &Map<String, Value>,
    scheduler: &Scheduler,
    name: Name,
    clip: Clip,
) -> Result<(Kind, Option<MeanSqEps>), Error> {
    only_with(options, "variance", name, &[Name::Ddpm])?;
    only_with(options, "eta", name, &[Name::Ddim, Name::AnalyticDdim])?;

    let ddim = || -> Result<Kind, Error> {
        let eta = options.get("eta").map_or(Ok(0.0), |eta| value::number("eta", eta, 0.0..=1.0))?;
        Ok(Kind::Ddim(Ddim { eta }))
    };
    let small = Kind::Ddpm(Ddpm { variance: Variance::Small });
    Ok(match name {
        Name::Ddpm => (Kind::Ddpm(Ddpm { variance: variance(options, scheduler)? }), None),
        Name::Ddim => (ddim()?, None),
        Name::AnalyticDdpm => (small, Some(table(scheduler)?)),
        Name::AnalyticDdim => (ddim()?, Some(table(scheduler)?)),
        // VDM's own form holds no image that could be clipped. The same step in terms of the image is DDPM's.
        Name::Vdm if clip == Clip::None => (Kind::Vdm(Vdm), None),
        Name::Vdm => (small, None),
    })
}

fn variance(options: &Map<String, Value>, scheduler: &Scheduler) -> Result<Variance, Error> {
    let choices = [("small", Variance::Small), ("large", Variance::Large)];
    options.get("variance").map_or(Ok(scheduler.variance), |name| value::choice("variance", name, &choices))
}

/// Reads `sigmaClip`.
pub(super) fn sigma_clip(options: &Map<String, Value>, name: Name) -> Result<f64, Error> {
    only_with(options, "sigmaClip", name, &[Name::Ddpm, Name::AnalyticDdpm, Name::AnalyticDdim])?;
    let default = if matches!(name, Name::AnalyticDdpm | Name::AnalyticDdim) { DEFAULT_SIGMA_CLIP } else { 0.0 };
    options.get("sigmaClip").map_or(Ok(default), |y| value::number("sigmaClip", y, 0.0..=255.0))
}

/// The table that Analytic-DPM's variance and its optimal trajectory are computed from.
pub(super) fn table(scheduler: &Scheduler) -> Result<MeanSqEps, Error> {
    let allowed = "the model's analytic_dpm.json, or what estimateAnalytic measures";
    scheduler.mean_sq_eps.clone().ok_or_else(|| Error::invalid("meanSqEps", "absent", allowed))
}

fn only_with(options: &Map<String, Value>, option: &'static str, name: Name, owners: &[Name]) -> Result<(), Error> {
    let Some(given) = options.get(option).filter(|_| !owners.contains(&name)) else { return Ok(()) };
    let owners: Vec<String> =
        NAMES.iter().filter(|(_, owner)| owners.contains(owner)).map(|(name, _)| format!("\"{name}\"")).collect();
    Err(Error::misplaced(option, given, format!("sampler {}", owners.join(" or "))))
}
