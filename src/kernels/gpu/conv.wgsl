// A convolution with all that stands around it: the zeros at the border, a second image behind the channels of the first, pixels
// that stand for blocks of 2x2, the bias, what is added, and a factor.
//
// Tiling: an invocation computes 4 pixels x 4 output channels in registers, so that 8 loads of vectors feed 64 multiplications.
// Neighbouring invocations have neighbouring output channels and the same pixels: their weights lie side by side, and the pixels
// come from the cache. There is no workgroup memory: its barriers cost more than they save at the sizes of a U-Net's levels.
// Weights that come from halves are halves, scaled by a power of two; they are widened before they are multiplied, so that the
// sums are those of f32.
// Constants: SIDE, STRIDE, BEFORE (rows of zeros above), DOUBLED, SKIP, ADDED (1: a number for each channel, 2: an image, 3: an
// image, and with SKIP the one behind its channels, through a convolution of 1x1: a residual block's shortcut), HALVES and
// SHORTCUT_HALVES (what the weights are). Types: Weights and ShortcutWeights, vec4f or vec4h.

struct Shape {
    // Height and width of the output, and of the stored input.
    size: vec2u,
    input: vec2u,
    // Pixels of the output in the whole batch.
    pixels: u32,
    // Vectors of 4 channels.
    inputs: u32,
    skips: u32,
    outputs: u32,
    // Where the numbers begin that are added, and of an image that is added the vectors of a pixel.
    first: u32,
    addeds: u32,
    factor: f32,
    // What sums are multiplied by in the end, and what they are before those of a shortcut are added.
    scale: f32,
    ratio: f32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> skip: array<vec4f>;
/// For every tap, input and vector of outputs.
@group(0) @binding(2) var<storage, read> weights: array<Weights>;
@group(0) @binding(3) var<storage, read> bias: array<vec4f>;
@group(0) @binding(4) var<storage, read> added: array<vec4f>;
@group(0) @binding(5) var<storage, read> shortcut_weights: array<ShortcutWeights>;
@group(0) @binding(6) var<storage, read> shortcut_bias: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(8) var<uniform> shape: Shape;

const OUTSIDE = 0xffffffffu;

/// The stored pixel that an output's pixel sees at a tap.
fn seen(pixel: u32, tap: vec2u) -> u32 {
    let area = shape.size.x * shape.size.y;
    let within = pixel % area;
    // Above and left of the image the numbers wrap around, and are too large like those below it.
    let at = vec2u(within / shape.size.y, within % shape.size.y) * STRIDE + tap - BEFORE;
    if pixel >= shape.pixels || any(at >= (shape.input << vec2u(DOUBLED))) { return OUTSIDE; }
    let stored = at >> vec2u(DOUBLED);
    return (pixel / area * shape.input.x + stored.x) * shape.input.y + stored.y;
}

fn of_x(pixel: u32, channel: u32) -> vec4f {
    if pixel == OUTSIDE { return vec4f(); }
    return x[pixel * shape.inputs + channel];
}

fn of_skip(pixel: u32, channel: u32) -> vec4f {
    if pixel == OUTSIDE { return vec4f(); }
    return skip[pixel * shape.skips + channel];
}

/// The weights of 4 inputs for 4 outputs.
fn matrix(first: u32) -> mat4x4f {
    return mat4x4f(vec4f(weights[first]), vec4f(weights[first + shape.outputs]),
        vec4f(weights[first + 2u * shape.outputs]), vec4f(weights[first + 3u * shape.outputs]));
}

/// The same of the shortcut.
fn shortcut(first: u32) -> mat4x4f {
    return mat4x4f(vec4f(shortcut_weights[first]), vec4f(shortcut_weights[first + shape.outputs]),
        vec4f(shortcut_weights[first + 2u * shape.outputs]), vec4f(shortcut_weights[first + 3u * shape.outputs]));
}

fn finished(sum: vec4f, pixel: u32, channel: u32) -> vec4f {
    var z = sum * shape.scale + bias[channel];
    if ADDED == 1u { z += added[shape.first + pixel / (shape.size.x * shape.size.y) * shape.outputs + channel]; }
    if ADDED == 2u { z += added[pixel * shape.outputs + channel]; }
    if ADDED == 3u { z += shortcut_bias[channel]; }
    return z * shape.factor;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let index = number(id, groups);
    let output = index % shape.outputs;
    let pixel = index / shape.outputs * 4u;
    if pixel >= shape.pixels { return; }

    var y0 = vec4f();
    var y1 = vec4f();
    var y2 = vec4f();
    var y3 = vec4f();
    var weight = output;
    for (var tap = 0u; tap < SIDE * SIDE; tap++) {
        let place = vec2u(tap / SIDE, tap % SIDE);
        let p0 = seen(pixel, place);
        let p1 = seen(pixel + 1u, place);
        let p2 = seen(pixel + 2u, place);
        let p3 = seen(pixel + 3u, place);
        for (var c = 0u; c < shape.inputs; c++) {
            let w = matrix(weight);
            weight += 4u * shape.outputs;
            y0 += w * of_x(p0, c);
            y1 += w * of_x(p1, c);
            y2 += w * of_x(p2, c);
            y3 += w * of_x(p3, c);
        }
        if SKIP == 1u && ADDED != 3u {
            for (var c = 0u; c < shape.skips; c++) {
                let w = matrix(weight);
                weight += 4u * shape.outputs;
                y0 += w * of_skip(p0, c);
                y1 += w * of_skip(p1, c);
                y2 += w * of_skip(p2, c);
                y3 += w * of_skip(p3, c);
            }
        }
    }
    if ADDED == 3u {
        y0 *= shape.ratio;
        y1 *= shape.ratio;
        y2 *= shape.ratio;
        y3 *= shape.ratio;
        let p1 = min(pixel + 1u, shape.pixels - 1u);
        let p2 = min(pixel + 2u, shape.pixels - 1u);
        let p3 = min(pixel + 3u, shape.pixels - 1u);
        weight = output;
        for (var c = 0u; c < shape.addeds; c++) {
            let w = shortcut(weight);
            weight += 4u * shape.outputs;
            y0 += w * added[pixel * shape.addeds + c];
            y1 += w * added[p1 * shape.addeds + c];
            y2 += w * added[p2 * shape.addeds + c];
            y3 += w * added[p3 * shape.addeds + c];
        }
        if SKIP == 1u {
            for (var c = 0u; c < shape.skips; c++) {
                let w = shortcut(weight);
                weight += 4u * shape.outputs;
                y0 += w * of_skip(pixel, c);
                y1 += w * of_skip(p1, c);
                y2 += w * of_skip(p2, c);
                y3 += w * of_skip(p3, c);
            }
        }
    }
    let at = pixel * shape.outputs + output;
    y[at] = finished(y0, pixel, output);
    if pixel + 1u < shape.pixels { y[at + shape.outputs] = finished(y1, pixel + 1u, output); }
    if pixel + 2u < shape.pixels { y[at + 2u * shape.outputs] = finished(y2, pixel + 2u, output); }
    if pixel + 3u < shape.pixels { y[at + 3u * shape.outputs] = finished(y3, pixel + 3u, output); }
}
