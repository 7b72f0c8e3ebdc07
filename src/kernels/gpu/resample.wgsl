// Halving and doubling, one invocation a vector of 4 numbers of the output. Constants: WAY (0: halves, 1: doubles), FILTERED (0: every
// block of 2x2 becomes its mean, and every pixel a block of 2x2; 1: by the filter [1, 3, 3, 1]), MIRROR (1: beyond its edges the image
// is mirrored at its outermost pixels, 0: zeros).

struct Shape {
    // Height and width of the input, and of the output.
    of_x: vec2u,
    of_y: vec2u,
    // Vectors of 4 channels, and vectors in all.
    channels: u32,
    count: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(2) var<uniform> shape: Shape;

/// How many pixels of a side make one of the output.
const TAPS = (2u - WAY) * (1u + FILTERED);

/// The pixel that a tap of output `index` finds, one up: 0 is before the first.
fn shifted(index: u32, tap: u32) -> u32 {
    if WAY == 1u { return index / 2u + select(1u, 2u * (index % 2u), tap == 1u); }
    return 2u * index + tap + 1u - FILTERED;
}

fn weight(tap: u32) -> f32 {
    if FILTERED == 0u { return select(0.5, 1.0, WAY == 1u); }
    if WAY == 1u { return select(0.75, 0.25, tap == 1u); }
    return select(0.375, 0.125, tap == 0u || tap == 3u);
}

/// The pixel of a side of `length`, and its weight.
fn found(index: u32, tap: u32, length: u32) -> vec2f {
    let place = shifted(index, tap);
    let beyond = select(0.0, weight(tap), MIRROR == 1u);
    if place == 0u { return vec2f(f32(min(1u, length - 1u)), beyond); }
    if place > length { return vec2f(f32(max(length, 2u) - 2u), beyond); }
    return vec2f(f32(place - 1u), weight(tap));
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let index = number(id, groups);
    if index >= shape.count { return; }
    let channel = index % shape.channels;
    let pixel = index / shape.channels;
    let image = pixel / (shape.of_y.x * shape.of_y.y);
    let row = pixel / shape.of_y.y % shape.of_y.x;
    let column = pixel % shape.of_y.y;
    var sum = vec4f();
    for (var i = 0u; i < TAPS; i++) {
        let down = found(row, i, shape.of_x.x);
        for (var j = 0u; j < TAPS; j++) {
            let across = found(column, j, shape.of_x.y);
            let at = (image * shape.of_x.x + u32(down.x)) * shape.of_x.y + u32(across.x);
            sum += down.y * across.y * x[at * shape.channels + channel];
        }
    }
    y[index] = sum;
}
