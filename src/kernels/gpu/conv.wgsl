// A convolution with all that stands around it: the zeros at the border, a second image behind the channels of the first, pixels
// that stand for blocks of 2x2, the bias, what is added, and a factor.
//
// Tiling: an invocation computes 4 pixels x 4 output channels in registers, so that 8 loads of vectors feed 64 multiplications.
// Neighbouring invocations have neighbouring output channels and the same pixels: their weights lie side by side, and the pixels
// come from the cache. Where that makes too few workgroups, SLICED, the inputs of a tile are divided among some invocations of a
// workgroup, which sum up what they have in its memory: one barrier for all. Where it makes enough there is no workgroup memory.
// Weights that come from halves are halves, scaled by a power of two; they are widened before they are multiplied, so that the
// sums are those of f32.
// Constants: SIDE, STRIDE, BEFORE (rows of zeros above), DOUBLED, SKIP, ADDED (1: a number for each channel, 2: an image, 3: an
// image, and with SKIP the one behind its channels, through a convolution of 1x1: a residual block's shortcut), HALVES and
// SHORTCUT_HALVES (what the weights are), SLICED. Types: Weights and ShortcutWeights, vec4f or vec4h.

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
    // Invocations among which the inputs of a tile are divided: 1 or, with SLICED, a power of 2 up to 16.
    slices: u32,
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

const INVOCATIONS = 64u;
/// For each of a tile's 4 pixels what every invocation has summed up; with SLICED.
var<workgroup> parts: array<vec4f, SLICED * 255u + 1u>;

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
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
    @builtin(local_invocation_index) local: u32) {
    // Neighbours have neighbouring tiles, and the tiles of a workgroup come once for each slice.
    let tiles = INVOCATIONS / shape.slices;
    let tile = local % tiles;
    let slice = local / tiles;
    let index = (group.y * groups.x + group.x) * tiles + tile;
    let output = index % shape.outputs;
    // Those beyond the last tile go on, for others may wait for them: they find no pixels, and write none.
    let pixel = index / shape.outputs * 4u;

    var y0 = vec4f();
    var y1 = vec4f();
    var y2 = vec4f();
    var y3 = vec4f();
    let turn = 4u * shape.outputs * shape.slices;
    let behind = select(0u, shape.skips, SKIP == 1u && ADDED != 3u);
    var weight = output + slice * 4u * shape.outputs;
    // Every slices-th vector of channels, counted through all taps.
    var c = slice;
    for (var tap = 0u; tap < SIDE * SIDE; tap++) {
        let place = vec2u(tap / SIDE, tap % SIDE);
        let p0 = seen(pixel, place);
        let p1 = seen(pixel + 1u, place);
        let p2 = seen(pixel + 2u, place);
        let p3 = seen(pixel + 3u, place);
        for (; c < shape.inputs; c += shape.slices) {
            let w = matrix(weight);
            weight += turn;
            y0 += w * of_x(p0, c);
            y1 += w * of_x(p1, c);
            y2 += w * of_x(p2, c);
            y3 += w * of_x(p3, c);
        }
        if SKIP == 1u && ADDED != 3u {
            for (; c < shape.inputs + shape.skips; c += shape.slices) {
                let w = matrix(weight);
                weight += turn;
                let channel = c - shape.inputs;
                y0 += w * of_skip(p0, channel);
                y1 += w * of_skip(p1, channel);
                y2 += w * of_skip(p2, channel);
                y3 += w * of_skip(p3, channel);
            }
        }
        c -= shape.inputs + behind;
    }
    if ADDED == 3u {
        y0 *= shape.ratio;
        y1 *= shape.ratio;
        y2 *= shape.ratio;
        y3 *= shape.ratio;
        let last = shape.pixels - 1u;
        let p0 = min(pixel, last);
        let p1 = min(pixel + 1u, last);
        let p2 = min(pixel + 2u, last);
        let p3 = min(pixel + 3u, last);
        weight = output + slice * 4u * shape.outputs;
        c = slice;
        for (; c < shape.addeds; c += shape.slices) {
            let w = shortcut(weight);
            weight += turn;
            y0 += w * added[p0 * shape.addeds + c];
            y1 += w * added[p1 * shape.addeds + c];
            y2 += w * added[p2 * shape.addeds + c];
            y3 += w * added[p3 * shape.addeds + c];
        }
        if SKIP == 1u {
            for (; c < shape.addeds + shape.skips; c += shape.slices) {
                let w = shortcut(weight);
                weight += turn;
                let channel = c - shape.addeds;
                y0 += w * of_skip(p0, channel);
                y1 += w * of_skip(p1, channel);
                y2 += w * of_skip(p2, channel);
                y3 += w * of_skip(p3, channel);
            }
        }
    }
    if SLICED == 1u {
        parts[local] = y0;
        parts[INVOCATIONS + local] = y1;
        parts[2u * INVOCATIONS + local] = y2;
        parts[3u * INVOCATIONS + local] = y3;
        workgroupBarrier();
        for (var p = slice; p < 4u; p += shape.slices) {
            if pixel + p >= shape.pixels { break; }
            var sum = vec4f();
            for (var part = tile; part < INVOCATIONS; part += tiles) { sum += parts[p * INVOCATIONS + part]; }
            y[(pixel + p) * shape.outputs + output] = finished(sum, pixel + p, output);
        }
        return;
    }
    let at = pixel * shape.outputs + output;
    if pixel < shape.pixels { y[at] = finished(y0, pixel, output); }
    if pixel + 1u < shape.pixels { y[at + shape.outputs] = finished(y1, pixel + 1u, output); }
    if pixel + 2u < shape.pixels { y[at + 2u * shape.outputs] = finished(y2, pixel + 2u, output); }
    if pixel + 3u < shape.pixels { y[at + 3u * shape.outputs] = finished(y3, pixel + 3u, output); }
}
