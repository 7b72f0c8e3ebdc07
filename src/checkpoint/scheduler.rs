//! diffusers' `scheduler_config.json`: the forward process, what the network predicts, and the defaults of a run.

use serde_json::{Map, Value};

use super::scheduler_class;
use super::value;
use crate::error::Error;
use crate::math::predict::Prediction;
use crate::math::schedule::{BetaSchedule, LONGEST, Schedule};
use crate::math::trajectory::Trajectory;
use crate::sampler::Variance;

const FILE: &str = "scheduler_config.json";

/// What a run takes from a scheduler's configuration. Absent keys mean what they mean in its class, by default diffusers' `DDPMScheduler`.
#[derive(Debug, Clone, PartialEq)]
pub struct Scheduler {
    /// The configuration as its class reads it: less the keys that the class does not have, and with the defaults that are its own.
    pub config: Value,
    /// The class, where its sampler is none of those that are computed here.
    pub foreign: Option<&'static str>,
    /// The forward process.
    pub schedule: Schedule,
    /// What the network predicts.
    pub prediction: Prediction,
    /// Whether `x0_hat` is clipped by default.
    pub clip_sample: bool,
    /// Bound of a clipped `x0_hat`, above 0. Default: 1.
    pub clip_sample_range: f64,
    /// DDPM's variance by default.
    pub variance: Variance,
    /// The list of timesteps by default.
    pub timestep_spacing: Trajectory,
    /// Added to the timesteps of `leading`.
    pub steps_offset: usize,
}

impl Scheduler {
    /// Reads the JSON of a `scheduler_config.json`. Keys that change no number here are passed over, as diffusers does.
    ///
    /// # Errors
    /// `config-invalid` for a value of the wrong type or range, `config-unsupported` for one that is not computed here.
    pub fn from_json(config: &Value) -> Result<Self, Error> {
        let object = config.as_object().ok_or_else(|| invalid("the file", config, "a JSON object"))?;
        let scheduler_class::Effective { config, foreign } = scheduler_class::effective(object)?;
        refuse_unsupported(&config)?;

        let fields = Fields(&config);
        fields.choice("timestep_type", "discrete", &[("discrete", ())])?;
        let num_train_timesteps = fields.integer("num_train_timesteps", 1000, 1..=LONGEST)?;
        let schedule = Schedule::new(
            &fields.beta_schedule(num_train_timesteps)?,
            num_train_timesteps,
            fields.fraction("beta_start", 1e-4)?,
            fields.fraction("beta_end", 0.02)?,
        );

        Ok(Self {
            foreign,
            schedule,
            prediction: fields.choice("prediction_type", "epsilon", &PREDICTIONS)?,
            clip_sample: fields.flag("clip_sample", true)?,
            clip_sample_range: fields.positive("clip_sample_range", 1.0)?,
            variance: fields.choice("variance_type", "fixed_small", &VARIANCES)?,
            timestep_spacing: fields.choice("timestep_spacing", "leading", &SPACINGS)?,
            steps_offset: fields.integer("steps_offset", 0, 0..=num_train_timesteps - 1)?,
            config: Value::Object(config),
        })
    }
}

const BETA_SCHEDULES: [(&str, BetaSchedule); 3] = [
    ("linear", BetaSchedule::Linear),
    ("scaled_linear", BetaSchedule::ScaledLinear),
    ("squaredcos_cap_v2", BetaSchedule::SquaredCosCapV2),
];

const SPACINGS: [(&str, Trajectory); 3] =
    [("leading", Trajectory::Leading), ("trailing", Trajectory::Trailing), ("linspace", Trajectory::Linspace)];

const PREDICTIONS: [(&str, Prediction); 3] =
    [("epsilon", Prediction::Epsilon), ("v_prediction", Prediction::VPrediction), ("sample", Prediction::Sample)];

const VARIANCES: [(&str, Variance); 4] = [
    ("fixed_small", Variance::Small),
    ("fixed_small_log", Variance::Small),
    ("fixed_large", Variance::Large),
    ("fixed_large_log", Variance::Large),
];

/// Switches that change the numbers, and the only setting of each that is computed here.
const ONLY: [(&str, bool); 4] = [
    ("thresholding", false),
    ("rescale_betas_zero_snr", false),
    ("set_alpha_to_one", true),
    ("use_flow_sigmas", false),
];

fn refuse_unsupported(object: &Map<String, Value>) -> Result<(), Error> {
    for (field, only) in ONLY {
        if let Some(value) = object.get(field)
            && *value != Value::Bool(only)
        {
            return Err(unsupported(field, value, only.to_string()));
        }
    }
    Ok(())
}

/// The fields of the file, each with its default.
struct Fields<'a>(&'a Map<String, Value>);

impl Fields<'_> {
    /// A field that stands in the file and is not null.
    fn given(&self, field: &str) -> Option<&Value> {
        self.0.get(field).filter(|value| !value.is_null())
    }

    fn integer(&self, field: &str, default: usize, range: std::ops::RangeInclusive<usize>) -> Result<usize, Error> {
        let Some(given) = self.given(field) else { return Ok(default) };
        value::as_index(given)
            .filter(|n| range.contains(n))
            .ok_or_else(|| invalid(field, given, format!("an integer from {} to {}", range.start(), range.end())))
    }

    fn number(&self, field: &str, default: f64, allowed: &str, test: fn(f64) -> bool) -> Result<f64, Error> {
        let Some(given) = self.given(field) else { return Ok(default) };
        given.as_f64().filter(|x| test(*x)).ok_or_else(|| invalid(field, given, allowed))
    }

    fn fraction(&self, field: &str, default: f64) -> Result<f64, Error> {
        self.number(field, default, "a number between 0 and 1", |x| x > 0.0 && x < 1.0)
    }

    fn positive(&self, field: &str, default: f64) -> Result<f64, Error> {
        self.number(field, default, "a number above 0", |x| x > 0.0)
    }

    fn flag(&self, field: &str, default: bool) -> Result<bool, Error> {
        let Some(given) = self.given(field) else { return Ok(default) };
        given.as_bool().ok_or_else(|| invalid(field, given, "true or false"))
    }

    fn choice<T: Clone>(&self, field: &str, default: &str, choices: &[(&str, T)]) -> Result<T, Error> {
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        Ok(choices[self.chosen(field, default, &names)?].1.clone())
    }

    /// Which of the names stands in the file.
    fn chosen(&self, field: &str, default: &str, names: &[&str]) -> Result<usize, Error> {
        let default = Value::from(default);
        let given = self.given(field).unwrap_or(&default);
        let name = given.as_str().ok_or_else(|| invalid(field, given, "a name"))?;
        let found = names.iter().position(|choice| *choice == name);
        found.ok_or_else(|| unsupported(field, given, names.join(", ")))
    }

    fn beta_schedule(&self, num_train_timesteps: usize) -> Result<BetaSchedule, Error> {
        let Some(given) = self.given("trained_betas") else { return self.named_beta_schedule() };
        let allowed = || format!("{num_train_timesteps} numbers between 0 and 1, one a training timestep");
        let is_beta = |beta: &f64| *beta > 0.0 && *beta < 1.0;

        let betas: Option<Vec<f64>> = given
            .as_array()
            .filter(|betas| betas.len() == num_train_timesteps)
            .and_then(|betas| betas.iter().map(|beta| beta.as_f64().filter(is_beta)).collect());
        betas.map(BetaSchedule::Trained).ok_or_else(|| invalid("trained_betas", given, allowed()))
    }

    fn named_beta_schedule(&self) -> Result<BetaSchedule, Error> {
        self.choice("beta_schedule", "linear", &BETA_SCHEDULES)
    }
}

fn invalid(field: &str, given: &Value, allowed: impl Into<String>) -> Error {
    let value = value::display(given);
    Error::ConfigInvalid { file: FILE, field: field.to_owned(), value, allowed: allowed.into() }
}

fn unsupported(field: &str, given: &Value, supported: impl Into<String>) -> Error {
    let value = value::display(given);
    Error::ConfigUnsupported { file: FILE, field: field.to_owned(), value, supported: supported.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn code(config: &Value) -> String {
        Scheduler::from_json(config).map_or_else(|error| error.code(), |_| "read".to_owned())
    }

    #[test]
    fn an_empty_file_is_diffusers_default() {
        let scheduler = Scheduler::from_json(&json!({})).expect("every key has a default");
        assert_eq!(scheduler.schedule, Schedule::new(&BetaSchedule::Linear, 1000, 1e-4, 0.02));
        assert_eq!(scheduler.prediction, Prediction::Epsilon);
        assert_eq!((scheduler.clip_sample, scheduler.variance), (true, Variance::Small));
    }

    #[test]
    fn a_key_that_the_class_does_not_have_changes_nothing() {
        let read = |config: Value| Scheduler::from_json(&config).expect("a DDPM scheduler");
        let plain = json!({ "_class_name": "DDPMScheduler", "beta_schedule": "squaredcos_cap_v2" });
        let mut more = plain.clone();
        more["set_alpha_to_one"] = json!(false);
        assert_eq!(read(more), read(plain));
    }

    #[test]
    fn the_betas_are_the_class_s_own() {
        let read = Scheduler::from_json(&json!({ "_class_name": "HeunDiscreteScheduler" })).expect("a known class");
        assert_eq!(read.schedule, Schedule::new(&BetaSchedule::Linear, 1000, 0.00085, 0.012));
        assert_eq!((read.clip_sample, read.timestep_spacing), (false, Trajectory::Linspace));
        let read = Scheduler::from_json(&json!({ "_class_name": "LCMScheduler" })).expect("a known class");
        assert_eq!(read.schedule, Schedule::new(&BetaSchedule::ScaledLinear, 1000, 0.00085, 0.012));
    }

    #[test]
    fn trained_betas_replace_the_named_schedule() {
        let config = json!({ "num_train_timesteps": 2, "trained_betas": [0.1, 0.2] });
        let scheduler = Scheduler::from_json(&config).expect("two betas for two timesteps");
        assert_eq!(scheduler.schedule, Schedule::from_betas(&[0.1, 0.2]));
    }

    #[test]
    fn values_out_of_range_are_invalid() {
        for config in [
            json!([]),
            json!({ "num_train_timesteps": 0 }),
            json!({ "num_train_timesteps": 1e9 }),
            json!({ "beta_start": 0 }),
            json!({ "beta_end": 1.5 }),
            json!({ "beta_end": "0.02" }),
            json!({ "trained_betas": [0.1] }),
            json!({ "num_train_timesteps": 1, "trained_betas": [1.0] }),
            json!({ "clip_sample": 1 }),
            json!({ "clip_sample_range": 0 }),
            json!({ "prediction_type": 3 }),
            json!({ "steps_offset": 1000 }),
        ] {
            assert_eq!(code(&config), "config-invalid", "{config}");
        }
    }

    #[test]
    fn settings_that_are_not_computed_are_unsupported() {
        for config in [
            json!({ "thresholding": true }),
            json!({ "rescale_betas_zero_snr": true }),
            json!({ "set_alpha_to_one": false }),
            json!({ "_class_name": "DDIMScheduler", "set_alpha_to_one": false }),
            json!({ "_class_name": "UniPCMultistepScheduler", "use_flow_sigmas": true }),
            json!({ "_class_name": "EulerDiscreteScheduler", "timestep_type": "continuous" }),
            json!({ "_class_name": "PNDMScheduler", "beta_schedule": "sigmoid" }),
            json!({ "_class_name": "ScoreSdeVeScheduler" }),
            json!({ "beta_schedule": "sigmoid" }),
            json!({ "variance_type": "learned_range" }),
            json!({ "prediction_type": "flow" }),
        ] {
            assert_eq!(code(&config), "config-unsupported", "{config}");
        }
    }
}
