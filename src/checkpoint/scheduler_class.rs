//! Which of diffusers' scheduler classes share DDPM's forward process, and what each of them reads of its file.
//!
//! The table follows the constructors of diffusers 0.42.

use serde_json::{Map, Value, json};

use super::value;
use crate::error::Error;

/// What every class of the table reads.
const FORWARD: [&str; 5] = ["num_train_timesteps", "beta_start", "beta_end", "beta_schedule", "trained_betas"];

/// What these files are called.
pub const FILE: &str = "scheduler_config.json";

const TYPE: &str = "prediction_type";
const CLIP: [&str; 2] = ["clip_sample", "clip_sample_range"];
const SPACING: [&str; 2] = ["timestep_spacing", "steps_offset"];
const THRESHOLD: &str = "thresholding";
const ZERO_SNR: &str = "rescale_betas_zero_snr";
const VARIANCE: &str = "variance_type";
const FLOW: &str = "use_flow_sigmas";
const LAST_ALPHA: &str = "set_alpha_to_one";
const CONTINUOUS: &str = "timestep_type";

/// The betas that a file without them means.
#[derive(Clone, Copy, PartialEq)]
enum Betas {
    /// From 0.0001 to 0.02.
    Ddpm,
    /// From 0.00085 to 0.012.
    StableDiffusion,
    /// The same, with even steps of their square roots.
    ScaledStableDiffusion,
}

/// A scheduler class whose forward process is DDPM's.
struct Class {
    name: &'static str,
    /// The keys that it reads beside [`FORWARD`], of those that count here.
    keys: &'static [&'static str],
    betas: Betas,
    spacing: &'static str,
}

const fn class(name: &'static str, keys: &'static [&'static str], betas: Betas, spacing: &'static str) -> Class {
    Class { name, keys, betas, spacing }
}

const DDPM_KEYS: &[&str] = &[TYPE, CLIP[0], CLIP[1], SPACING[0], SPACING[1], THRESHOLD, ZERO_SNR, VARIANCE];
const DDIM_KEYS: &[&str] = &[TYPE, CLIP[0], CLIP[1], SPACING[0], SPACING[1], THRESHOLD, ZERO_SNR, LAST_ALPHA];
const INVERSE_KEYS: &[&str] = &[TYPE, CLIP[0], CLIP[1], SPACING[0], SPACING[1], ZERO_SNR];
const LCM_KEYS: &[&str] = &[TYPE, CLIP[0], CLIP[1], SPACING[0], SPACING[1], THRESHOLD, ZERO_SNR];
const DPM_KEYS: &[&str] = &[TYPE, SPACING[0], SPACING[1], THRESHOLD, ZERO_SNR, VARIANCE, FLOW];
const SINGLE_KEYS: &[&str] = &[TYPE, THRESHOLD, VARIANCE, FLOW];
const DEIS_KEYS: &[&str] = &[TYPE, SPACING[0], SPACING[1], THRESHOLD, FLOW];
const UNIPC_KEYS: &[&str] = &[TYPE, SPACING[0], SPACING[1], THRESHOLD, ZERO_SNR, FLOW];
const SA_KEYS: &[&str] = &[TYPE, SPACING[0], SPACING[1], THRESHOLD, VARIANCE, FLOW];
const EULER_KEYS: &[&str] = &[TYPE, SPACING[0], SPACING[1], ZERO_SNR, CONTINUOUS];
const ANCESTRAL_KEYS: &[&str] = &[TYPE, SPACING[0], SPACING[1], ZERO_SNR];
const HEUN_KEYS: &[&str] = &[TYPE, CLIP[0], CLIP[1], SPACING[0], SPACING[1]];
const PLAIN_KEYS: &[&str] = &[TYPE, SPACING[0], SPACING[1]];

const CLASSES: [Class; 22] = [
    class("DDPMScheduler", DDPM_KEYS, Betas::Ddpm, "leading"),
    class("DDIMScheduler", DDIM_KEYS, Betas::Ddpm, "leading"),
    class("DDPMParallelScheduler", DDPM_KEYS, Betas::Ddpm, "leading"),
    class("DDIMParallelScheduler", DDIM_KEYS, Betas::Ddpm, "leading"),
    class("DDIMInverseScheduler", INVERSE_KEYS, Betas::Ddpm, "leading"),
    class("PNDMScheduler", PLAIN_KEYS, Betas::Ddpm, "leading"),
    class("RePaintScheduler", &[CLIP[0]], Betas::Ddpm, "leading"),
    class("DPMSolverMultistepScheduler", DPM_KEYS, Betas::Ddpm, "linspace"),
    class("DPMSolverMultistepInverseScheduler", SA_KEYS, Betas::Ddpm, "linspace"),
    class("DPMSolverSinglestepScheduler", SINGLE_KEYS, Betas::Ddpm, "linspace"),
    class("DPMSolverSDEScheduler", PLAIN_KEYS, Betas::StableDiffusion, "linspace"),
    class("DEISMultistepScheduler", DEIS_KEYS, Betas::Ddpm, "linspace"),
    class("UniPCMultistepScheduler", UNIPC_KEYS, Betas::Ddpm, "linspace"),
    class("SASolverScheduler", SA_KEYS, Betas::Ddpm, "linspace"),
    class("EulerDiscreteScheduler", EULER_KEYS, Betas::Ddpm, "linspace"),
    class("EulerAncestralDiscreteScheduler", ANCESTRAL_KEYS, Betas::Ddpm, "linspace"),
    class("HeunDiscreteScheduler", HEUN_KEYS, Betas::StableDiffusion, "linspace"),
    class("KDPM2DiscreteScheduler", PLAIN_KEYS, Betas::StableDiffusion, "linspace"),
    class("KDPM2AncestralDiscreteScheduler", PLAIN_KEYS, Betas::StableDiffusion, "linspace"),
    class("LMSDiscreteScheduler", PLAIN_KEYS, Betas::Ddpm, "linspace"),
    class("LCMScheduler", LCM_KEYS, Betas::ScaledStableDiffusion, "leading"),
    class("TCDScheduler", LCM_KEYS, Betas::ScaledStableDiffusion, "leading"),
];

/// Classes whose sampler is computed here as well.
const OURS: [&str; 2] = ["DDPMScheduler", "DDIMScheduler"];
/// Classes that do not clip unless their file says so.
const UNCLIPPED: [&str; 3] = ["HeunDiscreteScheduler", "LCMScheduler", "TCDScheduler"];

/// Parts of the names of other classes, and what is different about them.
const OTHERS: [(&str, &str); 9] = [
    ("Flow", FLOW_MATCHING),
    ("Helios", FLOW_MATCHING),
    ("CMStochasticIterative", CONSISTENCY),
    ("Consistency", CONSISTENCY),
    ("ScoreSdeVe", VARIANCE_EXPLODING),
    ("KarrasVe", VARIANCE_EXPLODING),
    ("ScoreSdeVp", "has continuous time, and betas from beta_min to beta_max"),
    ("EDM", SCALED_INPUT),
    ("CosineDPMSolver", SCALED_INPUT),
];
const FLOW_MATCHING: &str = "is made for flow matching, which mixes picture and noise along a straight line";
const CONSISTENCY: &str = "is made for consistency models, which predict the picture in one step";
const VARIANCE_EXPLODING: &str = "lets the noise grow and does not fade the picture (variance exploding)";
const SCALED_INPUT: &str = "scales what the network is given and what it answers as EDM does (Karras et al. 2022)";

/// Classes whose sampler adds noise at each step; the others follow a path from noise to picture, as DDIM does.
const NOISY: [&str; 8] = [
    "DDPMParallelScheduler",
    "RePaintScheduler",
    "DPMSolverSDEScheduler",
    "SASolverScheduler",
    "EulerAncestralDiscreteScheduler",
    "KDPM2AncestralDiscreteScheduler",
    "LCMScheduler",
    "TCDScheduler",
];

/// A sampler that is none of those that are computed here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MadeFor {
    /// Its class.
    pub scheduler: &'static str,
    /// The one here that is nearest to it: "ddpm" where it adds noise, else "ddim".
    pub nearest: &'static str,
}

/// A scheduler's file as its class reads it.
#[derive(Debug)]
pub struct Effective {
    /// The file less the keys that the class does not have, and with its defaults where they are not those of `DDPMScheduler`.
    pub config: Map<String, Value>,
    /// Its sampler, where that is none of those that are computed here.
    pub made_for: Option<MadeFor>,
}

/// Reads a file by its `_class_name`. One without it is read as DDPM's and DDIM's together.
///
/// # Errors
/// `config-invalid` where the class is no name, `config-unsupported` where its forward process is not DDPM's or not known.
pub fn effective(file: &Map<String, Value>) -> Result<Effective, Error> {
    let Some(given) = file.get("_class_name").filter(|name| !name.is_null()) else {
        check_schedule(file, OURS[0])?;
        return Ok(Effective { config: file.clone(), made_for: None });
    };
    let Some(class) = given.as_str().and_then(|name| CLASSES.iter().find(|class| class.name == name)) else {
        return Err(refusal(given));
    };
    check_schedule(file, class.name)?;
    let mut config = file.clone();
    let reads = |key: &str| FORWARD.contains(&key) || class.keys.contains(&key);
    config.retain(|key, _| reads(key) || !CLASSES.iter().any(|other| other.keys.contains(&key.as_str())));
    for (key, default) in class.defaults() {
        if config.get(key).is_none_or(Value::is_null) {
            config.insert(key.to_owned(), default);
        }
    }
    let is_noisy = NOISY.contains(&class.name) || text(file, "algorithm_type").starts_with("sde-");
    let made_for = MadeFor { scheduler: class.name, nearest: if is_noisy { "ddpm" } else { "ddim" } };
    Ok(Effective { config, made_for: (!OURS.contains(&class.name)).then_some(made_for) })
}

fn text<'a>(file: &'a Map<String, Value>, key: &str) -> &'a str {
    file.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Schedules that only some of the classes have.
const OF_FEW: [(&str, &[&str]); 3] = [
    ("exp", &["HeunDiscreteScheduler"]),
    ("laplace", &["DDPMScheduler", "DDPMParallelScheduler"]),
    ("sigmoid", &["DDPMScheduler", "DDPMParallelScheduler", "RePaintScheduler"]),
];

/// Whether a class has this `beta_schedule`, as far as others do.
fn check_schedule(file: &Map<String, Value>, class: &str) -> Result<(), Error> {
    let has = |schedule: &Value| OF_FEW.iter().all(|(name, classes)| schedule != *name || classes.contains(&class));
    match file.get("beta_schedule").filter(|given| !has(given)) {
        None => Ok(()),
        Some(schedule) => Err(Error::ConfigUnsupported {
            file: FILE,
            field: "beta_schedule".to_owned(),
            value: value::display(schedule),
            supported: format!("what {class} of diffusers has"),
        }),
    }
}

impl Class {
    /// The defaults that are not those of `DDPMScheduler`.
    fn defaults(&self) -> Vec<(&'static str, Value)> {
        let mut defaults = Vec::new();
        if self.betas != Betas::Ddpm {
            defaults.extend([("beta_start", json!(0.00085)), ("beta_end", json!(0.012))]);
        }
        if self.betas == Betas::ScaledStableDiffusion {
            defaults.push(("beta_schedule", json!("scaled_linear")));
        }
        if self.spacing != "leading" {
            defaults.push((SPACING[0], json!(self.spacing)));
        }
        if UNCLIPPED.contains(&self.name) {
            defaults.push((CLIP[0], json!(false)));
        }
        defaults
    }
}

fn refusal(given: &Value) -> Error {
    let (file, field) = (FILE, "_class_name".to_owned());
    let value = value::display(given);
    let Some(name) = given.as_str() else {
        return Error::ConfigInvalid { file, field, value, allowed: "the name of a scheduler class".to_owned() };
    };
    let reason = OTHERS.iter().find(|(part, _)| name.contains(part)).map_or("is not known here", |(_, reason)| reason);
    let supported =
        format!("the forward process of DDPM (DDPMScheduler, DDIMScheduler and their like); this class {reason}");
    Error::ConfigUnsupported { file, field, value, supported }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(file: &Value) -> Result<Effective, Error> {
        effective(file.as_object().expect("an object"))
    }

    #[test]
    fn a_class_has_its_own_defaults() {
        for (name, expected) in [
            ("DDPMScheduler", json!({})),
            ("PNDMScheduler", json!({})),
            ("EulerDiscreteScheduler", json!({ "timestep_spacing": "linspace" })),
            (
                "HeunDiscreteScheduler",
                json!({ "beta_start": 0.00085, "beta_end": 0.012, "timestep_spacing": "linspace", "clip_sample": false }),
            ),
            (
                "LCMScheduler",
                json!({ "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "clip_sample": false }),
            ),
        ] {
            let mut read = of(&json!({ "_class_name": name })).expect("a class of the table").config;
            read.remove("_class_name");
            assert_eq!(Value::Object(read), expected, "{name}");
        }
    }

    #[test]
    fn what_the_file_says_stays() {
        let file = json!({ "_class_name": "HeunDiscreteScheduler", "beta_start": 0.001, "beta_end": 0.02, "timestep_spacing": "trailing", "clip_sample": true });
        assert_eq!(Value::Object(of(&file).expect("a class of the table").config), file);
    }

    #[test]
    fn keys_that_the_class_does_not_have_are_dropped() {
        for (name, key, value) in [
            ("DDPMScheduler", "set_alpha_to_one", json!(false)),
            ("DDIMScheduler", "variance_type", json!("learned_range")),
            ("PNDMScheduler", "thresholding", json!(true)),
            ("PNDMScheduler", "set_alpha_to_one", json!(false)),
            ("LMSDiscreteScheduler", "rescale_betas_zero_snr", json!(true)),
            ("RePaintScheduler", "prediction_type", json!("sample")),
            ("DDIMScheduler", "use_flow_sigmas", json!(true)),
        ] {
            let read = of(&json!({ "_class_name": name, key: value })).expect("a class of the table");
            assert!(!read.config.contains_key(key), "{name} {key}");
        }
    }

    #[test]
    fn other_forward_processes_are_refused_by_name_and_reason() {
        for (name, reason) in [
            ("CMStochasticIterativeScheduler", "consistency"),
            ("ConsistencyDecoderScheduler", "consistency"),
            ("ScoreSdeVeScheduler", "variance exploding"),
            ("KarrasVeScheduler", "variance exploding"),
            ("ScoreSdeVpScheduler", "beta_min"),
            ("FlowMatchEulerDiscreteScheduler", "flow matching"),
            ("FlowMatchHeunDiscreteScheduler", "flow matching"),
            ("EDMEulerScheduler", "EDM"),
            ("EDMDPMSolverMultistepScheduler", "EDM"),
            ("CosineDPMSolverMultistepScheduler", "EDM"),
            ("MyScheduler", "not known"),
        ] {
            let error = of(&json!({ "_class_name": name })).expect_err(name);
            assert_eq!(error.code(), "config-unsupported");
            assert!(error.to_string().contains(name) && error.to_string().contains(reason), "{error}");
        }
        assert_eq!(of(&json!({ "_class_name": 3 })).expect_err("no name").code(), "config-invalid");
    }

    #[test]
    fn a_sampler_of_another_family_has_a_nearest_one() {
        let nearest = |file: Value| of(&file).expect("a class of the table").made_for.map(|made_for| made_for.nearest);
        for (name, expected) in [
            ("DDPMScheduler", None),
            ("DDIMScheduler", None),
            ("PNDMScheduler", Some("ddim")),
            ("EulerDiscreteScheduler", Some("ddim")),
            ("HeunDiscreteScheduler", Some("ddim")),
            ("UniPCMultistepScheduler", Some("ddim")),
            ("DPMSolverMultistepScheduler", Some("ddim")),
            ("EulerAncestralDiscreteScheduler", Some("ddpm")),
            ("DPMSolverSDEScheduler", Some("ddpm")),
        ] {
            assert_eq!(nearest(json!({ "_class_name": name })), expected, "{name}");
        }
        let noisy = json!({ "_class_name": "DPMSolverMultistepScheduler", "algorithm_type": "sde-dpmsolver++" });
        assert_eq!(nearest(noisy), Some("ddpm"));
        assert!(NOISY.iter().all(|name| CLASSES.iter().any(|class| class.name == *name)));
    }
}
