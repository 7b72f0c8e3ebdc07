// What several kernels share; put before each of them, with its constants.

/// The invocation's number: workgroups beyond a dimension's limit of 65535 go on in the next one.
fn number(id: vec3u, groups: vec3u) -> u32 {
    return id.y * groups.x * 64u + id.x;
}

/// By its bits, for arithmetic on a GPU need not keep what is not finite.
fn is_finite(bits: u32) -> bool {
    return (bits & 0x7f800000u) != 0x7f800000u;
}

/// The activations by their numbers in norm.rs.
fn activated(x: f32, activation: u32) -> f32 {
    switch activation {
        case 1u: { return x / (1.0 + exp(-x)); }
        case 2u: { return x * tanh(max(x, 0.0) + log(1.0 + exp(-abs(x)))); }
        case 3u: { return 0.5 * x * (1.0 + erf(x * 0.70710678)); }
        case 4u: { return max(x, 0.0); }
        default: { return x; }
    }
}

/// Abramowitz and Stegun 7.1.26, within 1.5e-7.
fn erf(x: f32) -> f32 {
    let t = 1.0 / (1.0 + 0.3275911 * abs(x));
    let p = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
    return sign(x) * (1.0 - p * exp(-x * x));
}
