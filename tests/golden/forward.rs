//! `q(x_t | x_0)` against diffusers' `DDPMScheduler.add_noise`: `sqrt(a) * x_0 + sqrt(1 - a) * eps`, where `a` is
//! `alphas_cumprod[t]`, the product of `1 - beta` over the timesteps from 0 to t.

use serde_json::{Value, json};
use unnoise::checkpoint::Files;
use unnoise::error::Error;
use unnoise::noise::{NoiseSource, Rng};
use unnoise::options::{DiffuseNoise, timesteps_from_json};
use unnoise::run::Network;

use crate::files::{device, golden, json_at, read};

/// A pixel of x_0, and the noise on it.
const X0: f32 = 0.75;
const EPS: f32 = -1.25;

/// `beta` evenly from 0.0001 to 0.02 over 1000 timesteps: timestep, and `add_noise(X0, EPS, t)` with 40 digits on the way.
const LINEAR: [(f64, f64); 6] = [
    (0.0, 0.737_462_499_062_453_1),
    (1.0, 0.731_380_913_867_238_2),
    (10.0, 0.690_634_460_622_354_9),
    (250.0, -0.323_168_514_679_877_7),
    (500.0, -0.991_202_343_736_994_8),
    (999.0, -1.245_210_162_243_785),
];
/// The same for the square root of `beta` evenly from that of 0.00085 to that of 0.012.
const SCALED_LINEAR: [(f64, f64); 3] =
    [(10.0, 0.624_128_508_900_574_5), (500.0, -0.669_102_809_916_191_7), (999.0, -1.195_885_351_631_049_8)];
/// Half-way in log SNR between timesteps 10 and 11 of `LINEAR`.
const BETWEEN: (f64, f64) = (10.5, 0.688_558_645_140_375_5);

/// Images of the network: 3 x 16 x 16.
fn network(scheduler: Value) -> Network {
    let folder = golden("unet_variants/colour");
    let config = json_at(&folder.join("config.json"));
    let weights = read(&folder.join("diffusion_pytorch_model.safetensors"));
    let files = Files {
        config: &config,
        weights: (&weights).into(),
        scheduler: Some(&scheduler),
        labels: None,
        analytic: None,
        vdm: None,
    };
    Network::load(files, &device()).expect("a variant of diffusers")
}

#[test]
fn noised_images_are_those_of_add_noise_one_timestep_per_image() {
    let scaled = json!({ "beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012 });
    for (scheduler, expected) in [(json!({}), [&LINEAR[..], &[BETWEEN]].concat()), (scaled, SCALED_LINEAR.to_vec())] {
        let network = network(scheduler);
        let shape = network.shape(expected.len());
        let t: Vec<f64> = expected.iter().map(|(t, _)| *t).collect();
        let noise = DiffuseNoise::Given(vec![EPS; shape.len()]);
        let x_t = network.diffuse(&vec![X0; shape.len()], &t, noise).expect("images and timesteps");
        for (image, (t, expected)) in x_t.chunks_exact(shape.image_len()).zip(expected) {
            // Within a unit in the last place of f32.
            assert!(image.iter().all(|x| (f64::from(*x) - expected).abs() < 1e-7), "{t}: {} {expected}", image[0]);
        }
    }
}

#[test]
fn the_noise_of_a_seed_is_what_a_run_begins_with() {
    let network = network(json!({}));
    let shape = network.shape(2);
    for rng in [Rng::Philox, Rng::Torch] {
        let noise = DiffuseNoise::Drawn { rng, seed: 7 };
        let x_t = network.diffuse(&vec![0.0; shape.len()], &[999.0; 2], noise).expect("images and a timestep");
        let eps = NoiseSource::new(rng, 7).initial(shape);
        let sigma = 0.999_979_820_647_568_9;
        assert!(x_t.iter().zip(&eps).all(|(x, eps)| (f64::from(*x) - sigma * f64::from(*eps)).abs() < 1e-6));
    }
}

#[test]
fn what_cannot_be_diffused_is_named() {
    let network = network(json!({}));
    let len = network.shape(1).len();
    let code = |x: &[f32], t: Value, noise: Vec<f32>| {
        let t = timesteps_from_json(&t, 1, network.last_timestep());
        let x_t = t.and_then(|t| network.diffuse(x, &t, DiffuseNoise::Given(noise)));
        x_t.map_or_else(|error| error.code(), |_| "diffused".to_owned())
    };
    let (x, noise) = (vec![2.5; len], vec![0.0; len]);
    // Images need not lie in [-1, 1].
    assert_eq!(code(&x, json!(5), noise.clone()), "diffused");
    assert_eq!(code(&x[1..], json!(5), noise.clone()), "invalid-x");
    assert_eq!(code(&vec![f32::NAN; len], json!(5), noise.clone()), "invalid-x");
    for t in [json!(-1), json!(999.5), json!("5"), json!(null), json!([1, 2]), json!([])] {
        assert_eq!(code(&x, t, noise.clone()), "invalid-t");
    }
    assert_eq!(code(&x, json!(5), noise[1..].to_vec()), "invalid-noise");
    assert_eq!(code(&x, json!(5), vec![f32::INFINITY; len]), "invalid-noise");

    let options = |options: Value, noise: Option<Vec<f32>>| {
        DiffuseNoise::from_json(options.as_object().expect("an object"), noise)
    };
    assert_eq!(options(json!({}), None), Ok(DiffuseNoise::Drawn { rng: Rng::Philox, seed: 0 }));
    let refused = |given: Value, noise| options(given, noise).expect_err("refused");
    assert_eq!(
        refused(json!({ "seed": 1 }), Some(vec![])).to_string(),
        "`seed` is given beside `noise`; it must be given alone"
    );
    assert_eq!(refused(json!({ "rng": "torch" }), Some(vec![])).code(), "invalid-rng");
    assert_eq!(refused(json!({ "seed": -1 }), None).code(), "invalid-seed");
    assert!(matches!(refused(json!({ "batch": 1 }), None), Error::UnknownOption { .. }));
}
