//! A seed gives the picture that diffusers' own pipelines save, byte for byte or one grey level off.

use std::fs::File;
use std::io::BufReader;
use std::rc::Rc;

use serde::Deserialize;
use serde_json::{Value, json};
use unnoise::checkpoint::weights_file::WeightsFile;
use unnoise::checkpoint::{Files, UNetConfig};
use unnoise::options::SampleOptions;
use unnoise::run::{Guided, Network, pixel};

use crate::files::{device, golden, json, now};
use crate::random_weights::RandomWeights;

/// Of the bytes, this share may be one grey level off: numbers that lie between two of them.
const OFF: f64 = 1e-2;

#[derive(Deserialize)]
struct Golden {
    config: Value,
    seed: u64,
    batch: usize,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    kind: String,
    steps: usize,
    scheduler: Value,
    eta: Option<f64>,
}

#[test]
fn a_seed_gives_the_picture_that_a_pipeline_of_diffusers_saves() {
    let Golden { config, seed, batch, cases } = json("pipelines.json");
    let weights = Rc::new(RandomWeights::new(&UNetConfig::from_json(&config).expect("a config of diffusers")));
    for case in cases {
        let files = Files {
            config: &config,
            weights: WeightsFile::InParts(weights.clone()),
            scheduler: Some(&case.scheduler),
            labels: None,
            analytic: None,
            vdm: None,
        };
        let network = Network::load(files, &device()).expect("a network");
        let found = pictures(&network, &case, seed, batch);
        for (index, found) in found.chunks(network.shape(1).len()).enumerate() {
            check(&format!("{}.{index}", case.name), found);
        }
    }
}

/// The bytes of a run, NCHW.
fn pictures(network: &Network, case: &Case, seed: u64, batch: usize) -> Vec<u8> {
    let mut options = json!({
        "sampler": case.kind,
        "steps": case.steps,
        "batch": batch,
        "seed": seed,
        "rng": "torch",
        "compat": "diffusers",
    });
    if let Some(eta) = case.eta {
        options["eta"] = json!(eta);
    }
    let options = SampleOptions::from_json(options.as_object().expect("an object"), network.scheduler());
    let (mut run, conditioning) = network.run(&options.expect("valid options"), None).expect("a run");
    let guided = Guided { network, conditioning: &conditioning };
    for _ in 0..run.num_steps() {
        now(run.step(&guided)).expect("a finite prediction");
    }
    run.x_t().iter().copied().map(pixel).collect()
}

/// One image against the PNG of this name.
fn check(name: &str, found: &[u8]) {
    let expected = planes_of(name);
    assert_eq!(found.len(), expected.len(), "{name}");
    let off = |levels: u8| found.iter().zip(&expected).filter(|(a, b)| a.abs_diff(**b) >= levels).count();
    println!("{name}: {} of {} bytes differ", off(1), found.len());
    assert_eq!(off(2), 0, "{name}: bytes more than one grey level off");
    assert!((off(1) as f64) < OFF * found.len() as f64, "{name}: {} bytes are one grey level off", off(1));
}

/// The bytes of a PNG, channel by channel.
fn planes_of(name: &str) -> Vec<u8> {
    let file = File::open(golden(&format!("pipelines/{name}.png"))).expect("a golden file");
    let mut reader = png::Decoder::new(BufReader::new(file)).read_info().expect("a picture");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
    let info = reader.next_frame(&mut pixels).expect("a picture");
    assert_eq!((info.color_type, info.bit_depth), (png::ColorType::Rgb, png::BitDepth::Eight));
    (0..3).flat_map(|channel| pixels.iter().copied().skip(channel).step_by(3).collect::<Vec<_>>()).collect()
}
