//! Images: what is trained is a model that everything else takes.

use serde_json::{Value, json};
use unnoise::burn::{Device, UNet};
use unnoise::checkpoint::weights_file::WeightsFile;
use unnoise::checkpoint::{Files, UNetConfig};
use unnoise::options::{PlanOptions, SamplerOptions};
use unnoise::run::Network;
use unnoise::train::{Base, Data, Folder, Trainer};

use crate::{options, start, train};

/// Bars, upright (class 0) or lying (class 1), of 8x8 pixels.
pub fn bars(classes: bool) -> Data {
    let image = |k: usize| {
        (0..64).map(move |i| if (if k.is_multiple_of(2) { i % 8 } else { i / 8 }) == k / 2 { 1.0 } else { -1.0 })
    };
    let labels = classes.then(|| (0..16).map(|k| k % 2).collect());
    Data::images((0..16usize).flat_map(image).collect(), [1, 8, 8], labels).expect("images")
}

fn network() -> Value {
    json!({ "block_out_channels": [8, 16], "norm_num_groups": 4 })
}

/// What is trained, as a folder.
pub fn folder(trainer: &Trainer) -> Folder {
    pollster::block_on(trainer.folder()).expect("a folder")
}

fn predicted(folder: &Folder, x: &[f32], labels: Option<&[i64]>) -> Vec<f32> {
    let config = UNetConfig::from_json(&folder.config).expect("a config");
    let network = UNet::load(&config, &folder.weights, &Device::flex()).expect("a network");
    pollster::block_on(network.predict(x, &[400.0], labels)).expect("a prediction")
}

#[test]
fn the_folder_holds_the_averaged_network() {
    let mut trainer =
        start(bars(true), json!({ "network": network(), "batch": 8, "warmup": 5, "learningRate": 0.005 }));
    let reports = train(&mut trainer, 60);
    let mean = |reports: &[unnoise::train::Report]| {
        reports.iter().map(|report| report.loss).sum::<f64>() / reports.len() as f64
    };
    assert!(
        mean(&reports[50..]) < 0.7 * mean(&reports[..5]),
        "{:?}",
        reports.iter().map(|r| r.loss).collect::<Vec<_>>()
    );

    let folder = folder(&trainer);
    assert_eq!(folder.labels.as_deref(), Some(["class 0", "class 1", "no class"].map(str::to_owned).as_slice()));
    let (labels, config) = (json!(folder.labels), &folder.config);
    let files = Files {
        config,
        weights: WeightsFile::Whole(&folder.weights),
        scheduler: Some(&folder.scheduler),
        labels: Some(&labels),
        analytic: None,
        vdm: None,
    };
    files.describe().expect("files that a model is loaded from");
    let x: Vec<f32> = (0..64).map(|i| libm::cos(f64::from(i)) as f32).collect();
    let own = pollster::block_on(trainer.predict(&x, &[400.0], Some(&[1]))).expect("a prediction");
    let theirs = predicted(&folder, &x, Some(&[1]));
    assert!(own.iter().zip(&theirs).all(|(own, theirs)| (own - theirs).abs() < 1e-5), "{own:?} {theirs:?}");
    assert!(own.iter().any(|own| own.abs() > 0.01), "it has learnt something");
}

#[test]
fn a_model_is_trained_on_and_may_get_a_class_more() {
    let mut trainer = start(bars(true), json!({ "network": network(), "batch": 8 }));
    train(&mut trainer, 3);
    let first = folder(&trainer);
    let labels = json!(first.labels);
    let base = Base {
        config: &first.config,
        weights: &first.weights,
        scheduler: Some(&first.scheduler),
        labels: Some(&labels),
        vdm: None,
    };
    let more = Data::images(vec![0.25; 64], [1, 8, 8], Some(vec![3])).expect("an image");
    let mut trainer =
        Trainer::start(&Device::flex(), more, options(json!({ "batch": 4 })), Some(base), None).expect("a training");

    let second = folder(&trainer);
    assert_eq!(second.labels.as_deref().map(<[String]>::len), Some(4));
    assert_eq!(second.config["num_class_embeds"], 4);
    let x = vec![0.5; 64];
    assert_eq!(predicted(&second, &x, Some(&[0])), predicted(&first, &x, Some(&[0])), "nothing is trained yet");
    assert_eq!(
        predicted(&second, &x, Some(&[3])),
        predicted(&second, &x, Some(&[2])),
        "a new class begins as no class"
    );
    train(&mut trainer, 2);
    assert_ne!(predicted(&folder(&trainer), &x, Some(&[3])), predicted(&second, &x, Some(&[3])));
}

#[test]
fn a_variational_diffusion_model_keeps_its_features_and_its_gamma() {
    let mut network = network();
    network["fourier"] = json!([0, 2]);
    let given = json!({ "network": network, "objective": "vdm_continuous", "gamma": "learned", "batch": 8 });
    let mut trainer = start(bars(false), given);
    train(&mut trainer, 20);
    let first = folder(&trainer);
    assert_eq!((&first.config["in_channels"], &first.config["out_channels"]), (&json!(7), &json!(1)));
    let vdm = first.vdm.as_ref().expect("a vdm.json");
    assert_eq!(vdm["fourier"], json!([0, 2]));
    let gamma: Vec<f64> =
        vdm["gamma"].as_array().expect("values").iter().map(|v| v.as_f64().expect("a number")).collect();
    let told = trainer.gamma(gamma.len()).expect("it is learned");
    assert!(gamma.iter().zip(&told).all(|(gamma, told)| (gamma - told).abs() < 1e-9));

    // What samples: the network computes its features itself, and a run of VDM walks along gamma.
    let files = Files {
        config: &first.config,
        weights: WeightsFile::Whole(&first.weights),
        scheduler: Some(&first.scheduler),
        labels: None,
        analytic: None,
        vdm: first.vdm.as_ref(),
    };
    let network = Network::load(files, &unnoise::kernels::Device::Cpu).expect("a model");
    assert_eq!((network.shape(2).channels, network.shape(2).len()), (1, 128));
    let x: Vec<f32> = (0..128).map(|i| libm::cos(f64::from(i)) as f32).collect();
    let own = pollster::block_on(trainer.predict(&x, &[400.0, 10.5], None)).expect("a prediction");
    let theirs = pollster::block_on(network.predict(&x, &[400.0, 10.5], None)).expect("a prediction");
    assert!(own.iter().zip(&theirs).all(|(own, theirs)| (own - theirs).abs() < 1e-5), "{own:?} {theirs:?}");
    let steps = PlanOptions { sampler: SamplerOptions::Vdm, steps: Some(4), ..PlanOptions::default() };
    let plan = network.plan(&steps).expect("a plan");
    for (i, step) in plan.steps.iter().enumerate() {
        let expected = gamma[256 - 64 * i];
        assert!(
            (step.level.log_snr() + expected).abs() < 1e-9,
            "step {i}: {} beside {expected}",
            -step.level.log_snr()
        );
    }

    // Training goes on from there, on the features and along this gamma.
    let base = Base {
        config: &first.config,
        weights: &first.weights,
        scheduler: Some(&first.scheduler),
        labels: None,
        vdm: first.vdm.as_ref(),
    };
    let given = options(json!({ "objective": "vdm_discrete", "times": 10, "batch": 4 }));
    let mut trainer = Trainer::start(&Device::flex(), bars(false), given, Some(base), None).expect("a training");
    train(&mut trainer, 2);
    assert_eq!(folder(&trainer).vdm, first.vdm);
}

#[test]
fn the_ends_of_gamma_are_learned_and_kept() {
    let given = json!({ "network": network(), "objective": "vdm_continuous", "gammaEnds": "learned", "batch": 8 });
    let mut trainer = start(bars(false), given.clone());
    let ends = |trainer: &Trainer| {
        let gamma = trainer.gamma(2).expect("it is learned");
        [gamma[0], gamma[1]]
    };
    let first = ends(&trainer);
    train(&mut trainer, 60);
    let learned = ends(&trainer);
    // Black and white can be told apart in far more noise than the scheduler ends with.
    assert!(learned[0] > first[0] + 0.05, "{first:?}, then {learned:?}");
    let vdm = folder(&trainer).vdm.expect("gamma is not the scheduler's");
    let told = vdm["gamma"].as_array().expect("values");
    assert!((told[0].as_f64().expect("a number") - learned[0]).abs() < 1e-9);
    // A state is gone on with to the same bits.
    let state = pollster::block_on(trainer.state()).expect("a state");
    let mut again =
        Trainer::start(&Device::flex(), bars(false), options(given), None, Some(&state)).expect("it goes on");
    assert_eq!(ends(&again), learned);
    train(&mut trainer, 2);
    train(&mut again, 2);
    assert_eq!(ends(&again), ends(&trainer));
}

#[test]
fn what_does_not_fit_is_named() {
    let code = |data: Data, given: Value| {
        Trainer::start(&Device::flex(), data, options(given), None, None)
            .err()
            .map(|error| error.code())
            .unwrap_or_default()
    };
    assert_eq!(code(bars(true), json!({ "classes": 1 })), "invalid-classes");
    assert_eq!(code(bars(false), json!({ "classes": 2 })), "invalid-classes");
    assert_eq!(code(bars(false), json!({ "prediction": "mu" })), "invalid-prediction");
    assert_eq!(code(bars(false), json!({ "network": { "sample_size": 16 } })), "invalid-network");
    assert_eq!(code(bars(true), json!({ "network": { "num_class_embeds": 9 } })), "invalid-network");
    assert_eq!(code(bars(false), json!({ "network": { "block_out_channels": [7] } })), "config-invalid");
    assert_eq!(code(bars(false), json!({ "network": { "fourier": [2, 1] } })), "invalid-network");
    assert_eq!(code(bars(false), json!({ "network": { "fourier": [0, 1], "in_channels": 1 } })), "invalid-network");
    assert_eq!(code(bars(false), json!({ "scheduler": { "beta_start": 2 } })), "config-invalid");
    let both = json!({ "scheduler": { "prediction_type": "sample" }, "prediction": "epsilon" });
    assert_eq!(code(bars(false), both), "invalid-prediction");
    let points = || Data::points(vec![0.0, 1.0]).expect("a point");
    for network in
        [json!({ "width": 4 }), json!({ "depth": 4 }), json!({ "fourier": [2, 1] }), json!({ "fourier": [0] })]
    {
        assert_eq!(code(points(), json!({ "network": network })), "invalid-network");
    }
    assert_eq!(code(points(), json!({ "objective": "vdm_continuous", "gammaEnds": "learned" })), "invalid-gamma-ends");
    for variance in ["learned_range", "learned"] {
        assert_eq!(code(points(), json!({ "scheduler": { "variance_type": variance } })), "invalid-scheduler");
    }
    let other = json!({ "objective": "l_hybrid", "scheduler": { "variance_type": "learned" } });
    assert_eq!(code(points(), other), "invalid-scheduler");
    let trainer = start(points(), json!({}));
    assert_eq!(pollster::block_on(trainer.folder()).expect_err("points").code(), "invalid-data");
}
