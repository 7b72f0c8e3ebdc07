// Images from channel by channel, as they come and go, to pixel by pixel, as the network has them, and back; one invocation a
// number of the output. Constants: WAY (0: to pixels, 1: to planes).

struct Shape {
    // Pixels of an image, its channels, and the numbers from one pixel to the next.
    pixels: u32,
    channels: u32,
    stride: u32,
    // Numbers of the output, and images of the input: where the output has more, they come again.
    count: u32,
    images: u32,
    // Every number times the factor, and the shift.
    factor: f32,
    shift: f32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> shape: Shape;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let index = number(id, groups);
    if index >= shape.count { return; }
    if WAY == 1u {
        let pixel = index % shape.pixels;
        let channel = index / shape.pixels % shape.channels;
        let image = index / (shape.pixels * shape.channels);
        y[index] = x[(image * shape.pixels + pixel) * shape.stride + channel] * shape.factor + shape.shift;
        return;
    }
    let channel = index % shape.stride;
    let pixel = index / shape.stride % shape.pixels;
    let image = index / (shape.stride * shape.pixels) % shape.images;
    if channel < shape.channels {
        y[index] = x[(image * shape.channels + channel) * shape.pixels + pixel] * shape.factor + shape.shift;
    } else {
        y[index] = 0.0;
    }
}
