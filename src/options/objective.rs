//! What a training minimises: the objective, with the options that belong to it.

use serde_json::Value;

use super::range::Range;
use super::single::Single;
use crate::checkpoint::value;
use crate::error::Error;
use crate::sampler::Variance;

const MOST_TIMES: u64 = 100_000;
const MOST_POINTS: usize = 1000;

const ETA: Range = Range { name: "eta", least: 0.01, most: 1.0 };
const MIN_SNR_GAMMA: Range = Range { name: "minSnrGamma", least: 1e-3, most: 1e6 };

/// What is minimised.
#[derive(Debug, Clone, PartialEq)]
pub enum Objective {
    /// The mean square error of the network's own target, whatever that is (Ho et al. 2020, eq. 14). Default.
    LSimple,
    /// The variational bound, with its true weights (Ho et al. 2020, eq. 12).
    LVlb {
        /// The variance of the reverse steps; one that is learned is a second half of the network's output. Default: beta-tilde.
        variance: Variance,
    },
    /// `LSimple`, and a thousandth of the bound, which teaches the variance alone (Nichol & Dhariwal 2021, eq. 16).
    LHybrid,
    /// The bound K (Sohl-Dickstein et al. 2015, eq. 14), whose last step, into the data, is left out.
    K2015 {
        /// Whether the betas but the first are learned with the network (section 2.4.1). Default: they stay.
        learns_betas: bool,
    },
    /// The bound of DDIM's process (Song et al. 2020, eq. 11).
    JSigma {
        /// Share of DDPM's noise, from 0.01 to 1: at 0 the weights are infinite. Default: 1.
        eta: f64,
    },
    /// VDM's bound in discrete time (Kingma et al. 2021, eq. 14).
    VdmDiscrete {
        /// Steps T. Default: 1000.
        times: usize,
    },
    /// VDM's bound in continuous time (Kingma et al. 2021, eq. 17), with a weight for every signal-to-noise ratio (eq. 19).
    VdmContinuous {
        /// The weights. Without them it is the bound.
        weighting: Weighting,
        /// Whether the noise schedule is learned (appendix H). Default: log SNR falls evenly.
        learns_gamma: bool,
        /// Whether its ends are learned, which takes images of grey values and the bound itself. Default: they are those of the scheduler.
        learns_ends: bool,
    },
}

impl Objective {
    /// Whether it is a bound on the likelihood, but for terms that do not depend on the network.
    pub fn is_bound(&self) -> bool {
        match self {
            Self::LSimple | Self::LHybrid => false,
            Self::LVlb { .. } | Self::K2015 { .. } | Self::JSigma { .. } | Self::VdmDiscrete { .. } => true,
            Self::VdmContinuous { weighting, .. } => *weighting == Weighting::Uniform,
        }
    }

    /// Whether the variance of the reverse steps is learned.
    pub fn learns_variance(&self) -> bool {
        matches!(self, Self::LHybrid | Self::LVlb { variance: Variance::Learned })
    }

    /// Whether the betas are learned.
    pub fn learns_betas(&self) -> bool {
        matches!(self, Self::K2015 { learns_betas: true })
    }

    /// Whether the ends of VDM's noise schedule are learned.
    pub fn learns_ends(&self) -> bool {
        matches!(self, Self::VdmContinuous { learns_ends: true, .. })
    }

    /// Whether VDM's noise schedule is learned.
    pub fn learns_gamma(&self) -> bool {
        matches!(self, Self::VdmContinuous { learns_gamma: true, .. })
    }
}

/// w(SNR) of the weighted bound.
#[derive(Debug, Clone, PartialEq)]
pub enum Weighting {
    /// 1: the bound itself.
    Uniform,
    /// The signal-to-noise ratio: what is nearly clean counts most.
    Snr,
    /// min(1, gamma / SNR): Min-SNR (Hang et al. 2023) in VDM's time. Default, with gamma 5.
    MinSnr {
        /// The ratio above which the weight falls.
        gamma: f64,
    },
    /// Weights at log SNRs, rising; linear between them and constant outside.
    Points(Vec<(f64, f64)>),
}

const OBJECTIVES: [(&str, Named); 8] = [
    ("l_simple", Named::LSimple),
    ("l_vlb", Named::LVlb),
    ("l_hybrid", Named::LHybrid),
    ("k_2015", Named::K2015),
    ("j_sigma", Named::JSigma),
    ("vdm_discrete", Named::VdmDiscrete),
    ("vdm_continuous", Named::VdmContinuous),
    ("vdm_weighted", Named::VdmWeighted),
];

#[derive(Clone, Copy, PartialEq)]
enum Named {
    LSimple,
    LVlb,
    LHybrid,
    K2015,
    JSigma,
    VdmDiscrete,
    VdmContinuous,
    VdmWeighted,
}

/// Options that belong to one objective only, with its name.
const OWNED: [(&str, Named, &str); 7] = [
    ("variance", Named::LVlb, "objective \"l_vlb\""),
    ("betas", Named::K2015, "objective \"k_2015\""),
    ("eta", Named::JSigma, "objective \"j_sigma\""),
    ("times", Named::VdmDiscrete, "objective \"vdm_discrete\""),
    ("gammaEnds", Named::VdmContinuous, "objective \"vdm_continuous\""),
    ("weighting", Named::VdmWeighted, "objective \"vdm_weighted\""),
    ("minSnrGamma", Named::VdmWeighted, "objective \"vdm_weighted\" with weighting \"min-snr\""),
];

/// Reads `objective` and the options that belong to it.
///
/// # Errors
/// `invalid-` and the option's name.
pub(super) fn objective(read: &Single) -> Result<Objective, Error> {
    let named = read.choice("objective", &OBJECTIVES)?.unwrap_or(Named::LSimple);
    for (name, owner, works_with) in OWNED {
        if let Some(given) = read.0.get(name).filter(|_| owner != named) {
            return Err(Error::misplaced(name, &value::display(given), works_with));
        }
    }
    if let Some(given) = read.0.get("gamma").filter(|_| !matches!(named, Named::VdmContinuous | Named::VdmWeighted)) {
        let works_with = "objectives \"vdm_continuous\" and \"vdm_weighted\"";
        return Err(Error::misplaced("gamma", &value::display(given), works_with));
    }
    Ok(match named {
        Named::LSimple => Objective::LSimple,
        Named::LVlb => {
            let variances = [("small", Variance::Small), ("large", Variance::Large), ("learned", Variance::Learned)];
            Objective::LVlb { variance: read.choice("variance", &variances)?.unwrap_or(Variance::Small) }
        }
        Named::LHybrid => Objective::LHybrid,
        Named::K2015 => Objective::K2015 { learns_betas: is_learned(read, "betas", "fixed")? },
        Named::JSigma => Objective::JSigma { eta: read.number(&ETA, 1.0)? },
        Named::VdmDiscrete => {
            Objective::VdmDiscrete { times: read.integer("times", 1, MOST_TIMES)?.unwrap_or(1000) as usize }
        }
        Named::VdmContinuous => Objective::VdmContinuous {
            weighting: Weighting::Uniform,
            learns_gamma: is_learned(read, "gamma", "linear")?,
            learns_ends: is_learned(read, "gammaEnds", "fixed")?,
        },
        Named::VdmWeighted => Objective::VdmContinuous {
            weighting: weighting(read)?,
            learns_gamma: is_learned(read, "gamma", "linear")?,
            learns_ends: false,
        },
    })
}

/// Whether an option is "learned"; `default` is the other that it can be.
fn is_learned(read: &Single, name: &'static str, default: &str) -> Result<bool, Error> {
    Ok(read.choice(name, &[(default, false), ("learned", true)])?.unwrap_or(false))
}

fn weighting(read: &Single) -> Result<Weighting, Error> {
    let names = [("uniform", 0), ("snr", 1), ("min-snr", 2)];
    let gamma = read.0.get("minSnrGamma");
    let given = match read.0.get("weighting") {
        Some(Value::Array(points)) => Weighting::Points(points_of(points)?),
        _ => match read.choice("weighting", &names)?.unwrap_or(2) {
            0 => Weighting::Uniform,
            1 => Weighting::Snr,
            _ => return Ok(Weighting::MinSnr { gamma: read.number(&MIN_SNR_GAMMA, 5.0)? }),
        },
    };
    match gamma {
        Some(gamma) => Err(Error::misplaced("minSnrGamma", &value::display(gamma), "weighting \"min-snr\"")),
        None => Ok(given),
    }
}

fn points_of(points: &[Value]) -> Result<Vec<(f64, f64)>, Error> {
    let read = |point: &Value| match point.as_array().map(Vec::as_slice) {
        Some([log_snr, weight]) => {
            let weight = weight.as_f64().filter(|weight| weight.is_finite() && *weight >= 0.0)?;
            Some((log_snr.as_f64().filter(|log_snr| log_snr.is_finite())?, weight))
        }
        _ => None,
    };
    let read: Option<Vec<_>> = points.iter().map(read).collect();
    let is_good = |points: &Vec<(f64, f64)>| {
        (1..=MOST_POINTS).contains(&points.len())
            && points.windows(2).all(|pair| pair[0].0 < pair[1].0)
            && points.iter().any(|(_, weight)| *weight > 0.0)
    };
    read.filter(is_good).ok_or_else(|| {
        let allowed = format!(
            "\"uniform\", \"snr\", \"min-snr\", or 1 to {MOST_POINTS} pairs [log SNR, weight], log SNRs rising, weights of at least 0 and one above it"
        );
        Error::invalid("weighting", value::display(&points.into()), allowed)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(options: Value) -> Result<Objective, Error> {
        objective(&Single(options.as_object().expect("an object")))
    }

    #[test]
    fn an_option_of_another_objective_is_misplaced() {
        for (name, given) in [
            ("variance", json!("small")),
            ("betas", json!("learned")),
            ("eta", json!(1)),
            ("times", json!(10)),
            ("weighting", json!("snr")),
            ("gamma", json!("learned")),
        ] {
            let error = read(json!({ "objective": "l_simple", name: given })).expect_err("it has no meaning there");
            assert_eq!(error.code(), format!("invalid-{name}"));
        }
        let error = read(json!({ "objective": "vdm_weighted", "weighting": "snr", "minSnrGamma": 5 }));
        assert_eq!(error.expect_err("another weighting").code(), "invalid-min-snr-gamma");
    }

    #[test]
    fn points_of_a_weighting_rise() {
        let given = |points| read(json!({ "objective": "vdm_weighted", "weighting": points }));
        let objective = given(json!([[-5, 1], [5, 0]]));
        let weighting = Weighting::Points(vec![(-5.0, 1.0), (5.0, 0.0)]);
        assert_eq!(objective, Ok(Objective::VdmContinuous { weighting, learns_gamma: false, learns_ends: false }));
        for points in [json!([]), json!([[5, 1], [-5, 1]]), json!([[0, -1]]), json!([[0, 0]]), json!([1, 2])] {
            assert_eq!(given(points).expect_err("no weighting").code(), "invalid-weighting");
        }
    }
}
