// What moves pixels about, one invocation a vector of 4 numbers of the output. Constants: WAY (0: every block of 2x2 becomes its
// mean, 1: every pixel becomes a block of 2x2).

struct Shape {
    // Height and width of the output.
    size: vec2u,
    // Vectors of 4 channels, and vectors in all.
    channels: u32,
    count: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(2) var<uniform> shape: Shape;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let index = number(id, groups);
    if index >= shape.count { return; }
    let channel = index % shape.channels;
    let pixel = index / shape.channels;
    let image = pixel / (shape.size.x * shape.size.y);
    let row = pixel / shape.size.y % shape.size.x;
    let column = pixel % shape.size.y;
    if WAY == 1u {
        let at = (image * shape.size.x / 2u + row / 2u) * (shape.size.y / 2u) + column / 2u;
        y[index] = x[at * shape.channels + channel];
    } else {
        let width = 2u * shape.size.y;
        let at = ((image * shape.size.x + row) * 2u * width + 2u * column) * shape.channels + channel;
        let below = at + width * shape.channels;
        y[index] = (x[at] + x[at + shape.channels] + x[below] + x[below + shape.channels]) * 0.25;
    }
}
