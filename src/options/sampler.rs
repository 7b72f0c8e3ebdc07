//! The option `sampler` and those that belong to one sampler only.

use serde_json::{Map, Value};

use super::clip::Clip;
use super::range::Range;
use crate::checkpoint::{Scheduler, value};
use crate::error::Error;
use crate::sampler::{Ddim, Ddpm, Kind, Variance, Vdm};

const ETA: Range = Range { name: "eta", least: 0.0, most: 1.0 };
const SIGMA_CLIP: Range = Range { name: "sigmaClip", least: 0.0, most: 255.0 };

/// A sampler with its own options.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SamplerOptions {
    /// DDPM (Ho et al. 2020).
    Ddpm {
        /// The variance of the reverse steps. Default: the scheduler's `variance_type`.
        variance: Option<Variance>,
        /// y of `E |sigma eps| <= 2 y / 255` at the step into x_1, from 0, which is off, to 255. Default: 0.
        sigma_clip: f64,
    },
    /// DDIM (Song et al. 2020).
    Ddim {
        /// From 0, no fresh noise, to 1, as much as DDPM's. Default: 0.
        eta: f64,
    },
    /// Analytic-DPM on DDPM (Bao et al. 2022).
    AnalyticDdpm {
        /// As DDPM's. Default: 1.
        sigma_clip: f64,
    },
    /// Analytic-DPM on DDIM.
    AnalyticDdim {
        /// As DDIM's.
        eta: f64,
        /// As on DDPM.
        sigma_clip: f64,
    },
    /// VDM's ancestral sampler (Kingma et al. 2021).
    Vdm,
}

impl Default for SamplerOptions {
    fn default() -> Self {
        Self::Ddim { eta: 0.0 }
    }
}

/// The samplers by their public names, each with its defaults.
const NAMES: [(&str, SamplerOptions); 5] = [
    ("ddpm", SamplerOptions::Ddpm { variance: None, sigma_clip: 0.0 }),
    ("ddim", SamplerOptions::Ddim { eta: 0.0 }),
    ("analytic-ddpm", SamplerOptions::AnalyticDdpm { sigma_clip: 1.0 }),
    ("analytic-ddim", SamplerOptions::AnalyticDdim { eta: 0.0, sigma_clip: 1.0 }),
    ("vdm", SamplerOptions::Vdm),
];

impl SamplerOptions {
    /// Checks the ranges.
    ///
    /// # Errors
    /// `invalid-eta` or `invalid-sigma-clip`.
    pub fn check(mut self) -> Result<(), Error> {
        self.eta().map_or(Ok(()), |eta| ETA.check(*eta))?;
        self.sigma_clip_mut().map_or(Ok(()), |y| SIGMA_CLIP.check(*y))
    }

    /// The reverse step that makes it up; for Analytic-DPM the one whose mean it takes.
    pub fn kind(self, clip: Clip, scheduler: &Scheduler) -> Kind {
        let small = Kind::Ddpm(Ddpm { variance: Variance::Small });
        match self {
            Self::Ddpm { variance, .. } => Kind::Ddpm(Ddpm { variance: variance.unwrap_or(scheduler.variance) }),
            Self::Ddim { eta } | Self::AnalyticDdim { eta, .. } => Kind::Ddim(Ddim { eta }),
            Self::AnalyticDdpm { .. } => small,
            // VDM's own form holds no image that could be clipped. The same step in terms of the image is DDPM's.
            Self::Vdm if clip == Clip::None => Kind::Vdm(Vdm),
            Self::Vdm => small,
        }
    }

    /// The bound on the noise of the step into x_1, in grey values; 0 is none.
    pub fn sigma_clip(mut self) -> f64 {
        self.sigma_clip_mut().copied().unwrap_or(0.0)
    }

    /// Whether it is Analytic-DPM's, which needs the measured table.
    pub fn is_analytic(self) -> bool {
        matches!(self, Self::AnalyticDdpm { .. } | Self::AnalyticDdim { .. })
    }

    fn eta(&mut self) -> Option<&mut f64> {
        match self {
            Self::Ddim { eta } | Self::AnalyticDdim { eta, .. } => Some(eta),
            _ => None,
        }
    }

    fn sigma_clip_mut(&mut self) -> Option<&mut f64> {
        match self {
            Self::Ddpm { sigma_clip, .. }
            | Self::AnalyticDdpm { sigma_clip }
            | Self::AnalyticDdim { sigma_clip, .. } => Some(sigma_clip),
            _ => None,
        }
    }

    fn variance(&mut self) -> Option<&mut Option<Variance>> {
        match self {
            Self::Ddpm { variance, .. } => Some(variance),
            _ => None,
        }
    }
}

/// Reads `sampler` and its own options; those of other samplers are errors.
pub(super) fn read(options: &Map<String, Value>, default: SamplerOptions) -> Result<SamplerOptions, Error> {
    let name = options.get("sampler").map(|name| value::choice("sampler", name, &NAMES)).transpose()?;
    let mut sampler = name.unwrap_or(default);
    if let Some(given) = options.get("variance") {
        *sampler.variance().ok_or_else(|| misplaced("variance", given, "sampler \"ddpm\""))? = Some(variance(given)?);
    }
    if let Some(given) = options.get("eta") {
        *sampler.eta().ok_or_else(|| misplaced("eta", given, "sampler \"ddim\" or \"analytic-ddim\""))? =
            ETA.read(given)?;
    }
    if let Some(given) = options.get("sigmaClip") {
        *sampler.sigma_clip_mut().ok_or_else(|| {
            misplaced("sigmaClip", given, "sampler \"ddpm\" or \"analytic-ddpm\" or \"analytic-ddim\"")
        })? = SIGMA_CLIP.read(given)?;
    }
    Ok(sampler)
}

/// Reads `variance`.
fn variance(given: &Value) -> Result<Variance, Error> {
    let all = [("small", Variance::Small), ("large", Variance::Large), ("learned", Variance::Learned)];
    value::choice("variance", given, &all)
}

fn misplaced(name: &'static str, given: &Value, owners: &str) -> Error {
    Error::misplaced(name, &value::display(given), owners)
}
