//! The kernels of WebGPU compute what the CPU's own operations compute, over many odd shapes; without a browser, on the machine's GPU.

mod launches;
mod pair;

use pair::{Pair, Random, convolution, normalisation, within};
use unnoise::kernels::cpu;
use unnoise::kernels::gpu::{self, Gpu};
use unnoise::kernels::{Activation, AttentionShape, ConvShape, Edge, GroupNormShape};

/// Both sum in f32, in another order.
const TOLERANCE: f64 = 2e-6;
/// Winograd's change of basis on the CPU subtracts: it costs a digit.
const TOLERANCE_OF_WINOGRAD: f64 = 1e-5;

fn gpu() -> Gpu {
    pollster::block_on(Gpu::open()).expect("a GPU, or Mesa's lavapipe")
}

/// The same, with its work divided as on hardware, or not.
fn gpu_as(is_hardware: bool) -> Gpu {
    let adapter = pollster::block_on(Gpu::adapter()).expect("a GPU, or Mesa's lavapipe");
    pollster::block_on(Gpu::open_on(&adapter, is_hardware)).expect("a device")
}

/// A norm, a skip connection, doubled pixels and what is added, each there or not.
#[test]
fn convolution_is_that_of_the_cpu() {
    let (gpus, random) = ([true, false].map(gpu_as), &mut Random(1));
    for round in 0..300 {
        let gpu = &gpus[round % 2];
        let side = [1, 3][random.integer(0, 1)];
        let (stride, padding) = [(1, (1, 1)), (1, (1, 1)), (2, (1, 1)), (2, (0, 1))][random.integer(0, 3)];
        let (stride, padding) = if side == 1 { (1, (0, 0)) } else { (stride, padding) };
        // Every tenth is as wide as a network's levels, so that every way of dividing the work is taken.
        let most = if round % 10 < 2 { 150 } else { 20 };
        let of_x = random.integer(1, most);
        let of_skip = if random.integer(0, 1) == 1 { random.integer(1, most) } else { 0 };
        let (inputs, outputs) = (of_x + of_skip, random.integer(1, most));
        let shape = ConvShape { inputs, outputs, side, stride, padding };
        let [batch, height, width] = [random.integer(1, 3), random.integer(3, 11), random.integer(3, 11)];
        let doubled = random.integer(0, 3) == 0;
        let x = Pair::random(random, [batch, of_x, height, width], gpu);
        let skip = (of_skip > 0).then(|| Pair::random(random, [batch, of_skip, height, width], gpu));
        let group_norm = GroupNormShape { channels: inputs, groups: 1, eps: 1e-6, activation: random.activation() };
        let norm = (random.integer(0, 1) == 1).then(|| normalisation(random, group_norm, gpu));
        let divisor = [1.0, 1.5][random.integer(0, 1)];
        let conv = convolution(random, shape, divisor, gpu);
        let sides = [height, width].map(|side| shape.output(if doubled { 2 * side } else { side }));
        let kind = random.integer(0, 2);
        let added = match kind {
            1 => Some(Pair::random(random, [batch, outputs, 1, 1], gpu)),
            2 => Some(Pair::random(random, [batch, outputs, sides[0], sides[1]], gpu)),
            _ => None,
        };

        // The same words make one of the other back end's types.
        macro_rules! convolved {
            ($side:ident) => {{
                let (skip, norm) = (skip.as_ref().map(|skip| &skip.$side), norm.as_ref().map(|norm| &norm.$side));
                let source = $side::Source { x: &x.$side, skip, norm, doubled };
                conv.$side.forward(
                    source,
                    match &added {
                        None => $side::Added::Nothing,
                        Some(rows) if kind == 1 => $side::Added::Channels(&rows.$side),
                        Some(image) => $side::Added::Image(&image.$side),
                    },
                )
            }};
        }
        let (on_cpu, on_gpu) = (convolved!(cpu), convolved!(gpu));
        let what = format!("{shape:?} of {batch} x {height} x {width}, doubled {doubled}, norm {}", norm.is_some());
        let tolerance = if side == 3 && stride == 1 { TOLERANCE_OF_WINOGRAD } else { TOLERANCE };
        within(tolerance, on_gpu, on_cpu, &what);
    }
}

/// A residual block's shortcut: what a 1x1 convolution makes of an image, and of the one behind it, is added.
#[test]
fn a_shortcut_is_that_of_the_cpu() {
    let (gpus, random) = ([true, false].map(gpu_as), &mut Random(2));
    for round in 0..60 {
        let gpu = &gpus[round % 2];
        let most = if round % 10 < 2 { 130 } else { 20 };
        let (inputs, outputs) = (random.integer(1, most), random.integer(1, most));
        let (of_x, of_skip) = (random.integer(1, most), random.integer(0, 1) * random.integer(1, most));
        let [batch, height, width] = [random.integer(1, 3), random.integer(3, 9), random.integer(3, 9)];
        let x = Pair::random(random, [batch, inputs, height, width], gpu);
        let through = Pair::random(random, [batch, of_x, height, width], gpu);
        let skip = (of_skip > 0).then(|| Pair::random(random, [batch, of_skip, height, width], gpu));
        let conv = convolution(random, ConvShape { inputs, outputs, side: 3, stride: 1, padding: (1, 1) }, 1.5, gpu);
        let shortcut = convolution(random, ConvShape::pointwise(of_x + of_skip, outputs), 1.0, gpu);

        let source = cpu::Source { x: &through.cpu, skip: skip.as_ref().map(|s| &s.cpu), norm: None, doubled: false };
        let on_cpu = conv.cpu.forward(cpu::Source::from(&x.cpu), cpu::Added::Through(&shortcut.cpu, source));
        let source = gpu::Source { x: &through.gpu, skip: skip.as_ref().map(|s| &s.gpu), norm: None, doubled: false };
        let on_gpu = conv.gpu.forward(gpu::Source::from(&x.gpu), gpu::Added::Through(&shortcut.gpu, source));
        let what = format!("{inputs} and {of_x} + {of_skip} to {outputs}, {batch} x {height} x {width}");
        within(TOLERANCE_OF_WINOGRAD, on_gpu, on_cpu, &what);
    }
}

#[test]
fn normalisation_is_that_of_the_cpu() {
    let (gpus, random) = ([true, false].map(gpu_as), &mut Random(3));
    for round in 0..60 {
        let gpu = &gpus[round % 2];
        let groups = random.integer(1, 6);
        let channels = groups * random.integer(1, 9);
        let dims = [random.integer(1, 3), channels, random.integer(1, 30), random.integer(1, 30)];
        let x = Pair::random(random, dims, gpu);
        let scale_shift = Pair::random(random, [dims[0], 2 * channels, 1, 1], gpu);
        let shape = GroupNormShape { channels, groups, eps: 1e-5, activation: random.activation() };
        let norm = normalisation(random, shape, gpu);
        let plain = (cpu::Source::from(&x.cpu), gpu::Source::from(&x.gpu));
        within(TOLERANCE, norm.gpu.forward(plain.1), norm.cpu.forward(plain.0), &format!("{shape:?}"));

        let scaled = GroupNormShape { activation: None, ..shape };
        let norm = normalisation(random, scaled, gpu);
        let on_cpu = norm.cpu.forward_scaled(plain.0, &scale_shift.cpu, Activation::Silu);
        let on_gpu = norm.gpu.forward_scaled(plain.1, &scale_shift.gpu, Activation::Silu);
        within(TOLERANCE, on_gpu, on_cpu, &format!("{scaled:?}, scaled"));
    }
}

#[test]
fn attention_is_that_of_the_cpu() {
    let (gpus, random) = ([true, false].map(gpu_as), &mut Random(4));
    for round in 0..40 {
        let gpu = &gpus[round % 2];
        let shape = AttentionShape { heads: random.integer(1, 4), head_dim: random.integer(1, 80) };
        let dims = [random.integer(1, 3), 3 * shape.inner(), random.integer(1, 9), random.integer(1, 9)];
        let x = Pair::random(random, dims, gpu);
        within(TOLERANCE, gpu::attention(&x.gpu, shape), cpu::attention(&x.cpu, shape), &format!("{shape:?} {dims:?}"));
    }
}

#[test]
fn halving_and_doubling_are_those_of_the_cpu() {
    let (gpu, random) = (gpu(), &mut Random(5));
    for _ in 0..20 {
        let [height, width] = [2 * random.integer(1, 6), 2 * random.integer(1, 6)];
        let dims = [random.integer(1, 3), random.integer(1, 9), height, width];
        let x = Pair::random(random, dims, &gpu);
        let what = format!("{dims:?}");
        within(TOLERANCE, gpu::halved(&x.gpu), cpu::halved(&x.cpu), &what);
        within(TOLERANCE, gpu::doubled(&x.gpu), cpu::doubled(&x.cpu), &what);
        for edge in [Edge::Zero, Edge::Mirror] {
            within(TOLERANCE, gpu::halved_filtered(&x.gpu, edge), cpu::halved_filtered(&x.cpu, edge), &what);
            within(TOLERANCE, gpu::doubled_filtered(&x.gpu, edge), cpu::doubled_filtered(&x.cpu, edge), &what);
        }
    }
}
