// Attention of pixels to pixels in one kernel: the products of queries and keys, their softmax, and the mean of the values.
//
// Tiling: a workgroup has up to 4 queries of one head of one image. It goes over the keys 64 at a time, a thread to a key; then a thread
// to one in 64 of the values' dimensions. The softmax is that of what has been seen so far, and what has been summed is scaled
// when a larger product comes (Milakov and Gimelshein 2018), so that the table of all products is never written.
// Constants: HEAD_DIM; ROUNDS = HEAD_DIM / 64, rounded up; QUERIES of a workgroup, at most 4.

struct Shape {
    // Pixels of an image.
    pixels: u32,
    heads: u32,
    // Numbers from one pixel to the next.
    stride: u32,
    y_stride: u32,
    // 1 / sqrt(HEAD_DIM).
    scale: f32,
}

/// For every pixel its queries, keys and values, each with the heads side by side.
@group(0) @binding(0) var<storage, read> qkv: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> shape: Shape;

const THREADS = 64u;
/// Less than every product, and not infinite: the difference of two of them is a number.
const LEAST = -3.0e38;

/// Of 4 queries, so that each has its place in a vector; only the first QUERIES are written.
var<workgroup> queries: array<f32, 4u * HEAD_DIM>;
var<workgroup> weights: array<vec4f, THREADS>;
/// Of each query: the largest product so far, what the sums before it are scaled by, and the sum of the weights.
var<workgroup> largest: vec4f;
var<workgroup> rescale: vec4f;
var<workgroup> total: vec4f;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
    let first = group.x * QUERIES;
    let head = group.y;
    let image = group.z * shape.pixels;
    let inner = shape.heads * HEAD_DIM;

    for (var i = thread; i < 4u * HEAD_DIM; i += THREADS) {
        let query = min(first + i / HEAD_DIM, shape.pixels - 1u);
        queries[i] = qkv[(image + query) * shape.stride + head * HEAD_DIM + i % HEAD_DIM] * shape.scale;
    }
    if thread == 0u {
        largest = vec4f(LEAST);
        total = vec4f();
    }
    var sums: array<vec4f, ROUNDS>;
    for (var tile = 0u; tile < shape.pixels; tile += THREADS) {
        workgroupBarrier();
        weights[thread] = products(image, tile + thread, inner + head * HEAD_DIM);
        workgroupBarrier();
        if thread == 0u {
            weigh();
        }
        workgroupBarrier();
        let count = min(THREADS, shape.pixels - tile);
        for (var round = 0u; round < ROUNDS; round++) {
            let column = round * THREADS + thread;
            if column >= HEAD_DIM { continue; }
            var sum = sums[round] * rescale;
            var at = (image + tile) * shape.stride + 2u * inner + head * HEAD_DIM + column;
            for (var key = 0u; key < count; key++) {
                sum += weights[key] * qkv[at];
                at += shape.stride;
            }
            sums[round] = sum;
        }
    }
    for (var round = 0u; round < ROUNDS; round++) {
        let column = round * THREADS + thread;
        if column >= HEAD_DIM { continue; }
        let mean = sums[round] / total;
        for (var query = 0u; query < min(QUERIES, shape.pixels - first); query++) {
            y[(image + first + query) * shape.y_stride + head * HEAD_DIM + column] = mean[query];
        }
    }
    // The numbers that fill up a pixel's last vector are zero.
    if head == 0u && thread < QUERIES && first + thread < shape.pixels {
        for (var column = inner; column < shape.y_stride; column++) {
            y[(image + first + thread) * shape.y_stride + column] = 0.0;
        }
    }
}

/// The products of the workgroup's queries with one key.
fn products(image: u32, key: u32, column: u32) -> vec4f {
    if key >= shape.pixels { return vec4f(LEAST); }
    let at = (image + key) * shape.stride + column;
    var sum = vec4f();
    for (var i = 0u; i < HEAD_DIM; i++) {
        let k = qkv[at + i];
        sum += k * vec4f(queries[i], queries[HEAD_DIM + i], queries[2u * HEAD_DIM + i], queries[3u * HEAD_DIM + i]);
    }
    return sum;
}

/// Makes weights of a tile's products.
fn weigh() {
    var most = largest;
    for (var key = 0u; key < THREADS; key++) { most = max(most, weights[key]); }
    rescale = exp(largest - most);
    var sum = total * rescale;
    for (var key = 0u; key < THREADS; key++) {
        let weight = exp(weights[key] - most);
        weights[key] = weight;
        sum += weight;
    }
    total = sum;
    largest = most;
}
