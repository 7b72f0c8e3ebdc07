//! Whole predictions of a network, the images on the GPU before and behind it: what a step of a run takes.

use std::error::Error;

use pollster::block_on;
use unnoise::checkpoint::ClassEmbedding;
use unnoise::checkpoint::class_mix::ClassMix;
use unnoise::kernels::gpu::{Cost, Gpu, GpuState};
use unnoise::unet::UNet;

use crate::best;
use crate::networks::Case;
use crate::peaks::Peaks;

/// Prints a row per network and batch.
pub fn measure(gpu: &Gpu, peaks: &Peaks, cases: &[Case]) -> Result<(), Box<dyn Error>> {
    println!(
        "\n| network | batch | ms per step | GFLOP/s | of the peak | MB moved at least | of the bandwidth | launches |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    for Case { name, config, batches } in cases {
        let unet = UNet::blank(config, gpu)?;
        for &batch in *batches {
            let x = state(gpu, &unet, batch);
            gpu.submit();
            record(gpu, &unet, &x, batch)?;
            let costs = gpu.recorded();
            let mut error = None;
            let step = || error = predict(gpu, &unet, &x, batch).err();
            let seconds = best(step, || block_on(gpu.finish()))?.as_secs_f64();
            if let Some(error) = error {
                return Err(error);
            }
            let (flops, bytes) = totals(&costs);
            println!(
                "| {name} | {batch} | {:.2} | {:.1} | {:.1} % | {:.1} | {:.1} % | {} |",
                1e3 * seconds,
                flops / seconds / 1e9,
                100.0 * flops / seconds / peaks.flops,
                bytes / 1e6,
                100.0 * bytes / seconds / peaks.bytes_per_second,
                costs.len()
            );
        }
    }
    Ok(())
}

/// Images of zeros on the GPU.
pub fn state(gpu: &Gpu, unet: &UNet, batch: usize) -> GpuState {
    let [channels, height, width] = unet.config().image_shape();
    GpuState::upload(gpu, &vec![0.0; batch * channels * height * width], [batch, channels, height, width])
}

fn predict(gpu: &Gpu, unet: &UNet, x: &GpuState, batch: usize) -> Result<(), Box<dyn Error>> {
    record(gpu, unet, x, batch)?;
    gpu.submit();
    Ok(())
}

/// Records a prediction.
pub fn record(gpu: &Gpu, unet: &UNet, x: &GpuState, batch: usize) -> Result<(), Box<dyn Error>> {
    let classes = vec![ClassMix::one(0); batch];
    let takes_classes = unet.config().class_embedding != ClassEmbedding::None;
    let classes = takes_classes.then_some(&classes[..]);
    unet.predict_on_gpu(gpu, x, 500.0, batch, classes)?;
    Ok(())
}

/// Multiplications and additions, and bytes.
pub fn totals(costs: &[Cost]) -> (f64, f64) {
    let sum = |of: fn(&Cost) -> u64| costs.iter().map(of).sum::<u64>() as f64;
    (2.0 * sum(|cost| cost.multiply_adds), sum(|cost| cost.bytes))
}
