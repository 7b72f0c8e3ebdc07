//! The memory on the GPU that predictions take. A step is recorded, which makes its buffers, and not computed.

use std::error::Error;

use unnoise::kernels::gpu::Gpu;
use unnoise::unet::UNet;

use crate::networks::Case;
use crate::steps::{record, state};

/// Prints a row per network and batch: the buffers of its weights, and the most bytes of all buffers during three steps. Each is counted
/// on a device of its own, which `fresh` opens.
pub fn count<'a>(
    fresh: impl Fn() -> Result<Gpu, Box<dyn Error>>,
    cases: impl Iterator<Item = &'a Case>,
) -> Result<(), Box<dyn Error>> {
    println!("\n| network | batch | MB of weights | MB at the peak |");
    println!("| --- | --- | --- | --- |");
    for Case { name, config, batches } in cases {
        for &batch in *batches {
            let gpu = fresh()?;
            let unet = UNet::blank(config, &gpu)?;
            let weights = gpu.memory().held;
            let x = state(&gpu, &unet, batch);
            for _ in 0..3 {
                record(&gpu, &unet, &x, batch)?;
            }
            let peak = gpu.memory().peak;
            println!("| {name} | {batch} | {:.0} | {:.0} |", weights as f64 / 1e6, peak as f64 / 1e6);
        }
    }
    Ok(())
}
