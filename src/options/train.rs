//! The options of a training.

use serde_json::{Map, Value};

use super::noise::read_seed;
use super::range::Range;
use crate::checkpoint::value;
use crate::error::Error;
use crate::sampler::Variance;

/// Every option of a training, but those that are no plain values and those that only choose where it runs.
pub const TRAIN_OPTIONS: [&str; 22] = [
    "objective",
    "prediction",
    "variance",
    "eta",
    "times",
    "weighting",
    "minSnrGamma",
    "gamma",
    "scheduler",
    "network",
    "classes",
    "batch",
    "learningRate",
    "warmup",
    "decaySteps",
    "weightDecay",
    "clipNorm",
    "ema",
    "classDropout",
    "flip",
    "antithetic",
    "seed",
];

const MOST_BATCH: u64 = 4096;
const MOST_STEPS: u64 = 10_000_000;
const MOST_TIMES: u64 = 100_000;
const MOST_POINTS: usize = 1000;

const ETA: Range = Range { name: "eta", least: 0.01, most: 1.0 };
const MIN_SNR_GAMMA: Range = Range { name: "minSnrGamma", least: 1e-3, most: 1e6 };
const LEARNING_RATE: Range = Range { name: "learningRate", least: 1e-7, most: 1.0 };
const WEIGHT_DECAY: Range = Range { name: "weightDecay", least: 0.0, most: 1.0 };
const CLIP_NORM: Range = Range { name: "clipNorm", least: 1e-6, most: 1e9 };
const EMA: Range = Range { name: "ema", least: 0.0, most: 0.99999 };
const CLASS_DROPOUT: Range = Range { name: "classDropout", least: 0.0, most: 1.0 };

/// What is minimised.
#[derive(Debug, Clone, PartialEq)]
pub enum Objective {
    /// The mean square error of the network's own target, whatever that is (Ho et al. 2020, eq. 14). Default.
    LSimple,
    /// The variational bound, with its true weights (Ho et al. 2020, eq. 12).
    LVlb {
        /// The variance of the reverse steps. Default: beta-tilde.
        variance: Variance,
    },
    /// The bound K (Sohl-Dickstein et al. 2015, eq. 14), whose last step, into the data, is left out.
    K2015,
    /// The bound of DDIM's process (Song et al. 2020, eq. 11).
    JSigma {
        /// Share of DDPM's noise, from 0.01 to 1: at 0 the weights are infinite. Default: 1.
        eta: f64,
    },
    /// VDM's bound in discrete time (Kingma et al. 2021, eq. 13).
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
    },
}

impl Objective {
    /// Whether it is a bound on the likelihood, but for terms that do not depend on the network.
    pub fn is_bound(&self) -> bool {
        match self {
            Self::LSimple => false,
            Self::LVlb { .. } | Self::K2015 | Self::JSigma { .. } | Self::VdmDiscrete { .. } => true,
            Self::VdmContinuous { weighting, .. } => *weighting == Weighting::Uniform,
        }
    }

    /// Whether the noise schedule is learned.
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

/// What the network predicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The noise (Ho et al. 2020, eq. 11).
    Epsilon,
    /// The clean data.
    Sample,
    /// v (Salimans & Ho 2022, appendix D).
    VPrediction,
    /// The mean of q(x_{t-1} | x_t, x_0) (Ho et al. 2020, eq. 8).
    Mu,
}

/// The options of a training; what is not given here depends on the data.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainOptions {
    /// What is minimised. Default: `l_simple`.
    pub objective: Objective,
    /// What the network predicts. Default: the scheduler's `prediction_type`.
    pub target: Option<Target>,
    /// scheduler_config.json. Default: cosine betas, and a network that predicts v.
    pub scheduler: Option<Value>,
    /// The network: for images a config.json, of which what it does not say has defaults for their size; for points `layers`, `width` and `fourier`.
    pub network: Option<Map<String, Value>>,
    /// Classes of a new network. Default: as many as the labels name.
    pub classes: Option<usize>,
    /// Examples per step, from 1 to 4096. Default: 256 points, 16 images.
    pub batch: Option<usize>,
    /// Step length of AdamW, from 1e-7 to 1. Default: 0.005 for points, 0.003 for images, 0.0003 for a model that is trained on.
    pub learning_rate: Option<f64>,
    /// Steps over which it rises from 0. Default: 50.
    pub warmup: u64,
    /// Steps over which it falls to 0, as a cosine, after that. Default: it does not fall.
    pub decay_steps: Option<u64>,
    /// AdamW's weight decay, from 0 to 1. Default: 0.
    pub weight_decay: f64,
    /// The longest gradient, over all parameters. Default: 1.
    pub clip_norm: f64,
    /// Decay of the averaged weights per step, from 0 to 0.99999. Default: 0.999.
    pub ema: f64,
    /// Share of labels that are replaced by "no class", from 0 to 1. Default: 0.1.
    pub class_dropout: f64,
    /// Whether half of the images are mirrored. Default: false.
    pub flip: bool,
    /// Whether the times of a batch are spread evenly, by one random offset (Kingma et al. 2021, appendix I.1). Default: true.
    pub antithetic: bool,
    /// Start of all random numbers. Default: 0.
    pub seed: u64,
}

impl Default for TrainOptions {
    fn default() -> Self {
        Self {
            objective: Objective::LSimple,
            target: None,
            scheduler: None,
            network: None,
            classes: None,
            batch: None,
            learning_rate: None,
            warmup: 50,
            decay_steps: None,
            weight_decay: 0.0,
            clip_norm: 1.0,
            ema: 0.999,
            class_dropout: 0.1,
            flip: false,
            antithetic: true,
            seed: 0,
        }
    }
}

impl TrainOptions {
    /// Reads the options.
    ///
    /// # Errors
    /// `unknown-option`, or `invalid-` and the option's name.
    pub fn from_json(options: &Map<String, Value>) -> Result<Self, Error> {
        super::names::known_options(options, &TRAIN_OPTIONS)?;
        let read = Read(options);
        let defaults = Self::default();
        let size = |name, least, most| read.integer(name, least, most).map(|size| size.map(|size| size as usize));
        Ok(Self {
            objective: objective(&read)?,
            target: read.choice("prediction", &TARGETS)?,
            scheduler: options.get("scheduler").cloned(),
            network: read.object("network")?,
            classes: size("classes", 1, 100_000)?,
            batch: size("batch", 1, MOST_BATCH)?,
            learning_rate: options.get("learningRate").map(|rate| LEARNING_RATE.read(rate)).transpose()?,
            warmup: read.integer("warmup", 0, MOST_STEPS)?.unwrap_or(defaults.warmup),
            decay_steps: read.integer("decaySteps", 1, MOST_STEPS)?,
            weight_decay: read.number(&WEIGHT_DECAY, defaults.weight_decay)?,
            clip_norm: read.number(&CLIP_NORM, defaults.clip_norm)?,
            ema: read.number(&EMA, defaults.ema)?,
            class_dropout: read.number(&CLASS_DROPOUT, defaults.class_dropout)?,
            flip: read.flag("flip", defaults.flip)?,
            antithetic: read.flag("antithetic", defaults.antithetic)?,
            seed: read_seed(options)?,
        })
    }
}

const TARGETS: [(&str, Target); 4] = [
    ("epsilon", Target::Epsilon),
    ("sample", Target::Sample),
    ("v_prediction", Target::VPrediction),
    ("mu", Target::Mu),
];

const OBJECTIVES: [(&str, Named); 7] = [
    ("l_simple", Named::LSimple),
    ("l_vlb", Named::LVlb),
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
    K2015,
    JSigma,
    VdmDiscrete,
    VdmContinuous,
    VdmWeighted,
}

/// Options that belong to one objective only, with its name.
const OWNED: [(&str, Named, &str); 5] = [
    ("variance", Named::LVlb, "objective \"l_vlb\""),
    ("eta", Named::JSigma, "objective \"j_sigma\""),
    ("times", Named::VdmDiscrete, "objective \"vdm_discrete\""),
    ("weighting", Named::VdmWeighted, "objective \"vdm_weighted\""),
    ("minSnrGamma", Named::VdmWeighted, "objective \"vdm_weighted\" with weighting \"min-snr\""),
];

fn objective(read: &Read) -> Result<Objective, Error> {
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
            let variances = [("small", Variance::Small), ("large", Variance::Large)];
            Objective::LVlb { variance: read.choice("variance", &variances)?.unwrap_or(Variance::Small) }
        }
        Named::K2015 => Objective::K2015,
        Named::JSigma => Objective::JSigma { eta: read.number(&ETA, 1.0)? },
        Named::VdmDiscrete => {
            Objective::VdmDiscrete { times: read.integer("times", 1, MOST_TIMES)?.unwrap_or(1000) as usize }
        }
        Named::VdmContinuous => {
            Objective::VdmContinuous { weighting: Weighting::Uniform, learns_gamma: learns_gamma(read)? }
        }
        Named::VdmWeighted => {
            Objective::VdmContinuous { weighting: weighting(read)?, learns_gamma: learns_gamma(read)? }
        }
    })
}

fn learns_gamma(read: &Read) -> Result<bool, Error> {
    Ok(read.choice("gamma", &[("linear", false), ("learned", true)])?.unwrap_or(false))
}

fn weighting(read: &Read) -> Result<Weighting, Error> {
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

/// Reads single options.
struct Read<'a>(&'a Map<String, Value>);

impl Read<'_> {
    fn number(&self, range: &Range, default: f64) -> Result<f64, Error> {
        self.0.get(range.name).map_or(Ok(default), |given| range.read(given))
    }

    fn integer(&self, name: &'static str, least: u64, most: u64) -> Result<Option<u64>, Error> {
        self.0.get(name).map(|given| value::integer(name, given, least..=most)).transpose()
    }

    fn choice<T: Copy>(&self, name: &'static str, choices: &[(&str, T)]) -> Result<Option<T>, Error> {
        self.0.get(name).map(|given| value::choice(name, given, choices)).transpose()
    }

    fn object(&self, name: &'static str) -> Result<Option<Map<String, Value>>, Error> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Value::Object(object)) => Ok(Some(object.clone())),
            Some(other) => Err(Error::invalid(name, value::display(other), "an object")),
        }
    }

    fn flag(&self, name: &'static str, default: bool) -> Result<bool, Error> {
        match self.0.get(name) {
            None => Ok(default),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(other) => Err(Error::invalid(name, value::display(other), "true or false")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(options: Value) -> Result<TrainOptions, Error> {
        TrainOptions::from_json(options.as_object().expect("an object"))
    }

    #[test]
    fn nothing_is_the_default() {
        assert_eq!(read(json!({})), Ok(TrainOptions::default()));
    }

    #[test]
    fn an_option_of_another_objective_is_misplaced() {
        for (name, given) in [
            ("variance", json!("small")),
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
    fn values_out_of_range_are_named() {
        for (name, given) in [
            ("batch", json!(0)),
            ("learningRate", json!(-1)),
            ("ema", json!(1)),
            ("flip", json!("yes")),
            ("classDropout", json!(2)),
            ("warmup", json!(1.5)),
            ("prediction", json!("noise")),
            ("objective", json!("l_big")),
            ("seed", json!(-1)),
        ] {
            let error = read(json!({ name: given })).expect_err(name);
            assert!(error.to_string().contains(name), "{error}");
        }
        assert_eq!(read(json!({ "lr": 1 })).expect_err("unknown").code(), "unknown-option");
    }

    #[test]
    fn points_of_a_weighting_rise() {
        let given = |points| read(json!({ "objective": "vdm_weighted", "weighting": points }));
        let options = given(json!([[-5, 1], [5, 0]])).expect("two points");
        let weighting = Weighting::Points(vec![(-5.0, 1.0), (5.0, 0.0)]);
        assert_eq!(options.objective, Objective::VdmContinuous { weighting, learns_gamma: false });
        for points in [json!([]), json!([[5, 1], [-5, 1]]), json!([[0, -1]]), json!([[0, 0]]), json!([1, 2])] {
            assert_eq!(given(points).expect_err("no weighting").code(), "invalid-weighting");
        }
    }
}
