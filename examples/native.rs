//! Samples the bundled model without a browser, and writes the picture to native.png:
//!
//!     cargo run --release --example native

use std::error::Error;
use std::fs::File;

use pollster::block_on;
use unnoise::checkpoint::Folder;
use unnoise::kernels::Device;
use unnoise::options::{PlanOptions, SampleOptions};
use unnoise::run::{Guided, Network};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Folder::open(concat!(env!("CARGO_MANIFEST_DIR"), "/models/fashion-mnist"))?;
    let network = Network::load(folder.files(), &Device::Cpu)?;

    let plan = PlanOptions { steps: Some(20), ..PlanOptions::default() };
    let options = SampleOptions { plan, seed: 7, labels: Some(vec![7]), ..SampleOptions::default() };
    let (mut run, conditioning) = network.run(&options, None)?;
    let denoiser = Guided { network: &network, conditioning: &conditioning };
    for _ in 0..run.num_steps() {
        let step = block_on(run.step(&denoiser))?;
        println!("step {} of {}", step.index + 1, step.num_steps);
    }

    let shape = network.shape(1);
    let grey: Vec<u8> = run.x_t().iter().map(|x| (127.5 * (x + 1.0)).round().clamp(0.0, 255.0) as u8).collect();
    let mut picture = png::Encoder::new(File::create("native.png")?, shape.width as u32, shape.height as u32);
    picture.set_color(png::ColorType::Grayscale);
    picture.write_header()?.write_image_data(&grey)?;
    Ok(())
}
