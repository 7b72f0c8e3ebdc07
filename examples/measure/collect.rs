//! One pass of the network over images at every timestep: all that any row of the table needs.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use serde_json::Value;
use unnoise::checkpoint::Files;
use unnoise::kernels::Device;
use unnoise::math::forward::diffused;
use unnoise::math::gaussian;
use unnoise::math::time::Timestep;
use unnoise::measure::estimate::{self, NoiseStrength};
use unnoise::measure::likelihood::baseline::Measured;
use unnoise::measure::likelihood::decoder_variance;
use unnoise::noise::{NoiseSource, Rng, Shape};
use unnoise::run::{Conditioning, Denoiser, Guided, Network};

use crate::images::LEN;
use crate::store;

/// Images of one call of the network.
const BATCH: usize = 10;

/// What was measured of one image at one timestep, as means over its pixels.
#[derive(Debug, Clone, Copy)]
pub struct Measurement {
    /// `(x0 - x0_hat)^2`, clamped to [-1, 1].
    pub sq_error: f64,
    /// What `E eps_hat^2` is estimated from.
    pub noise: NoiseStrength,
    /// `-log p(x0 | x_t)` of the decoder, in nats.
    pub decoder: f64,
}

/// Numbers of a measurement.
const FIELDS: usize = 4;

impl Measurement {
    fn to_fields(self) -> [f64; FIELDS] {
        [self.sq_error, self.noise.predicted, self.noise.added, self.decoder]
    }

    fn from_fields(fields: &[f64]) -> Self {
        let noise = NoiseStrength { predicted: fields[1], added: fields[2] };
        Self { sq_error: fields[0], noise, decoder: fields[3] }
    }
}

/// All timesteps of all images.
pub struct Terms {
    /// Index: image, then timestep.
    pub of_images: Vec<Vec<Measurement>>,
}

impl Terms {
    /// The estimate of `E eps_hat^2` at every timestep.
    pub fn mean_sq_eps(&self) -> Vec<f64> {
        let timesteps = self.of_images.first().map_or(0, Vec::len);
        let at = |t: usize| {
            let of_images: Vec<NoiseStrength> = self.of_images.iter().map(|image| image[t].noise).collect();
            estimate::mean_sq_eps(&of_images)
        };
        (0..timesteps).map(at).collect()
    }

    /// What the search for the baselines' best trajectory needs.
    pub fn means(&self) -> Measured {
        Measured { sq_error: self.mean(|m| m.sq_error), decoder: self.mean(|m| m.decoder) }
    }

    fn mean(&self, of: impl Fn(&Measurement) -> f64) -> Vec<f64> {
        let timesteps = self.of_images.first().map_or(0, Vec::len);
        let at = |t: usize| self.of_images.iter().map(|image| of(&image[t])).sum::<f64>() / self.of_images.len() as f64;
        (0..timesteps).map(at).collect()
    }
}

/// The bundled model's weights.
pub fn weights_path(root: &Path) -> PathBuf {
    root.join("models/fashion-mnist/unet/diffusion_pytorch_model.fp16.safetensors")
}

/// The bundled model.
pub fn network(root: &Path) -> Result<Network, Box<dyn Error>> {
    let folder = root.join("models/fashion-mnist");
    let json = |name: &str| -> Result<Value, Box<dyn Error>> {
        Ok(serde_json::from_str(&fs::read_to_string(folder.join(name))?)?)
    };
    let (config, scheduler, labels) =
        (json("unet/config.json")?, json("scheduler/scheduler_config.json")?, json("labels.json")?);
    let weights = fs::read(weights_path(root))?;
    let files = Files {
        config: &config,
        weights: (&weights).into(),
        scheduler: Some(&scheduler),
        labels: Some(&labels),
        analytic: None,
        vdm: None,
    };
    Ok(Network::load(files, &Device::Cpu)?)
}

/// Does each of `count` pieces of work with a network, on all cores; the results in their order.
pub fn on_all_cores<T: Send>(
    count: usize,
    network: impl Fn() -> Result<Network, Box<dyn Error>> + Sync,
    work: impl Fn(&Network, usize) -> Result<T, Box<dyn Error>> + Sync,
) -> Result<Vec<T>, Box<dyn Error>> {
    let cores = thread::available_parallelism()?.get();
    let mut done: Vec<(usize, T)> = thread::scope(|scope| {
        let (network, work) = (&network, &work);
        let share = |core: usize| -> Result<Vec<(usize, T)>, Box<dyn Error>> {
            let network = network()?;
            (core..count).step_by(cores).map(|index| Ok((index, work(&network, index)?))).collect()
        };
        let worker = |core: usize| scope.spawn(move || share(core).map_err(|error| error.to_string()));
        let workers: Vec<_> = (0..cores).map(worker).collect();
        let join = |worker: thread::ScopedJoinHandle<'_, Result<Vec<_>, String>>| {
            worker.join().map_err(|_| "a worker panicked".to_owned())?
        };
        workers
            .into_iter()
            .map(join)
            .collect::<Result<Vec<_>, String>>()
            .map(|parts| parts.into_iter().flatten().collect::<Vec<_>>())
    })?;
    done.sort_by_key(|(index, _)| *index);
    Ok(done.into_iter().map(|(_, result)| result).collect())
}

/// Measures images with noise from `seed`, on all cores.
pub fn every_timestep(root: &Path, images: &[f32], seed: u64) -> Result<Terms, Box<dyn Error>> {
    let batches: Vec<&[f32]> = images.chunks(BATCH * LEN).collect();
    let work = |network: &Network, index: usize| kept_batch(root, network, batches[index], seed, index);
    let of_batches = on_all_cores(batches.len(), || network(root), work)?;
    Ok(Terms { of_images: of_batches.concat() })
}

/// A batch as it was kept, or measured and then kept.
fn kept_batch(
    root: &Path,
    network: &Network,
    x0: &[f32],
    seed: u64,
    index: usize,
) -> Result<Vec<Vec<Measurement>>, Box<dyn Error>> {
    // Every batch has noise of its own, and so has every timestep.
    let seed = seed * 1_000_000 + index as u64;
    let pixels: Vec<u8> = x0.iter().flat_map(|x| x.to_le_bytes()).collect();
    let numbers = store::kept(root, &[&seed.to_le_bytes(), &pixels], || {
        let measured = batch(network, x0, seed)?;
        println!("batch {index} of {} images done", x0.len() / LEN);
        Ok(measured.iter().flatten().copied().flat_map(Measurement::to_fields).collect())
    })?;
    let of_image = numbers.len() / (x0.len() / LEN);
    let image = |numbers: &[f64]| numbers.chunks_exact(FIELDS).map(Measurement::from_fields).collect();
    Ok(numbers.chunks_exact(of_image).map(image).collect())
}

fn batch(network: &Network, x0: &[f32], seed: u64) -> Result<Vec<Vec<Measurement>>, String> {
    let (shape, conditioning) = network.conditioned(x0, None).map_err(|error| error.to_string())?;
    let timesteps = network.scheduler().schedule.num_train_timesteps();
    let mut of_images = vec![Vec::with_capacity(timesteps); shape.batch];
    let mut noise = NoiseSource::new(Rng::Philox, seed);
    for t in 0..timesteps {
        let eps = noise.of_step(shape, t);
        let measured = at_timestep(network, &conditioning, x0, &eps, shape, Timestep(t))?;
        for (image, measurement) in of_images.iter_mut().zip(measured) {
            image.push(measurement);
        }
    }
    Ok(of_images)
}

fn at_timestep(
    network: &Network,
    conditioning: &Conditioning,
    x0: &[f32],
    eps: &[f32],
    shape: Shape,
    t: Timestep,
) -> Result<Vec<Measurement>, String> {
    let scheduler = network.scheduler();
    let level = scheduler.schedule.level(t).ok_or("no such timestep")?;
    let x_t = diffused(x0, eps, level);
    let prediction = pollster::block_on(Guided { network, conditioning }.predict(&x_t, t.as_f64()));
    let prediction = prediction.map_err(|error| error.to_string())?;

    let (x0_hat, eps_hat) = (scheduler.prediction.x0_hat(level), scheduler.prediction.eps_hat(level));
    let std = decoder_variance(t.as_f64(), level, &scheduler.schedule).sqrt();
    let image = |image: usize| {
        let mut sums = Measurement { sq_error: 0.0, noise: NoiseStrength::default(), decoder: 0.0 };
        for i in image * shape.image_len()..(image + 1) * shape.image_len() {
            let (x_t, prediction, x0) = (f64::from(x_t[i]), f64::from(prediction[i]), f64::from(x0[i]));
            let x0_hat = x0_hat.of(x_t, prediction).clamp(-1.0, 1.0);
            sums.sq_error += (x0 - x0_hat).powi(2);
            sums.noise.predicted += eps_hat.of(x_t, prediction).powi(2);
            sums.noise.added += f64::from(eps[i]).powi(2);
            sums.decoder -= gaussian::log_discretized(x0, x0_hat, std);
        }
        let pixels = shape.image_len() as f64;
        Measurement {
            sq_error: sums.sq_error / pixels,
            noise: NoiseStrength { predicted: sums.noise.predicted / pixels, added: sums.noise.added / pixels },
            decoder: sums.decoder / pixels,
        }
    };
    Ok((0..shape.batch).map(image).collect())
}
