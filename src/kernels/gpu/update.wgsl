// A sampler's step: the predicted image and the next state from the network's output, element by element. The state lies channel by
// channel, as it is read and drawn; the output as the network has it, and so does the next state once more, as the next step's input.
// Constants: CLIP (1: eps_hat follows from the clipped x0_hat),
// NOISE (1: fresh noise is added), GUIDANCE (1: the second half of the output is that of no class).

struct Shape {
    // Pixels of an image, its channels, the numbers from one pixel to the next where they lie pixel by pixel, and those in all.
    pixels: u32,
    channels: u32,
    stride: u32,
    count: u32,
}

@group(0) @binding(0) var<storage, read> x_t: array<u32>;
@group(0) @binding(1) var<storage, read> output: array<f32>;
/// The factors, in the order of update.rs, then the noise.
@group(0) @binding(2) var<storage, read> step: array<f32>;
@group(0) @binding(3) var<storage, read_write> x0_hat: array<u32>;
@group(0) @binding(4) var<storage, read_write> x_s: array<u32>;
/// With guidance twice, one behind the other.
@group(0) @binding(5) var<storage, read_write> input: array<f32>;
@group(0) @binding(6) var<uniform> shape: Shape;

const NOT_A_NUMBER = 0x7fc00000u;
const FACTORS = 16u;

/// By its bits, for arithmetic on a GPU need not keep what is not finite.
fn is_finite(bits: u32) -> bool {
    return (bits & 0x7f800000u) != 0x7f800000u;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let at = number(id, groups);
    if at >= shape.count { return; }
    let channel = at % shape.stride;
    if channel >= shape.channels {
        put(at, 0.0);
        return;
    }
    let pixel = at / shape.stride;
    let index = (pixel / shape.pixels * shape.channels + channel) * shape.pixels + pixel % shape.pixels;

    var p = output[at];
    if GUIDANCE == 1u {
        let of_none = output[at + shape.count];
        p = of_none + step[10] * (p - of_none);
    }
    // What is not finite stays so in every later state: whoever reads one sees it.
    if !is_finite(bitcast<u32>(p)) || !is_finite(x_t[index]) {
        x0_hat[index] = NOT_A_NUMBER;
        x_s[index] = NOT_A_NUMBER;
        put(at, 0.0);
        return;
    }
    p *= step[9];
    let x = bitcast<f32>(x_t[index]);
    let x0 = clamp(step[0] * x + step[1] * p, -step[2], step[2]);
    let eps = step[3] * x + step[4] * select(p, x0, CLIP == 1u);
    var next = step[5] * x0 + step[6] * eps + step[7] * x;
    if NOISE == 1u { next += step[8] * step[FACTORS + index]; }
    x0_hat[index] = bitcast<u32>(x0);
    x_s[index] = bitcast<u32>(next);
    put(at, next * step[11] + step[12]);
}

fn put(at: u32, number: f32) {
    input[at] = number;
    if GUIDANCE == 1u { input[at + shape.count] = number; }
}
