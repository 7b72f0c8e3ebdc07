//! Bits per dimension of test images by the bounds of VDM and DDPM, for any models of clothes beside each other.

use std::error::Error;
use std::fs;
use std::path::Path;

use unnoise::checkpoint::Folder;
use unnoise::kernels::Device;
use unnoise::math::trajectory::Trajectory;
use unnoise::measure::{Finding, Measurement};
use unnoise::options::{BoundOptions, LikelihoodOptions, TrajectoryOption};
use unnoise::run::Network;
use unnoise::sampler::Variance;

use crate::images::LEN;
use crate::{collect, store};

/// Images of one piece of work.
const BATCH: usize = 4;
/// Steps of the discrete bounds.
const STEPS: usize = 1000;
/// Times of the continuous one, a stratum each.
const TIMES: usize = 250;

/// The table's columns: which bound, and at how many steps or times.
fn columns() -> [(&'static str, BoundOptions, usize); 3] {
    let trajectory = TrajectoryOption::from(Trajectory::Even);
    [
        ("DDPM, beta", BoundOptions::Ddpm { variance: Some(Variance::Large), trajectory }, STEPS),
        ("VDM, discrete", BoundOptions::Vdm { continuous: false }, STEPS),
        ("VDM, continuous", BoundOptions::Vdm { continuous: true }, TIMES),
    ]
}

/// A row for each model: its bits per dimension with their standard errors over the images. No image has a class. One with a gamma of its own
/// has VDM's bounds alone.
pub fn table(root: &Path, images: &[f32], models: &[String]) -> Result<String, Box<dyn Error>> {
    let columns = columns();
    let names: Vec<&str> = columns.iter().map(|(name, ..)| *name).collect();
    let mut text = format!("| {} images | {} |\n|{}\n", images.len() / LEN, names.join(" | "), "---|".repeat(4));
    for model in models {
        let has_gamma = Path::new(model).join("vdm.json").is_file();
        let cells = columns.iter().map(|(name, bound, steps)| {
            if has_gamma && matches!(bound, BoundOptions::Ddpm { .. }) {
                return Ok("-".to_owned());
            }
            let of_images = bits(root, images, model, (bound, *steps))?;
            let (mean, error) = mean_and_error(&of_images);
            println!("{model}, {name}: {mean:.3} ± {error:.3}");
            Ok(format!("{mean:.2} ± {error:.2}"))
        });
        text += &format!("| {model} | {} |\n", cells.collect::<Result<Vec<_>, Box<dyn Error>>>()?.join(" | "));
    }
    Ok(text)
}

/// The bits of each image.
fn bits(
    root: &Path,
    images: &[f32],
    model: &str,
    (bound, steps): (&BoundOptions, usize),
) -> Result<Vec<f64>, Box<dyn Error>> {
    let folder = Folder::open(model)?;
    let weights = fs::read(Path::new(model).join("unet/diffusion_pytorch_model.fp16.safetensors"))?;
    let gamma = fs::read(Path::new(model).join("vdm.json")).unwrap_or_default();
    let batches: Vec<&[f32]> = images.chunks(BATCH * LEN).collect();
    let work = |network: &Network, index: usize| {
        let pixels: Vec<u8> = batches[index].iter().flat_map(|x| x.to_le_bytes()).collect();
        let named = format!("bits {bound:?} {steps} {index}");
        store::kept(root, &[&weights, &gamma, named.as_bytes(), &pixels], || {
            let options = LikelihoodOptions {
                bound: bound.clone(),
                steps: Some(steps),
                seed: index as u64,
                ..Default::default()
            };
            let mut measurement = Measurement::likelihood(network, batches[index], &options)?;
            for _ in 0..measurement.num_steps() {
                pollster::block_on(measurement.step(network))?;
            }
            let Finding::Likelihood(report) = measurement.finding()? else { return Err("a bound gives bits".into()) };
            Ok(report.images)
        })
    };
    let load = || Ok(Network::load(folder.files(), &Device::Cpu)?);
    Ok(collect::on_all_cores(batches.len(), load, work)?.concat())
}

fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (mean, (variance / count).sqrt())
}
