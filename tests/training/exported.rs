//! A trained folder is one of diffusers: it samples it to the same pictures. `tests/golden/exported.py` has had diffusers do so; a training
//! repeats bit for bit, so here the folder has only to have the same bytes, and to give these pictures in this crate.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Value, json};
use unnoise::checkpoint::Files;
use unnoise::checkpoint::weights_file::WeightsFile;
use unnoise::options::SampleOptions;
use unnoise::run::{Guided, Network};
use unnoise::train::Folder;

use crate::images::{bars, folder};
use crate::same_bits::sha256;
use crate::{start, train};

/// f32 sums in another order, carried through ten steps.
const TOLERANCE: f32 = 1e-4;

#[derive(Deserialize)]
struct Golden {
    trained: usize,
    sampled: usize,
    seed: u64,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    options: Value,
    labels: Option<Vec<u64>>,
    sampler: String,
    #[serde(default)]
    sha256: String,
    #[serde(default)]
    noise: Vec<f32>,
    #[serde(default)]
    pictures: Vec<f32>,
}

/// The folder as diffusers names its files.
fn write(folder: &Folder, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    let write = |name: &str, bytes: &[u8]| fs::write(to.join(name), bytes).expect("written");
    write("config.json", folder.config.to_string().as_bytes());
    write("scheduler_config.json", folder.scheduler.to_string().as_bytes());
    write("diffusion_pytorch_model.safetensors", &folder.weights);
}

/// Samples the folder: from the noise that is given, or where steps add some, from the same of PyTorch's generator.
fn pictures(folder: &Folder, golden: &Golden, case: &Case) -> Vec<f32> {
    let labels = folder.labels.as_ref().map(|labels| json!(labels));
    let files = Files {
        config: &folder.config,
        weights: WeightsFile::Whole(&folder.weights),
        scheduler: Some(&folder.scheduler),
        labels: labels.as_ref(),
        analytic: None,
        vdm: None,
    };
    let network = Network::load(files, &unnoise::kernels::Device::Cpu).expect("a model");
    let mut given = json!({ "sampler": case.sampler, "steps": golden.sampled, "batch": 2 });
    if let Some(labels) = &case.labels {
        given["labels"] = json!(labels);
    }
    let is_random = case.sampler == "ddpm";
    if is_random {
        (given["seed"], given["rng"], given["variance"]) = (golden.seed.into(), "torch".into(), "learned".into());
    }
    let options = SampleOptions::from_json(given.as_object().expect("an object"), network.scheduler());
    let noise = (!is_random).then(|| case.noise.clone());
    let (mut run, conditioning) = network.run(&options.expect("options"), noise).expect("a run");
    let guided = Guided { network: &network, conditioning: &conditioning };
    for _ in 0..golden.sampled {
        pollster::block_on(run.step(&guided)).expect("a step");
    }
    run.x_t().to_vec()
}

#[test]
fn exported_folders_are_those_that_diffusers_has_sampled() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/exported.json");
    let golden: Golden = serde_json::from_slice(&fs::read(path).expect("the file")).expect("JSON");
    for case in &golden.cases {
        let mut trainer = start(bars(case.labels.is_some()), case.options.clone());
        train(&mut trainer, golden.trained);
        let folder = folder(&trainer);
        if let Some(to) = std::env::var_os("EXPORT_TO") {
            write(&folder, &PathBuf::from(to).join(&case.name));
            continue;
        }
        assert_eq!(sha256(&folder.weights), case.sha256, "{}", case.name);
        let found = pictures(&folder, &golden, case);
        assert_eq!(found.len(), case.pictures.len());
        let apart = found.iter().zip(&case.pictures).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        println!("{}: {apart:.1e}", case.name);
        assert!(apart < TOLERANCE, "{}: {apart}", case.name);
    }
}
