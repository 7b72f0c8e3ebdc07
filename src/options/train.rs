//! The options of a training.

use serde_json::{Map, Value};

use super::noise::read_seed;
use super::objective::{Objective, objective};
use super::range::Range;
use super::single::Single;
use crate::error::Error;

/// Every option of a training, but those that are no plain values and those that only choose where it runs.
pub const TRAIN_OPTIONS: [&str; 24] = [
    "objective",
    "prediction",
    "variance",
    "betas",
    "eta",
    "times",
    "weighting",
    "minSnrGamma",
    "gamma",
    "gammaEnds",
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

const LEARNING_RATE: Range = Range { name: "learningRate", least: 1e-7, most: 1.0 };
const WEIGHT_DECAY: Range = Range { name: "weightDecay", least: 0.0, most: 1.0 };
const CLIP_NORM: Range = Range { name: "clipNorm", least: 1e-6, most: 1e9 };
const EMA: Range = Range { name: "ema", least: 0.0, most: 0.99999 };
const CLASS_DROPOUT: Range = Range { name: "classDropout", least: 0.0, most: 1.0 };

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
    /// Share of labels that are replaced by "no class", from 0 to 1; only of networks with classes. Default: 0.1.
    pub class_dropout: Option<f64>,
    /// Whether half of the images are mirrored; not of points. Default: false.
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
            class_dropout: None,
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
        let read = Single(options);
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
            class_dropout: options.get("classDropout").map(|share| CLASS_DROPOUT.read(share)).transpose()?,
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
}
