//! Whatever stands in options and in files is read or refused: nothing panics, and every refusal is a sentence. The same cases at
//! every run; `PROPTEST_CASES` makes them more.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{RngSeed, TestCaseResult};
use serde_json::{Map, Value, json};
use unnoise::checkpoint::{Files, MeanSqEps, Scheduler};
use unnoise::error::Error;
use unnoise::kernels::Device;
use unnoise::measure::likelihood::Bound;
use unnoise::noise::Shape;
use unnoise::options::{
    LikelihoodOptions, PlanOptions, SAMPLE_OPTIONS, SampleOptions, rng_from_json, seed_from_json, shape_from_json,
};
use unnoise::run::{Network, Plan, Run};

/// A small network.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/unet_variants/plain");

fn config() -> ProptestConfig {
    ProptestConfig { rng_seed: RngSeed::Fixed(13), failure_persistence: None, ..ProptestConfig::default() }
}

/// A refusal names what is wrong in plain words: no value of a language, unless it was given.
fn is_sentence(error: &Error, given: &Value) -> TestCaseResult {
    let (code, sentence) = (error.code(), error.to_string());
    prop_assert!(code.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'), "{code}");
    prop_assert!(sentence.chars().count() < 700, "{sentence}");
    for word in ["NaN", "inf;", "undefined", "[object", "Some(", "None"] {
        prop_assert!(!sentence.contains(word), "{given}: {sentence}");
    }
    prop_assert!(!sentence.contains("null") || given.to_string().contains("null"), "{given}: {sentence}");
    Ok(())
}

fn checked<T>(read: Result<T, Error>, given: &Value) -> Result<Option<T>, TestCaseError> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(error) => is_sentence(&error, given).map(|()| None),
    }
}

/// Numbers at the ends of ranges and beyond them.
fn number() -> impl Strategy<Value = Value> {
    let ends = [0.0, -0.0, 1.0, -1.0, 0.5, 2.5, 49.0, 999.0, 1000.0, 4096.0, 1e9, 1e15, 9_007_199_254_740_992.0, 1e300];
    prop_oneof![
        select(ends.to_vec()).prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (0..100u8).prop_map(Value::from)
    ]
}

fn text() -> impl Strategy<Value = Value> {
    let names = [
        "ddim",
        "ddpm",
        "analytic-ddpm",
        "analytic-ddim",
        "vdm",
        "even",
        "optimal",
        "quadratic",
        "x0",
        "torch",
        "small",
        "",
    ];
    prop_oneof![select(names.to_vec()).prop_map(Value::from), "\\PC{0,80}".prop_map(Value::from)]
}

/// Any JSON.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number(),
        text(),
        Just(json!("\0a function"))
    ];
    leaf.prop_recursive(4, 48, 12, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..12).prop_map(Value::from),
            prop::collection::btree_map(field(), inner, 0..5).prop_map(|object| object.into_iter().collect()),
        ]
    })
}

/// A name that stands in a file or in options, or another one.
fn field() -> impl Strategy<Value = String> {
    let known = [
        "seeds",
        "at",
        "labels",
        "x",
        "t",
        "mask",
        "method",
        "sigma",
        "regions",
        "colour",
        "sample_size",
        "block_out_channels",
        "beta_start",
        "mean_sq_eps",
    ];
    prop_oneof![select(known.to_vec()).prop_map(str::to_owned), "[a-z_]{0,9}"]
}

fn options() -> impl Strategy<Value = Map<String, Value>> {
    let name = prop_oneof![9 => select(SAMPLE_OPTIONS.to_vec()).prop_map(str::to_owned), 1 => field()];
    prop::collection::btree_map(name, prop_oneof![number(), text(), anything()], 0..5)
        .prop_map(|options| options.into_iter().collect())
}

fn scheduler() -> (Scheduler, MeanSqEps) {
    let table = MeanSqEps::from_timesteps((0..1000).map(|t| f64::from(t) / 1000.0));
    (Scheduler::from_json(&json!({})).expect("all defaults"), table)
}

/// Takes the first step, which must leave finite numbers or a sentence.
fn begin(options: &SampleOptions, plan: Plan, given: &Value) -> TestCaseResult {
    let shape = Shape { batch: options.images(), channels: 1, height: 2, width: 2 };
    checked(options.fit_denoiser(shape), given)?;
    let Some(mut run) = checked(Run::new(options, plan, shape, None), given)? else { return Ok(()) };
    if let Some(step) = checked(run.advance(&vec![0.25; shape.len()]), given)? {
        prop_assert!(step.x_s.iter().all(|x| x.is_finite()), "{given}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn options_are_read_or_refused(options in options()) {
        let ((scheduler, table), given) = (scheduler(), Value::Object(options.clone()));
        let plan = |read: &PlanOptions| Plan::new(read, &scheduler, Some(&table));
        checked(PlanOptions::from_json(&options, &scheduler).and_then(|read| plan(&read)), &given)?;
        let bound = |read: LikelihoodOptions| Bound::new(&read, &scheduler, Some(&table));
        checked(LikelihoodOptions::from_json(&options, &scheduler).and_then(bound), &given)?;
        if let Some(read) = checked(SampleOptions::from_json(&options, &scheduler), &given)?
            && let Some(plan) = checked(plan(&read.plan), &given)?
        {
            begin(&read, plan, &given)?;
        }
    }

    #[test]
    fn single_values_are_read_or_refused(value in anything()) {
        checked(shape_from_json(&value), &value)?;
        checked(rng_from_json(&value), &value)?;
        checked(seed_from_json(&value), &value)?;
        checked(Scheduler::from_json(&value), &value)?;
        checked(MeanSqEps::from_json(&value, 10), &value)?;
        checked(MeanSqEps::from_file(&value, 10), &value)?;
    }

    #[test]
    fn schedulers_are_read_or_refused(name in select(SCHEDULER_FIELDS.to_vec()), value in prop_oneof![number(), anything()]) {
        let given = json!({ name: value });
        checked(Scheduler::from_json(&given), &given)?;
    }

    #[test]
    fn models_are_read_or_refused(changes in prop::collection::vec(change(), 1..4)) {
        let read = |name: &str| std::fs::read(format!("{FOLDER}/{name}")).expect("a golden file");
        let mut files = Changed {
            config: serde_json::from_slice(&read("config.json")).expect("JSON"),
            weights: read("diffusion_pytorch_model.safetensors"),
            scheduler: None,
            labels: None,
            analytic: None,
            vdm: None,
        };
        changes.iter().for_each(|change| files.apply(change));
        let Changed { config, weights, scheduler, labels, analytic, vdm } = &files;
        let given: Value = [&Some(config.clone()), scheduler, labels, analytic, vdm].into_iter().flatten().cloned().collect();
        let (scheduler, labels) = (scheduler.as_ref(), labels.as_ref());
        let (analytic, vdm) = (analytic.as_ref(), vdm.as_ref());
        let loaded = Network::load(Files { config, weights: weights.into(), scheduler, labels, analytic, vdm }, &Device::Cpu);
        if let Some(network) = checked(loaded, &given)? {
            let x = vec![0.5; network.shape(1).len()];
            checked(pollster::block_on(network.predict(&x, &[1.0], None)), &given)?;
        }
    }
}

const SCHEDULER_FIELDS: [&str; 11] = [
    "num_train_timesteps",
    "beta_start",
    "beta_end",
    "beta_schedule",
    "trained_betas",
    "prediction_type",
    "clip_sample_range",
    "variance_type",
    "timestep_spacing",
    "steps_offset",
    "_class_name",
];

const CONFIG_FIELDS: [&str; 16] = [
    "sample_size",
    "in_channels",
    "block_out_channels",
    "layers_per_block",
    "down_block_types",
    "up_block_types",
    "attention_head_dim",
    "norm_num_groups",
    "norm_eps",
    "freq_shift",
    "act_fn",
    "num_class_embeds",
    "class_embed_type",
    "time_embedding_type",
    "resnet_time_scale_shift",
    "mid_block_type",
];

/// The files of a model, some of them changed.
struct Changed {
    config: Value,
    weights: Vec<u8>,
    scheduler: Option<Value>,
    labels: Option<Value>,
    analytic: Option<Value>,
    vdm: Option<Value>,
}

/// One change of a model.
#[derive(Debug, Clone)]
enum Change {
    Config(&'static str, Value),
    Scheduler(Value),
    Labels(Value),
    Analytic(Value),
    Vdm(Value),
    /// A byte of the weights at a share of their length, most of them in the header.
    Byte(f64, u8),
    /// The weights end at a share of their length.
    End(f64),
}

fn change() -> impl Strategy<Value = Change> {
    let field_and_value = (select(CONFIG_FIELDS.to_vec()), prop_oneof![number(), anything()]);
    let byte = (prop_oneof![3 => 0.0..0.02, 1 => 0.0..1.0], any::<u8>());
    prop_oneof![
        4 => field_and_value.prop_map(|(field, value)| Change::Config(field, value)),
        4 => byte.prop_map(|(place, byte)| Change::Byte(place, byte)),
        1 => (0.0..1.0).prop_map(Change::End),
        1 => anything().prop_map(Change::Scheduler),
        1 => anything().prop_map(Change::Labels),
        1 => anything().prop_map(Change::Analytic),
        1 => prop_oneof![anything(), vdm()].prop_map(Change::Vdm),
    ]
}

/// What is nearly a vdm.json.
fn vdm() -> impl Strategy<Value = Value> {
    let pair = prop::collection::vec(prop_oneof![(-6..10).prop_map(Value::from), anything()], 0..4);
    let values = prop::collection::vec(number(), 0..5);
    (pair, values).prop_map(|(fourier, gamma)| json!({ "fourier": fourier, "gamma": gamma }))
}

impl Changed {
    fn apply(&mut self, change: &Change) {
        let place = |share: f64| (share * self.weights.len() as f64) as usize;
        match change {
            Change::Config(field, value) => self.config[*field] = value.clone(),
            Change::Scheduler(value) => self.scheduler = Some(value.clone()),
            Change::Labels(value) => self.labels = Some(value.clone()),
            Change::Analytic(value) => self.analytic = Some(value.clone()),
            Change::Vdm(value) => self.vdm = Some(value.clone()),
            Change::Byte(share, byte) => {
                let place = place(*share);
                if let Some(changed) = self.weights.get_mut(place) {
                    *changed = *byte;
                }
            }
            Change::End(share) => {
                let end = place(*share);
                self.weights.truncate(end);
            }
        }
    }
}
