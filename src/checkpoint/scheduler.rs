//! diffusers' `scheduler_config.json`: the forward process, what the network predicts, and the defaults of a run.

use serde_json::Value;

use super::fields::Fields;
use super::scheduler_class::{self, FILE, MadeFor};
use crate::error::Error;
use crate::math::gamma::Gamma;
use crate::math::predict::Prediction;
use crate::math::schedule::{BetaSchedule, LONGEST, Schedule};
use crate::math::threshold::Threshold;
use crate::math::trajectory::Trajectory;
use crate::sampler::{LearnedVariance, Variance};

/// What a run takes from a scheduler's configuration. Absent keys mean what they mean in its class, by default diffusers' `DDPMScheduler`.
#[derive(Debug, Clone, PartialEq)]
pub struct Scheduler {
    /// The configuration as its class reads it: less the keys that the class does not have, and with the defaults that are its own.
    pub config: Value,
    /// Its sampler, where that is none of those that are computed here.
    pub made_for: Option<MadeFor>,
    /// The forward process.
    pub schedule: Schedule,
    /// VDM's time on it. Default: linear between its ends.
    pub gamma: Gamma,
    /// What the network predicts.
    pub prediction: Prediction,
    /// Whether `x0_hat` is clipped by default.
    pub clip_sample: bool,
    /// Bound of a clipped `x0_hat`, above 0. Default: 1.
    pub clip_sample_range: f64,
    /// What takes the place of the bound where there is clipping; none: the bound.
    pub threshold: Option<Threshold>,
    /// DDPM's variance by default.
    pub variance: Variance,
    /// What the network says of it in the second half of its output; none: it has no second half.
    pub learned_variance: Option<LearnedVariance>,
    /// Where DDIM's last step leads: to the data, or to the first timestep (`set_alpha_to_one` of false).
    pub ends_at_data: bool,
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
        let object = Fields::object(FILE, config)?;
        let scheduler_class::Effective { config, made_for } = scheduler_class::effective(object)?;
        let fields = Fields::new(FILE, &config);
        refuse_unsupported(&fields)?;

        let num_train_timesteps = fields.integer(&["num_train_timesteps"], Some(1000), [1, LONGEST])?;
        let schedule = Schedule::new(
            &beta_schedule(&fields, num_train_timesteps)?,
            num_train_timesteps,
            beta(&fields, "beta_start", 1e-4)?,
            beta(&fields, "beta_end", 0.02)?,
        );

        let (variance, learned_variance) = fields.choice(&["variance_type"], (Variance::Small, None), &VARIANCES)?;
        let (clip_sample, clip_sample_range, threshold) = clipping(&fields)?;
        let prediction = fields.choice(&["prediction_type"], Prediction::Epsilon, &PREDICTIONS)?;

        let schedule = rescaled(schedule, prediction, &fields)?;

        Ok(Self {
            made_for,
            gamma: Gamma::linear(&schedule),
            schedule,
            prediction,
            ends_at_data: fields.flag(&["set_alpha_to_one"], true)?,
            clip_sample,
            clip_sample_range,
            threshold,
            variance,
            learned_variance,
            timestep_spacing: fields.choice(&["timestep_spacing"], Trajectory::Leading, &SPACINGS)?,
            steps_offset: fields.integer(&["steps_offset"], Some(0), [0, num_train_timesteps - 1])?,
            config: Value::Object(config),
        })
    }
}

const BETA_SCHEDULES: [(&str, BetaSchedule); 6] = [
    ("linear", BetaSchedule::Linear),
    ("scaled_linear", BetaSchedule::ScaledLinear),
    ("squaredcos_cap_v2", BetaSchedule::SquaredCosCapV2),
    ("sigmoid", BetaSchedule::Sigmoid),
    ("laplace", BetaSchedule::Laplace),
    ("exp", BetaSchedule::Exp),
];

const SPACINGS: [(&str, Trajectory); 3] =
    [("leading", Trajectory::Leading), ("trailing", Trajectory::Trailing), ("linspace", Trajectory::Linspace)];

const PREDICTIONS: [(&str, Prediction); 3] =
    [("epsilon", Prediction::Epsilon), ("v_prediction", Prediction::VPrediction), ("sample", Prediction::Sample)];

const VARIANCES: [(&str, (Variance, Option<LearnedVariance>)); 6] = [
    ("fixed_small", (Variance::Small, None)),
    ("fixed_small_log", (Variance::Small, None)),
    ("fixed_large", (Variance::Large, None)),
    ("fixed_large_log", (Variance::Large, None)),
    ("learned", (Variance::Learned, Some(LearnedVariance::Itself))),
    ("learned_range", (Variance::Learned, Some(LearnedVariance::Range))),
];

fn refuse_unsupported(fields: &Fields) -> Result<(), Error> {
    const FLOW: &str = "use_flow_sigmas";
    if let Some(value) = fields.get(&[FLOW]).filter(|value| **value != Value::Bool(false)) {
        return Err(fields.unsupported(FLOW, value, "false"));
    }
    fields.choice(&["timestep_type"], (), &[("discrete", ())])
}

/// Whether `x0_hat` is clipped, and at what. Dynamic thresholding replaces clipping; where it may divide by no more than 1, its default, it
/// is clipping at 1.
fn clipping(fields: &Fields) -> Result<(bool, f64, Option<Threshold>), Error> {
    let above_0 = |name, default| fields.number(&[name], default, "a number above 0", |x| x > 0.0);
    let clip = (fields.flag(&["clip_sample"], true)?, above_0("clip_sample_range", 1.0)?);
    let most = fields.number(&["sample_max_value"], 1.0, "a number of at least 1", |x| x >= 1.0)?;
    let share = "a number from 0 to 1";
    let ratio = fields.number(&["dynamic_thresholding_ratio"], 0.995, share, |x| (0.0..=1.0).contains(&x))?;
    Ok(match fields.flag(&["thresholding"], false)? {
        false => (clip.0, clip.1, None),
        true => (true, 1.0, (most > 1.0).then_some(Threshold { ratio, most })),
    })
}

/// `rescale_betas_zero_snr`: no signal is left at the last timestep. From the noise that a network predicts there no image follows.
fn rescaled(schedule: Schedule, prediction: Prediction, fields: &Fields) -> Result<Schedule, Error> {
    const NAME: &str = "rescale_betas_zero_snr";
    match fields.flag(&[NAME], false)? {
        true if prediction == Prediction::Epsilon => {
            let allowed = "false, or true where `prediction_type` is \"v_prediction\" or \"sample\"";
            Err(fields.unsupported(NAME, &Value::Bool(true), allowed))
        }
        true => Ok(schedule.with_zero_terminal_snr()),
        false => Ok(schedule),
    }
}

fn beta(fields: &Fields, name: &str, default: f64) -> Result<f64, Error> {
    fields.number(&[name], default, "a number between 0 and 1", is_beta)
}

fn is_beta(beta: f64) -> bool {
    beta > 0.0 && beta < 1.0
}

fn beta_schedule(fields: &Fields, num_train_timesteps: usize) -> Result<BetaSchedule, Error> {
    let names = ["trained_betas"];
    let Some(given) = fields.get_some(&names) else {
        return fields.choice(&["beta_schedule"], BetaSchedule::Linear, &BETA_SCHEDULES);
    };
    let betas: Option<Vec<f64>> = given
        .as_array()
        .filter(|betas| betas.len() == num_train_timesteps)
        .and_then(|betas| betas.iter().map(|beta| beta.as_f64().filter(|beta| is_beta(*beta))).collect());
    let allowed = format!("{num_train_timesteps} numbers between 0 and 1, one per training timestep");
    betas.map(BetaSchedule::Trained).ok_or_else(|| fields.invalid(&names, &allowed))
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
    fn null_is_absent_where_diffusers_has_none_by_default() {
        let config = json!({ "trained_betas": null, "variance_type": null, "_class_name": null });
        let read = Scheduler::from_json(&config).expect("nothing is said");
        let plain = Scheduler::from_json(&json!({})).expect("every key has a default");
        assert_eq!((read.schedule, read.variance), (plain.schedule, plain.variance));
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
            json!({ "clip_sample": null }),
            json!({ "beta_start": null }),
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
            json!({ "rescale_betas_zero_snr": true }),
            json!({ "_class_name": "UniPCMultistepScheduler", "use_flow_sigmas": true }),
            json!({ "_class_name": "EulerDiscreteScheduler", "timestep_type": "continuous" }),
            json!({ "_class_name": "PNDMScheduler", "beta_schedule": "sigmoid" }),
            json!({ "_class_name": "ScoreSdeVeScheduler" }),
            json!({ "_class_name": "DDIMScheduler", "beta_schedule": "laplace" }),
            json!({ "beta_schedule": "exp" }),
            json!({ "variance_type": "fixed_huge" }),
            json!({ "prediction_type": "flow" }),
        ] {
            assert_eq!(code(&config), "config-unsupported", "{config}");
        }
    }

    #[test]
    fn the_exponential_schedule_is_that_of_heun() {
        let config = json!({ "_class_name": "HeunDiscreteScheduler", "beta_schedule": "exp" });
        let schedule = Scheduler::from_json(&config).expect("it is computed").schedule;
        // diffusers 0.42.1, whose product is in f32.
        for (t, expected) in [(0.0, 9.880717397e-01), (499.0, 2.478785813e-03), (999.0, 6.144378858e-06)] {
            let found = schedule.level_at(t).alpha_bar();
            assert!((found / expected - 1.0).abs() < 5e-5, "{t}: {found}");
            assert!((found / (-0.012 * (t + 1.0)).exp() - 1.0).abs() < 1e-10, "{t}: {found}");
        }
    }

    #[test]
    fn a_rescaled_schedule_ends_in_pure_noise() {
        // diffusers' rescale_zero_terminal_snr of linear betas.
        for prediction in ["v_prediction", "sample"] {
            let config = json!({ "rescale_betas_zero_snr": true, "prediction_type": prediction });
            let schedule = Scheduler::from_json(&config).expect("it is computed").schedule;
            let alpha_bar = |t: usize| schedule.level_at(t as f64).alpha_bar();
            for (t, expected) in [(500, 0.075_246_215_7), (998, 4.2133e-9), (999, 0.0)] {
                assert!((alpha_bar(t) - expected).abs() <= 1e-4 * expected, "{t}: {}, not {expected}", alpha_bar(t));
            }
        }
        let of_noise = json!({ "rescale_betas_zero_snr": true });
        assert_eq!(code(&of_noise), "config-unsupported");
        assert_eq!(code(&json!({ "_class_name": "PNDMScheduler", "rescale_betas_zero_snr": true })), "read");
    }

    #[test]
    fn thresholding_is_clipping_at_1_where_it_may_not_exceed_it() {
        let config = json!({ "thresholding": true, "clip_sample": false, "clip_sample_range": 3 });
        let read = Scheduler::from_json(&config).expect("it is computed");
        assert_eq!((read.clip_sample, read.clip_sample_range), (true, 1.0));
    }

    #[test]
    fn ddim_may_end_at_the_first_timestep() {
        let ends = |config: Value| Scheduler::from_json(&config).expect("it is read").ends_at_data;
        assert!(ends(json!({})));
        assert!(!ends(json!({ "_class_name": "DDIMScheduler", "set_alpha_to_one": false })));
        assert!(
            ends(json!({ "_class_name": "DDPMScheduler", "set_alpha_to_one": false })),
            "a key that it does not have"
        );
    }
}
