//! Likelihood, encoding and Analytic-DPM's table of a whole network that predicts v, against a program of its own in f64: see `measured.py`.

use serde::Deserialize;
use serde_json::{Value, json};
use unnoise::checkpoint::{Files, MeanSqEps};
use unnoise::measure::likelihood::Report;
use unnoise::measure::{Finding, Measurement};
use unnoise::options::{EncodeOptions, EstimateOptions, LikelihoodOptions};
use unnoise::run::Network;

use crate::compare::{largest_difference, relative};
use crate::files::{device, golden, json, now, read};

/// The network's sums are f32, those of the program f64: 7e-6 off at most where this was written.
const TOLERANCE: f64 = 3e-5;

#[derive(Deserialize)]
struct File {
    variant: String,
    scheduler: Value,
    greys: Vec<u8>,
    labels: Vec<u64>,
    seed: u64,
    mean_sq_eps: Vec<f64>,
    ddpm: Vec<Expected>,
    vdm: Vec<Expected>,
    encoding: Encoded,
}

#[derive(Deserialize)]
struct Expected {
    timesteps: Option<Vec<usize>>,
    variance: Option<String>,
    continuous: Option<bool>,
    prior: f64,
    terms: Vec<f64>,
    decoder: f64,
    images: Vec<f64>,
    standard_error: f64,
}

#[derive(Deserialize)]
struct Encoded {
    timesteps: Vec<usize>,
    #[serde(rename = "x_T")]
    x_t: Vec<f32>,
}

impl File {
    fn images(&self) -> Vec<f32> {
        self.greys.iter().map(|grey| (f64::from(*grey) / 127.5 - 1.0) as f32).collect()
    }

    fn network(&self) -> Network {
        let config: Value = json(&format!("unet_variants/{}/config.json", self.variant));
        let weights = read(&golden(&format!("unet_variants/{}/diffusion_pytorch_model.safetensors", self.variant)));
        let files = Files {
            config: &config,
            weights: (&weights).into(),
            scheduler: Some(&self.scheduler),
            labels: None,
            analytic: None,
            vdm: None,
        };
        let mut network = Network::load(files, &device()).expect("a tiny network");
        network.set_mean_sq_eps(MeanSqEps::from_timesteps(self.mean_sq_eps.iter().copied()));
        network
    }
}

fn found(network: &Network, mut measurement: Measurement) -> Finding {
    for _ in 0..measurement.num_steps() {
        now(measurement.step(network)).expect("a finite prediction");
    }
    measurement.finding().expect("all steps are done")
}

fn bound(file: &File, network: &Network, mut options: Value) -> Report {
    options["labels"] = json!(file.labels);
    options["seed"] = json!(file.seed);
    let options = LikelihoodOptions::from_json(options.as_object().expect("an object"), network.scheduler());
    let measurement = Measurement::likelihood(network, &file.images(), &options.expect("valid options"));
    match found(network, measurement.expect("images in [-1, 1]")) {
        Finding::Likelihood(report) => report,
        other => panic!("{other:?}"),
    }
}

fn assert_report(report: &Report, expected: &Expected, what: &str) {
    let one = [
        ("prior", report.prior, expected.prior),
        ("decoder", report.decoder, expected.decoder),
        ("standard error", report.standard_error.expect("several images"), expected.standard_error),
    ];
    let lists = [("term", &report.steps, &expected.terms), ("image", &report.images, &expected.images)];
    for (name, found, expected) in lists {
        assert_eq!(found.len(), expected.len(), "{what}: {name}s");
    }
    let all = lists.iter().flat_map(|(name, found, expected)| {
        found.iter().zip(*expected).map(|(found, expected)| (*name, *found, *expected))
    });
    for (name, found, expected) in one.into_iter().chain(all) {
        assert!(relative(found, expected) < TOLERANCE, "{what}: {name} is {found} against {expected}");
    }
}

#[test]
fn ddpms_bound_of_a_network_that_predicts_v_is_that_of_the_papers() {
    let file: File = json("measured.json");
    let network = file.network();
    for expected in &file.ddpm {
        let options = match expected.variance.as_deref() {
            Some("analytic") => json!({ "sampler": "analytic-ddpm", "trajectory": expected.timesteps }),
            variance => json!({ "sampler": "ddpm", "variance": variance, "trajectory": expected.timesteps }),
        };
        let report = bound(&file, &network, options);
        assert_report(&report, expected, &format!("{:?}, {:?}", expected.variance, expected.timesteps));
    }
}

#[test]
fn vdms_bounds_of_a_network_that_predicts_v_are_those_of_the_paper() {
    let file: File = json("measured.json");
    let network = file.network();
    for expected in &file.vdm {
        let (steps, continuous) = (expected.terms.len(), expected.continuous);
        let report = bound(&file, &network, json!({ "sampler": "vdm", "steps": steps, "continuous": continuous }));
        assert_report(&report, expected, &format!("vdm, continuous {continuous:?}"));
    }
}

#[test]
fn the_table_of_a_network_that_predicts_v_is_that_of_the_paper() {
    let file: File = json("measured.json");
    let network = file.network();
    let options = EstimateOptions { seed: file.seed, labels: Some(file.labels.clone()) };
    let measurement = Measurement::estimate(&network, &file.images(), &options).expect("images in [-1, 1]");
    let Finding::Table(table) = found(&network, measurement) else { panic!("another finding") };
    assert_eq!(table.entries().len(), file.mean_sq_eps.len() + 1);
    for (t, (found, expected)) in table.entries()[1..].iter().zip(&file.mean_sq_eps).enumerate() {
        assert!(relative(*found, *expected) < TOLERANCE, "{t}: {found} against {expected}");
    }
}

#[test]
fn the_encoding_by_a_network_that_predicts_v_is_ddims() {
    let file: File = json("measured.json");
    let network = file.network();
    let labels: Vec<u64> = file.labels.iter().take(2).copied().collect();
    let options = json!({ "trajectory": file.encoding.timesteps, "labels": labels });
    let options = EncodeOptions::from_json(options.as_object().expect("an object"), network.scheduler());
    let images = file.images()[..file.encoding.x_t.len()].to_vec();
    let measurement = Measurement::encode(&network, images, &options.expect("valid options"));
    let Finding::Encoded(x_t) = found(&network, measurement.expect("images in [-1, 1]")) else {
        panic!("another finding")
    };
    let difference = largest_difference(&x_t, &file.encoding.x_t);
    assert!(difference < TOLERANCE, "{difference}");
}
