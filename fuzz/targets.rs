//! What the fuzzer calls, one function per target, and what `tests/corpus.rs` replays: whatever stands in a file or in options is read,
//! or refused by a sentence, in memory that its length bounds. A panic and a hang are what the fuzzer finds by itself.

use std::ops::Range;
use std::rc::Rc;

use peak_alloc::PeakAlloc;
use serde_json::{Map, Value, json};
use unnoise::checkpoint::known_answer::formula_weights;
use unnoise::checkpoint::layout::{num_params, slots};
use unnoise::checkpoint::weights_file::{Parts, WeightsFile};
use unnoise::checkpoint::{Files, Labels, MeanSqEps, Scheduler, UNetConfig, Vdm, weights};
use unnoise::error::Error;
use unnoise::kernels::Device;
use unnoise::math::schedule::LONGEST;
use unnoise::noise::Shape;
use unnoise::options::{
    LikelihoodOptions, PlanOptions, SampleOptions, TrainOptions, labels_from_json, rng_from_json, seed_from_json,
    seeds_from_json, shape_from_json, timesteps_from_json,
};
use unnoise::run::{Network, Plan, Run};

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

/// The most that a reader may take for each byte of a file. An instruction of a pickle, which may be a byte, makes an object of 40, and a
/// field of JSON a node of 632; a list that grows is there twice while it is copied.
const MOST_PER_BYTE: usize = 256;

/// The most that a reader may take beside that, for sentences and for defaults.
const MOST_BESIDE: usize = 64 << 10;

/// The most that the tables of a scheduler take for a timestep of training; how many there are is a number in the file.
const MOST_PER_TIMESTEP: usize = 64;

/// A target: it takes any bytes.
pub type Target = fn(&[u8]);

/// Every target by its name, which is that of its corpus too.
pub const TARGETS: [(&str, Target); 8] = [
    ("safetensors", safetensors),
    ("pickle", pickle),
    ("config", config),
    ("network", network),
    ("scheduler", scheduler),
    ("labels", labels),
    ("table", table),
    ("options", options),
];

/// The largest network that is computed, in weights and in pixels: the fuzzer looks for what is wrong, not for what takes long.
const MOST: (usize, usize) = (100_000, 1 << 12);

/// Refusals are sentences of a bounded length, with a code.
fn checked<T>(read: Result<T, Error>) -> Option<T> {
    read.map_err(|error| {
        let (code, sentence) = (error.code(), error.to_string());
        assert!(
            !code.is_empty() && code.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-'),
            "{code}"
        );
        assert!(sentence.chars().count() < 1000, "{sentence}");
    })
    .ok()
}

/// What `read` gives, which takes no more memory than a file of this length, and tables of so many timesteps, may.
fn bounded<T>(length: usize, timesteps: usize, read: impl FnOnce() -> T) -> T {
    ALLOCATED.reset_peak_usage();
    let before = ALLOCATED.current_usage();
    let content = read();
    let taken = ALLOCATED.peak_usage().saturating_sub(before);
    let most = length * MOST_PER_BYTE + timesteps * MOST_PER_TIMESTEP + MOST_BESIDE;
    assert!(taken <= most, "{taken} bytes of memory for a file of {length}; {most} are the most");
    content
}

fn json(data: &[u8]) -> Option<Value> {
    serde_json::from_slice(data).ok()
}

/// A file of weights that is copied in parts.
#[derive(Debug)]
struct Elsewhere(Vec<u8>);

impl Parts for Elsewhere {
    fn length(&self) -> usize {
        self.0.len()
    }

    fn read(&self, range: Range<usize>) -> Vec<u8> {
        self.0[range].to_vec()
    }
}

/// A file of weights, in safetensors' form or another: in parts it is read, or refused, as it is in memory.
pub fn safetensors(data: &[u8]) {
    let whole = bounded(data.len(), 0, || weights::read(data));
    let elsewhere = Rc::new(Elsewhere(data.to_vec()));
    match (&whole, &bounded(data.len(), 0, || weights::read(WeightsFile::InParts(elsewhere)))) {
        (Ok(whole), Ok(in_parts)) => {
            assert_eq!(whole.len(), in_parts.len());
            for (one, other) in whole.iter().zip(in_parts) {
                assert_eq!((&one.name, &one.shape, one.rows()), (&other.name, &other.shape, other.rows()));
            }
        }
        (Err(one), Err(other)) => assert_eq!(one.to_string(), other.to_string()),
        (one, other) => panic!("{:?} whole, {:?} in parts", one.is_ok(), other.is_ok()),
    }
    let Some(tensors) = checked(whole) else { return };
    for tensor in &tensors {
        if let Some(numbers) = checked(tensor.to_f32()) {
            assert!(numbers.len() <= data.len() / 2, "more numbers than the file has room for");
            assert!(numbers.iter().all(|x| x.is_finite()));
        }
    }
}

/// A file of the older format that holds this pickle, and no storage; or, where it begins as such a file, the file itself.
pub fn pickle(data: &[u8]) {
    let begins = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.\x80\x02}X\x0d\0\0\0little_endian\x88s.";
    let is_whole = data.starts_with(b"PK") || data.starts_with(&begins[..12]);
    safetensors(&if is_whole {
        data.to_vec()
    } else {
        [begins.as_slice(), b"\x80\x02", data, b".\x80\x02]."].concat()
    });
}

/// `config.json`, and the layers that it asks for.
pub fn config(data: &[u8]) {
    let read = || json(data).map(|config| UNetConfig::from_json(&config));
    let Some(config) = bounded(data.len(), 0, read).and_then(checked) else { return };
    assert!(num_params(&slots(&config)) > 0);
    checked(config.check_size(true));
}

/// A network of such a configuration with weights by a formula: it is loaded and predicts, or it is refused.
pub fn network(data: &[u8]) {
    let Some(json) = json(data) else { return };
    let Some(config) = checked(UNetConfig::from_json(&json)) else { return };
    if num_params(&slots(&config)) > MOST.0 || config.image_shape().iter().product::<usize>() > MOST.1 {
        return;
    }
    let weights = formula_weights(&config);
    let files =
        Files { config: &json, weights: (&weights).into(), scheduler: None, labels: None, analytic: None, vdm: None };
    let Some(network) = checked(Network::load(files, &Device::Cpu)) else { return };
    let x = vec![0.5; network.shape(1).len()];
    checked(pollster::block_on(network.predict(&x, &[1.0], None)));
}

/// `scheduler_config.json`, and the steps of a short run.
pub fn scheduler(data: &[u8]) {
    let read = || json(data).map(|file| Scheduler::from_json(&file));
    let Some(scheduler) = bounded(data.len(), LONGEST, read).and_then(checked) else { return };
    let steps = json!({ "steps": 3 });
    let read = PlanOptions::from_json(steps.as_object().unwrap_or(&Map::new()), &scheduler);
    checked(read.and_then(|read| Plan::new(&read, &scheduler, None)));
}

/// `labels.json` of a network with a table of classes, and labels for images.
pub fn labels(data: &[u8]) {
    let Some(value) = json(data) else { return };
    let base: Value = serde_json::from_str(include_str!("../tests/golden/unet_variants/class_embedding/config.json"))
        .unwrap_or_default();
    if let Some(config) = checked(UNetConfig::from_json(&base))
        && let Some(labels) = checked(Labels::new(config.class_embedding, Some(&value)))
    {
        checked(labels.of_images(Some(&[0]), 2));
    }
    checked(labels_from_json(&value));
}

/// `analytic_dpm.json` and `vdm.json`.
pub fn table(data: &[u8]) {
    let Some(value) = json(data) else { return };
    checked(MeanSqEps::from_file(&value, 10));
    checked(MeanSqEps::from_json(&value, 10));
    if let Some(scheduler) = checked(Scheduler::from_json(&json!({}))) {
        checked(Vdm::from_json(&value, &scheduler.schedule));
    }
}

/// Options of every call, and the first step of the run that they describe.
pub fn options(data: &[u8]) {
    let Some(value) = json(data) else { return };
    checked(shape_from_json(&value));
    checked(rng_from_json(&value));
    checked(seed_from_json(&value));
    checked(seeds_from_json(&value));
    checked(timesteps_from_json(&value, 2, 999));
    let Some(options) = value.as_object() else { return };
    let Some(scheduler) = checked(Scheduler::from_json(&json!({}))) else { return };
    let table = MeanSqEps::from_timesteps((0..1000).map(|t| f64::from(t) / 1000.0));
    checked(LikelihoodOptions::from_json(options, &scheduler));
    checked(TrainOptions::from_json(options));
    let Some(read) = checked(SampleOptions::from_json(options, &scheduler)) else { return };
    let Some(plan) = checked(Plan::new(&read.plan, &scheduler, Some(&table))) else { return };
    let shape = Shape { batch: read.images(), channels: 1, height: 2, width: 2 };
    if checked(read.fit_denoiser(shape)).is_none() {
        return;
    }
    if let Some(mut run) = checked(Run::new(&read, plan, shape, None))
        && let Some(step) = checked(run.advance(&vec![0.25; shape.len()]))
    {
        assert!(step.x_s.iter().all(|x| x.is_finite()), "a step gives finite numbers");
    }
}
