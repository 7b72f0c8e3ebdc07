//! How well noise is removed from test images, and how their lower halves are filled in.

use std::error::Error;
use std::fs::File;
use std::path::Path;

use pollster::block_on;
use unnoise::checkpoint::MeanSqEps;
use unnoise::math::level::NoiseLevel;
use unnoise::noise::{NoiseSource, Rng};
use unnoise::options::{Known, Method, Observed, PlanOptions, Repaint, SampleOptions, SamplerOptions};
use unnoise::run::{Denoiser, Guided, Network, pixel};

use crate::images::LEN;

const SIDE: usize = 28;
const SIGMAS: [f64; 3] = [0.1, 0.25, 0.5];
/// Samples whose mean is an estimate of its own.
const SAMPLES: usize = 8;
const STEPS: usize = 50;
/// Images that are filled in.
const FILLED: usize = 10;

/// PSNR of each way to remove noise, as a table in markdown.
pub fn denoising(network: &Network, x0: &[f32]) -> Result<String, Box<dyn Error>> {
    let images = x0.len() / LEN;
    let rows = SIGMAS.map(|sigma| -> Result<Vec<f64>, Box<dyn Error>> {
        let z = NoiseSource::new(Rng::Philox, 1).initial(network.shape(images));
        let y: Vec<f32> = x0.iter().zip(&z).map(|(x, z)| (f64::from(*x) + sigma * f64::from(*z)) as f32).collect();
        let blurs = (2..=20).map(|tenths| psnr(&blurred(&y, f64::from(tenths) / 10.0), x0));
        let mut found = vec![psnr(&y, x0), blurs.fold(0.0, f64::max), psnr(&predicted(network, &y, sigma)?, x0)];
        for method in [Method::Level, Method::Analytic] {
            let samples = (0..SAMPLES as u64).map(|seed| sample(network, &y, sigma, method, seed));
            let samples = samples.collect::<Result<Vec<_>, _>>()?;
            let mean = |i: usize| samples.iter().map(|x| x[i]).sum::<f32>() / SAMPLES as f32;
            let mean: Vec<f32> = (0..x0.len()).map(mean).collect();
            found.extend([psnr(&samples[0], x0), psnr(&mean, x0)]);
        }
        println!("sigma {sigma} done");
        Ok(found)
    });
    let rows = rows.into_iter().collect::<Result<Vec<_>, _>>()?;
    let names = ["the observation itself", "the best Gaussian blur", "the network's x0_hat at that noise level"];
    let of_method = |name| [format!("\"{name}\", one sample"), format!("\"{name}\", mean of {SAMPLES} samples")];
    let names = names.map(str::to_owned).into_iter().chain(["level", "analytic"].into_iter().flat_map(of_method));
    let mut table = String::from("| PSNR in dB | sigma 0.1 | sigma 0.25 | sigma 0.5 |\n|---|---|---|---|\n");
    for (way, name) in names.enumerate() {
        let cells: Vec<String> = rows.iter().map(|row| format!("{:.1}", row[way])).collect();
        table += &format!("| {name} | {} |\n", cells.join(" | "));
    }
    Ok(table)
}

/// Pictures whose lower half is filled in by each method, one below the other: the test image, what is given of it, and the methods.
pub fn inpainting(network: &Network, x0: &[f32], path: &Path) -> Result<(), Box<dyn Error>> {
    let x0 = &x0[..FILLED * LEN];
    let mask: Vec<f32> = (0..LEN).map(|i| if i < LEN / 2 { 1.0 } else { 0.0 }).collect();
    let given = x0.iter().enumerate().map(|(i, x)| if i % LEN < LEN / 2 { *x } else { 0.0 }).collect();
    let mut rows = vec![x0.to_vec(), given];
    for (noised, repaint) in [(false, None), (true, None), (true, Some(Repaint { jump: 10, resample: 10 }))] {
        let plan = PlanOptions { repaint, ..plan(SamplerOptions::AnalyticDdpm { sigma_clip: 1.0 }) };
        let known = Known { x: x0.to_vec(), mask: mask.clone(), noised };
        let options = SampleOptions { plan, batch: Some(FILLED), known: Some(known), ..SampleOptions::default() };
        rows.push(run(network, &options)?);
    }
    write(&rows, path)
}

fn plan(sampler: SamplerOptions) -> PlanOptions {
    PlanOptions { sampler, steps: Some(STEPS), ..PlanOptions::default() }
}

fn sample(network: &Network, y: &[f32], sigma: f64, method: Method, seed: u64) -> Result<Vec<f32>, Box<dyn Error>> {
    let observed = Observed { y: y.to_vec(), sigma: vec![sigma as f32], mask: None, method };
    let schedule = &network.scheduler().schedule;
    let start = (method == Method::Level).then(|| schedule.timestep_of(NoiseLevel::from_log_snr(-2.0 * sigma.ln())));
    let start = start.map(|t| t.ceil() as usize);
    let plan = PlanOptions { start, ..plan(SamplerOptions::AnalyticDdpm { sigma_clip: 1.0 }) };
    let batch = Some(y.len() / LEN);
    run(network, &SampleOptions { plan, seed, batch, observed: Some(observed), ..SampleOptions::default() })
}

fn run(network: &Network, options: &SampleOptions) -> Result<Vec<f32>, Box<dyn Error>> {
    let (mut run, conditioning) = network.run(options, None)?;
    let denoiser = Guided { network, conditioning: &conditioning };
    while run.step_index() < run.num_steps() {
        block_on(run.step(&denoiser))?;
    }
    Ok(run.x_t().to_vec())
}

/// `x0_hat` at the level whose noise is `sigma` times as strong as its image: the observation is a sample of it but for a factor.
fn predicted(network: &Network, y: &[f32], sigma: f64) -> Result<Vec<f32>, Box<dyn Error>> {
    let scheduler = network.scheduler();
    let level = NoiseLevel::from_log_snr(-2.0 * sigma.ln());
    let x_t: Vec<f32> = y.iter().map(|y| (level.sqrt_alpha_bar() * f64::from(*y)) as f32).collect();
    let (_, conditioning) = network.conditioned(&x_t, None)?;
    let t = scheduler.schedule.timestep_of(level);
    let prediction = block_on(Guided { network, conditioning: &conditioning }.predict(&x_t, t))?;
    let x0_hat = scheduler.prediction.x0_hat(level);
    let clamped = |(x, p): (&f32, &f32)| x0_hat.of(f64::from(*x), f64::from(*p)).clamp(-1.0, 1.0) as f32;
    Ok(x_t.iter().zip(&prediction).map(clamped).collect())
}

/// Every image under a Gaussian of this standard deviation in pixels; what lies outside is as the nearest pixel.
fn blurred(images: &[f32], width: f64) -> Vec<f32> {
    let reach = (4.0 * width).ceil() as isize;
    let weights: Vec<f64> = (-reach..=reach).map(|d| (-(d * d) as f64 / (2.0 * width * width)).exp()).collect();
    let sum: f64 = weights.iter().sum();
    let along = |image: &[f64], step: usize, other: usize| -> Vec<f64> {
        let mut out = vec![0.0; LEN];
        for (line, at) in (0..SIDE).flat_map(|line| (0..SIDE).map(move |at| (line, at))) {
            let near = |d: isize| (at as isize + d).clamp(0, SIDE as isize - 1) as usize;
            let pixels = (-reach..=reach).zip(&weights).map(|(d, w)| w * image[line * other + near(d) * step]);
            out[line * other + at * step] = pixels.sum::<f64>() / sum;
        }
        out
    };
    let of_image = |image: &[f32]| {
        let image: Vec<f64> = image.iter().map(|x| f64::from(*x)).collect();
        along(&along(&image, 1, SIDE), SIDE, 1).into_iter().map(|x| x as f32).collect::<Vec<_>>()
    };
    images.chunks_exact(LEN).flat_map(of_image).collect()
}

/// Peak signal-to-noise ratio over all pixels, which reach from -1 to 1.
fn psnr(x: &[f32], x0: &[f32]) -> f64 {
    let squares: f64 = x.iter().zip(x0).map(|(x, x0)| f64::from(x.clamp(-1.0, 1.0) - x0).powi(2)).sum();
    10.0 * (4.0 * x.len() as f64 / squares).log10()
}

fn write(rows: &[Vec<f32>], path: &Path) -> Result<(), Box<dyn Error>> {
    let (columns, width) = (FILLED, FILLED * SIDE);
    let grey = |i: usize| {
        let (row, y, image, x) = (i / (width * SIDE), i / width % SIDE, i % width / SIDE, i % SIDE);
        pixel(rows[row][image * LEN + y * SIDE + x])
    };
    let bytes: Vec<u8> = (0..rows.len() * columns * LEN).map(grey).collect();
    let mut picture = png::Encoder::new(File::create(path)?, width as u32, (rows.len() * SIDE) as u32);
    picture.set_color(png::ColorType::Grayscale);
    picture.write_header()?.write_image_data(&bytes)?;
    Ok(())
}

/// The bundled model with its table.
pub fn network(root: &Path) -> Result<Network, Box<dyn Error>> {
    let mut network = crate::collect::network(root)?;
    let text = std::fs::read_to_string(root.join("models/fashion-mnist/analytic_dpm.json"))?;
    let table: serde_json::Value = serde_json::from_str(&text)?;
    let timesteps = network.scheduler().schedule.num_train_timesteps();
    network.set_mean_sq_eps(MeanSqEps::from_json(&table["mean_sq_eps"], timesteps)?);
    Ok(network)
}
