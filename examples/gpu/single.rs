//! Single kernels, over shapes that networks have.

use pollster::block_on;
use unnoise::kernels::gpu::{Added, Convolution, Gpu, GroupNorm, Image, Source, attention};
use unnoise::kernels::{Activation, AttentionShape, ConvShape, Form, GroupNormShape};

use crate::best;
use crate::peaks::Peaks;

/// Batch, side of the image, channels of the input and of the output, side of the kernel.
const CONVOLUTIONS: [[usize; 5]; 16] = [
    [1, 28, 32, 32, 3],
    [1, 14, 64, 64, 3],
    [1, 7, 64, 64, 3],
    [1, 7, 128, 64, 3],
    [16, 28, 32, 32, 3],
    [16, 7, 64, 64, 3],
    [1, 32, 64, 64, 3],
    [1, 16, 128, 128, 3],
    [1, 8, 128, 128, 3],
    [16, 32, 64, 64, 3],
    [1, 32, 128, 128, 3],
    [16, 32, 128, 128, 3],
    [1, 4, 256, 256, 3],
    [1, 64, 128, 128, 3],
    [1, 16, 128, 384, 1],
    [1, 28, 1, 32, 3],
];
const NORMS: [[usize; 3]; 4] = [[1, 28, 32], [1, 7, 64], [16, 32, 64], [1, 64, 128]];
const ATTENTIONS: [[usize; 4]; 4] = [[1, 7, 8, 8], [1, 16, 16, 8], [1, 16, 1, 256], [16, 16, 16, 8]];

/// Prints a row per kernel.
pub fn measure(gpu: &Gpu, peaks: &Peaks) -> Result<(), String> {
    println!("\n| kernel | batch | image | channels | us | GFLOP/s | of the peak | workgroups | turns |");
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for [batch, side, inputs, outputs, kernel] in CONVOLUTIONS {
        let padding = (kernel / 2, kernel / 2);
        let shape = ConvShape { inputs, outputs, side: kernel, stride: 1, padding };
        // 1/3 is no half: weights in f32, as most checkpoints have them.
        let weights = vec![1.0 / 3.0; shape.num_weights()];
        let conv = Convolution::new(shape, &weights, &vec![0.0; outputs], Form::Plain, gpu);
        let x = image(gpu, [batch, inputs, side, side]);
        row(gpu, peaks, &format!("{kernel}x{kernel} | {batch} | {side}x{side} | {inputs} to {outputs}"), || {
            drop(conv.forward(Source::from(&x), Added::Nothing));
        })?;
    }
    for [batch, side, channels] in NORMS {
        let shape = GroupNormShape { channels, groups: 32, eps: 1e-6, activation: Some(Activation::Silu) };
        let norm = GroupNorm::new(shape, vec![1.0; channels], vec![0.0; channels], gpu);
        let x = image(gpu, [batch, channels, side, side]);
        row(gpu, peaks, &format!("norm and SiLU | {batch} | {side}x{side} | {channels}"), || {
            drop(norm.forward(Source::from(&x)));
        })?;
    }
    for [batch, side, heads, head_dim] in ATTENTIONS {
        let x = image(gpu, [batch, 3 * heads * head_dim, side, side]);
        row(gpu, peaks, &format!("attention | {batch} | {side}x{side} | {heads} heads of {head_dim}"), || {
            drop(attention(&x, AttentionShape { heads, head_dim }));
        })?;
    }
    Ok(())
}

fn image(gpu: &Gpu, dims: [usize; 4]) -> Image {
    Image::upload(&vec![0.5; dims.iter().product()], dims, gpu)
}

fn row(gpu: &Gpu, peaks: &Peaks, what: &str, launch: impl Fn()) -> Result<(), String> {
    gpu.submit();
    launch();
    let costs = gpu.recorded();
    let cost = costs.last().ok_or("nothing was launched")?;
    let seconds = best(&launch, || block_on(gpu.finish()))?.as_secs_f64();
    let flops = 2.0 * cost.multiply_adds as f64 / seconds;
    println!(
        "| {what} | {:.1} | {:.1} | {:.1} % | {} | {} |",
        1e6 * seconds,
        flops / 1e9,
        100.0 * flops / peaks.flops,
        cost.workgroups,
        cost.turns
    );
    Ok(())
}
