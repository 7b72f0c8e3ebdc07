// A step's images as bytes, round((x / 2 + 0.5) * 255) in 0..255, four to a word: first all words of the predicted images, then all of
// the state. One invocation makes a word of each. Constants: what both words are where the state is not finite, DOUBTFUL_X0 and
// DOUBTFUL_STATE.

struct Shape {
    // Numbers of each, and the words that they fill.
    count: u32,
    words: u32,
}

@group(0) @binding(0) var<storage, read> x0_hat: array<u32>;
@group(0) @binding(1) var<storage, read> x_s: array<u32>;
@group(0) @binding(2) var<storage, read_write> bytes: array<u32>;
@group(0) @binding(3) var<uniform> shape: Shape;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let at = number(id, groups);
    if at >= shape.words { return; }
    var of_x0 = 0u;
    var of_state = 0u;
    var finite = true;
    for (var i = 0u; i < 4u; i++) {
        let index = 4u * at + i;
        if index >= shape.count { break; }
        of_x0 |= byte(x0_hat[index]) << (8u * i);
        of_state |= byte(x_s[index]) << (8u * i);
        finite = finite && is_finite(x_s[index]);
    }
    bytes[at] = select(DOUBTFUL_X0, of_x0, finite);
    bytes[shape.words + at] = select(DOUBTFUL_STATE, of_state, finite);
}

fn byte(bits: u32) -> u32 {
    return u32(clamp(round((bitcast<f32>(bits) * 0.5 + 0.5) * 255.0), 0.0, 255.0)) & 255u;
}
