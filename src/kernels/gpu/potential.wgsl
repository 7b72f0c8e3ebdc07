// How far predicted images move towards what is wanted of them: see Potential in run/potential.rs. The images lie channel by channel.
//
// A workgroup has one channel of one image, whose pixels its threads share; the sums over all of them go through the workgroup's memory.
// Constants: SYMMETRY (1: mirrored pixels are alike; 0: the mean of every region is near its colour).

struct Shape {
    // Pixels of an image, in a row of it, its channels, the images, and the regions.
    pixels: u32,
    width: u32,
    channels: u32,
    images: u32,
    regions: u32,
}

/// Regions: for each its colour, a number per channel, and what every pixel of every image counts in the mean.
struct Wanted {
    // Variance of the Gaussian that is multiplied, and that of what is wanted.
    variance: f32,
    of_r: f32,
    regions: array<f32>,
}

@group(0) @binding(0) var<storage, read> x0_hat: array<f32>;
@group(0) @binding(1) var<storage, read> wanted: Wanted;
@group(0) @binding(2) var<storage, read_write> moves: array<f32>;
@group(0) @binding(3) var<uniform> shape: Shape;

const THREADS = 64u;
/// Of each thread: the weighted sum of its pixels, and that of the squares of their weights.
var<workgroup> sums: array<vec2f, THREADS>;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
    let plane = group.x;
    let first = plane * shape.pixels;
    if SYMMETRY == 1u {
        mirror(first, thread);
        return;
    }
    for (var i = thread; i < shape.pixels; i += THREADS) { moves[first + i] = 0.0; }
    let of_region = shape.channels + shape.images * shape.pixels;
    for (var region = 0u; region < shape.regions; region++) {
        let colour = wanted.regions[region * of_region + plane % shape.channels];
        let weights = region * of_region + shape.channels + plane / shape.channels * shape.pixels;
        var sum = vec2f();
        for (var i = thread; i < shape.pixels; i += THREADS) {
            let a = wanted.regions[weights + i];
            sum += vec2f(a * x0_hat[first + i], a * a);
        }
        sums[thread] = sum;
        workgroupBarrier();
        for (var half = THREADS / 2u; half > 0u; half /= 2u) {
            if thread < half { sums[thread] += sums[thread + half]; }
            workgroupBarrier();
        }
        let all = sums[0];
        let down = wanted.variance * all.y + wanted.of_r;
        let share = select(0.0, wanted.variance * (colour - all.x) / down, wanted.variance > 0.0);
        for (var i = thread; i < shape.pixels; i += THREADS) {
            moves[first + i] += share * wanted.regions[weights + i];
        }
        // The next region's sums take the place of these.
        workgroupBarrier();
    }
}

/// Every pixel and its mirror image move towards one another.
fn mirror(first: u32, thread: u32) {
    let down = 2.0 * wanted.variance + wanted.of_r;
    let share = select(0.0, wanted.variance / down, wanted.variance > 0.0);
    for (var i = thread; i < shape.pixels; i += THREADS) {
        let column = i % shape.width;
        let mirrored = i - column + shape.width - 1u - column;
        moves[first + i] = share * (x0_hat[first + mirrored] - x0_hat[first + i]);
    }
}
