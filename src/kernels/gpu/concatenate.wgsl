// Two images side by side, where their channels are no multiples of 4; one invocation a number of the output.

struct Shape {
    // Channels of the first and of the second, and the numbers from one pixel to the next of both and of the output.
    channels: u32,
    skips: u32,
    stride: u32,
    skip_stride: u32,
    y_stride: u32,
    // Numbers of the output.
    count: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> skip: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> shape: Shape;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let index = number(id, groups);
    if index >= shape.count { return; }
    let channel = index % shape.y_stride;
    let pixel = index / shape.y_stride;
    if channel < shape.channels {
        y[index] = x[pixel * shape.stride + channel];
    } else if channel < shape.channels + shape.skips {
        y[index] = skip[pixel * shape.skip_stride + channel - shape.channels];
    } else {
        y[index] = 0.0;
    }
}
