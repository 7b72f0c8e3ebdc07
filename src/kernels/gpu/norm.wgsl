// Group normalisation of an image and another one behind its channels, a scale and shift of the time embedding where there is one,
// and the activation: one kernel, for all that it reads is read by one workgroup.
//
// Tiling: a workgroup has one group of one image and goes over it three times, for the mean, for the variance about it, and to
// write. Sums of squares would lose the variance of a group whose mean is large, so there is no shorter way.
// Constants: SKIP, ACTIVATION, SCALE_SHIFT, THREADS of a workgroup: a multiple of 16.

struct Shape {
    // Pixels of an image.
    pixels: u32,
    // Channels of the image, and of the one behind it.
    channels: u32,
    skips: u32,
    // Numbers from one pixel to the next: the channels, up to a multiple of 4.
    stride: u32,
    skip_stride: u32,
    y_stride: u32,
    in_group: u32,
    eps: f32,
    // Where the scales and shifts begin, and the numbers of a row of them.
    first: u32,
    row: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> skip: array<f32>;
/// For every channel a factor, then for every channel what is added.
@group(0) @binding(2) var<storage, read> gamma_beta: array<f32>;
/// For every image: as gamma_beta.
@group(0) @binding(3) var<storage, read> scale_shift: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<uniform> shape: Shape;

var<workgroup> sums: array<f32, THREADS>;

fn element(pixel: u32, channel: u32) -> f32 {
    if SKIP == 1u && channel >= shape.channels { return skip[pixel * shape.skip_stride + channel - shape.channels]; }
    return x[pixel * shape.stride + channel];
}

/// The sum of a number of every thread, in an order that is the same each time.
fn total(number: f32, thread: u32) -> f32 {
    sums[thread] = number;
    workgroupBarrier();
    if thread < 16u {
        var sum = 0.0;
        for (var i = thread; i < THREADS; i += 16u) { sum += sums[i]; }
        sums[thread] = sum;
    }
    workgroupBarrier();
    var sum = 0.0;
    for (var i = 0u; i < 16u; i++) { sum += sums[i]; }
    workgroupBarrier();
    return sum;
}

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
    let image = group.y;
    let first = group.x * shape.in_group;
    let count = f32(shape.pixels * shape.in_group);
    let end = (image + 1u) * shape.pixels;
    // As many threads side by side as the group has channels, if so many there are, and each goes down the pixels.
    let columns = min(shape.in_group, THREADS);
    let rows = THREADS / columns;
    // Threads that are left over have no pixels.
    let start = select(end, image * shape.pixels + thread / columns, thread / columns < rows);
    let begin = first + thread % columns;
    let past = first + shape.in_group;

    var sum = 0.0;
    for (var channel = begin; channel < past; channel += columns) {
        for (var pixel = start; pixel < end; pixel += rows) { sum += element(pixel, channel); }
    }
    let mean = total(sum, thread) / count;
    sum = 0.0;
    for (var channel = begin; channel < past; channel += columns) {
        for (var pixel = start; pixel < end; pixel += rows) {
            let difference = element(pixel, channel) - mean;
            sum += difference * difference;
        }
    }
    let slope = 1.0 / sqrt(total(sum, thread) / count + shape.eps);

    let channels = shape.channels + shape.skips;
    for (var channel = begin; channel < past; channel += columns) {
        let gamma = gamma_beta[channel] * slope;
        let beta = gamma_beta[channels + channel];
        var scale = 1.0;
        var shift = 0.0;
        if SCALE_SHIFT == 1u {
            let row = shape.first + image * shape.row + channel;
            scale += scale_shift[row];
            shift = scale_shift[row + channels];
        }
        for (var pixel = start; pixel < end; pixel += rows) {
            let z = ((element(pixel, channel) - mean) * gamma + beta) * scale + shift;
            y[pixel * shape.y_stride + channel] = activated(z, ACTIVATION);
        }
    }
    // The numbers that fill up a pixel's last vector are zero, so that the convolution that follows may read them.
    if past == channels {
        for (var pixel = image * shape.pixels + thread; pixel < end; pixel += THREADS) {
            for (var channel = channels; channel < shape.y_stride; channel++) { y[pixel * shape.y_stride + channel] = 0.0; }
        }
    }
}
