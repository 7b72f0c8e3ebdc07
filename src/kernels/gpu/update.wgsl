// A sampler's step: the predicted image and the next state from the network's output, element by element. The state lies channel by
// channel, as it is read and drawn; the output as the network has it, and so does the next state once more, as the next step's input.
// Constants: CLIP (1: eps_hat follows from the clipped x0_hat),
// NOISE (1: fresh noise is added), GUIDANCE (1: the second half of the output is that of no class), EDIT (1: the step is changed
// towards what is given of the images: see Change in run/edit.rs), POTENTIAL (1: x0_hat moves by `moves`, 2: the step's mean does).

struct Shape {
    // Pixels of an image, its channels, the numbers from one pixel to the next where they lie pixel by pixel, and those in all.
    pixels: u32,
    channels: u32,
    stride: u32,
    count: u32,
}

/// The factors of a step: see Update in update.rs, which writes them in this order.
struct Step {
    x0_of_x: f32,
    x0_of_output: f32,
    bound: f32,
    eps_of_x: f32,
    // Of the output, or with CLIP of the clipped x0_hat.
    eps_of_other: f32,
    c_x0: f32,
    c_eps: f32,
    c_xt: f32,
    c_z: f32,
    output_factor: f32,
    guidance: f32,
    input_factor: f32,
    input_shift: f32,
    // How eps_hat follows an x0_hat that is moved.
    eps_of_moved: f32,
    // The change; without EDIT nothing of it is read.
    x0_variance: f32,
    noise_variance: f32,
    open: f32,
    step_variance: f32,
    v_factor: f32,
    replaces: f32,
    y_factor: f32,
    z_factor: f32,
    // As many as the state has; without NOISE one number that is not read.
    noise: array<f32>,
}

@group(0) @binding(0) var<storage, read> x_t: array<u32>;
@group(0) @binding(1) var<storage, read> output: array<f32>;
@group(0) @binding(2) var<storage, read> step: Step;
/// With EDIT three numbers for each of the state, one kind behind the other: target, weight, and, where they are read, variance.
@group(0) @binding(3) var<storage, read> edit: array<f32>;
/// As many as the state has; without POTENTIAL one number that is not read.
@group(0) @binding(4) var<storage, read> moves: array<f32>;
@group(0) @binding(5) var<storage, read_write> x0_hat: array<u32>;
@group(0) @binding(6) var<storage, read_write> x_s: array<u32>;
/// With guidance twice, one behind the other.
@group(0) @binding(7) var<storage, read_write> input: array<f32>;
@group(0) @binding(8) var<uniform> shape: Shape;

const NOT_A_NUMBER = 0x7fc00000u;

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
        p = of_none + step.guidance * (p - of_none);
    }
    // What is not finite stays so in every later state: whoever reads one sees it.
    if !is_finite(bitcast<u32>(p)) || !is_finite(x_t[index]) {
        x0_hat[index] = NOT_A_NUMBER;
        x_s[index] = NOT_A_NUMBER;
        put(at, 0.0);
        return;
    }
    p *= step.output_factor;
    let x = bitcast<f32>(x_t[index]);
    var x0 = clamp(step.x0_of_x * x + step.x0_of_output * p, -step.bound, step.bound);
    var eps = step.eps_of_x * x + step.eps_of_other * select(p, x0, CLIP == 1u);
    var z = 0.0;
    if NOISE == 1u { z = step.noise[index]; }
    if POTENTIAL == 1u {
        x0 += moves[index];
        eps += step.eps_of_moved * moves[index];
    }
    var c_z = step.c_z;
    var pull = 0.0;
    if EDIT == 1u {
        let gain = share(step.x0_variance, 1.0, index);
        pull = share(step.step_variance, step.v_factor, index);
        let moved = gain * (edit[index] - x0);
        x0 += moved;
        eps += step.eps_of_moved * moved;
        let variance = step.noise_variance - gain * step.open - pull * step.step_variance;
        c_z = min(c_z, sqrt(max(variance, 0.0)));
    }
    var next = step.c_x0 * x0 + step.c_eps * eps + step.c_xt * x;
    if POTENTIAL == 2u { next += moves[index]; }
    if EDIT == 1u { next += pull * (edit[index] - next); }
    next += c_z * z;
    if EDIT == 1u {
        let weight = step.replaces * edit[numbers() + index];
        next += weight * (step.y_factor * edit[index] + step.z_factor * z - next);
    }
    x0_hat[index] = bitcast<u32>(x0);
    x_s[index] = bitcast<u32>(next);
    put(at, next * step.input_factor + step.input_shift);
}

fn put(at: u32, number: f32) {
    input[at] = number;
    if GUIDANCE == 1u { input[at + shape.count] = number; }
}

/// Numbers of the state.
fn numbers() -> u32 {
    return shape.count / shape.stride * shape.channels;
}

/// How far a Gaussian of this variance moves towards the target.
fn share(prior: f32, factor: f32, index: u32) -> f32 {
    if prior <= 0.0 { return 0.0; }
    let weight = edit[numbers() + index];
    return weight * prior / (prior + factor * edit[2u * numbers() + index]);
}
