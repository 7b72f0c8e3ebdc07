//! Contact sheets of a model: ten pictures of each class, by several samplers and counts of steps, from the same noise.
//!
//!     cargo run --release --example sheets -- models/emoji docs/emoji-samplers.png
//!
//! Blocks from left to right: 10, 25 and 50 steps. Blocks from above: DDIM, DDIM with eta 0.5, DDPM with beta-tilde, Analytic-DDPM where
//! the model has its table, VDM. Of a variational diffusion model: VDM alone, with 25, 50 and 100 steps. In a block: a row per class. A third
//! argument is the weight of guidance, by default 1. The pictures have 32 levels a channel, so that the file is small.

use std::env;
use std::error::Error;
use std::fs::File;
use std::io::BufWriter;
use std::thread;

use pollster::block_on;
use unnoise::checkpoint::{Description, Folder, Vdm};
use unnoise::kernels::Device;
use unnoise::options::{Clip, PlanOptions, SampleOptions, SamplerOptions};
use unnoise::run::{Guided, Network, pixel};
use unnoise::sampler::Variance;

/// Blocks beside each other.
const ACROSS: usize = 3;
const PICTURES: usize = 10;
/// Steps between black and white.
const LEVELS: f64 = 31.0;
/// White pixels between two blocks.
const GAP: usize = 8;

/// Samplers and counts of steps, block by block.
fn cells(of: &Description) -> Vec<(SamplerOptions, usize)> {
    if of.vdm != Vdm::default() {
        return [25, 50, 100].map(|steps| (SamplerOptions::Vdm, steps)).to_vec();
    }
    let ddpm = SamplerOptions::Ddpm { variance: Some(Variance::Small), sigma_clip: 0.0 };
    let analytic = of.mean_sq_eps.is_some().then_some(SamplerOptions::AnalyticDdpm { sigma_clip: 1.0 });
    let ddim = [SamplerOptions::Ddim { eta: 0.0 }, SamplerOptions::Ddim { eta: 0.5 }];
    let samplers = ddim.into_iter().chain([ddpm]).chain(analytic).chain([SamplerOptions::Vdm]);
    samplers.flat_map(|sampler| [10, 25, 50].map(|steps| (sampler, steps))).collect()
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [model, out, rest @ ..] = arguments.as_slice() else {
        return Err("give a model's folder and a PNG's name".into());
    };
    let guidance: f64 = rest.first().map_or(Ok(1.0), |text| text.parse())?;
    let folder = Folder::open(model)?;
    let network = Network::load(folder.files(), &Device::Cpu)?;
    let classes: Vec<u64> = match network.description().labels.classes() {
        // The last class is "no class".
        Some(count) => (0..count as u64 - 1).collect(),
        None => vec![],
    };
    let cells = cells(network.description());
    let of_cell = |(sampler, steps): (SamplerOptions, usize)| -> Result<Block, String> {
        block(&folder, sampler, steps, &classes, guidance).map_err(|error| error.to_string())
    };
    // Two at a time: as many as every machine has cores.
    let mut blocks = Vec::new();
    for pair in cells.chunks(2) {
        let found: Vec<_> = thread::scope(|scope| {
            let begun: Vec<_> = pair.iter().map(|cell| scope.spawn(|| of_cell(*cell))).collect();
            begun.into_iter().map(|worker| worker.join().map_err(|_| "a worker panicked".to_owned())?).collect()
        });
        blocks.extend(found.into_iter().collect::<Result<Vec<_>, String>>()?);
        println!("{} of {} blocks", blocks.len(), cells.len());
    }
    write(&blocks, out)
}

/// Pictures as bytes, RGB or grey: a row per class, without gaps.
struct Block {
    width: usize,
    height: usize,
    channels: usize,
    bytes: Vec<u8>,
}

fn block(
    folder: &Folder,
    sampler: SamplerOptions,
    steps: usize,
    classes: &[u64],
    guidance: f64,
) -> Result<Block, Box<dyn Error>> {
    let network = Network::load(folder.files(), &Device::Cpu)?;
    let plan = PlanOptions { sampler, steps: Some(steps), clip: Some(Clip::X0Eps), ..PlanOptions::default() };
    let shape = network.shape(PICTURES);
    let rows = classes.len().max(1);
    let (width, height, channels) = (PICTURES * shape.width, rows * shape.height, shape.channels);
    let mut bytes = vec![0; width * height * channels];
    for row in 0..rows {
        let labels = classes.get(row).map(|class| vec![*class; PICTURES]);
        let (plan, seed) = (plan.clone(), row as u64);
        let options = SampleOptions { plan, seed, batch: Some(PICTURES), labels, guidance, ..SampleOptions::default() };
        let (mut run, conditioning) = network.run(&options, None)?;
        let denoiser = Guided { network: &network, conditioning: &conditioning };
        while run.step_index() < run.num_steps() {
            block_on(run.step(&denoiser))?;
        }
        for (at, value) in run.x_t().iter().enumerate() {
            let (x, y) = (at % shape.width, at / shape.width % shape.height);
            let (channel, image) = (at / (shape.height * shape.width) % channels, at / shape.image_len());
            let pixel_at = (row * shape.height + y) * width + image * shape.width + x;
            bytes[pixel_at * channels + channel] = coarse(pixel(*value));
        }
    }
    Ok(Block { width, height, channels, bytes })
}

/// The nearest of 32 levels from 0 to 255.
fn coarse(value: u8) -> u8 {
    ((f64::from(value) * LEVELS / 255.0).round() * 255.0 / LEVELS).round() as u8
}

/// Writes the blocks with white between them.
fn write(blocks: &[Block], out: &str) -> Result<(), Box<dyn Error>> {
    let first = blocks.first().ok_or("no blocks")?;
    let (width, height) = (first.width + GAP, first.height + GAP);
    let (across, down) = (width * ACROSS - GAP, height * (blocks.len() / ACROSS) - GAP);
    let mut bytes = vec![255; across * down * first.channels];
    for (at, block) in blocks.iter().enumerate() {
        let (left, top) = (at % ACROSS * width, at / ACROSS * height);
        let line = block.width * block.channels;
        for (y, row) in block.bytes.chunks_exact(line).enumerate() {
            let begin = ((top + y) * across + left) * block.channels;
            bytes[begin..begin + line].copy_from_slice(row);
        }
    }
    let mut picture = png::Encoder::new(BufWriter::new(File::create(out)?), across as u32, down as u32);
    picture.set_color(if first.channels == 1 { png::ColorType::Grayscale } else { png::ColorType::Rgb });
    picture.set_compression(png::Compression::High);
    picture.write_header()?.write_image_data(&bytes)?;
    Ok(())
}
