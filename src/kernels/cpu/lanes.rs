//! Four numbers at a time: a SIMD128 register on WebAssembly, and an array of which the compiler makes vectors elsewhere.

#[cfg(not(target_arch = "wasm32"))]
mod array;
#[cfg(target_arch = "wasm32")]
mod simd128;

#[cfg(not(target_arch = "wasm32"))]
pub use array::{
    LANES, Lanes, add, div, load, mul, multiply_add, not_above, not_below, power_of_two, splat, store, sub,
};
#[cfg(target_arch = "wasm32")]
pub use simd128::{
    LANES, Lanes, add, div, load, mul, multiply_add, not_above, not_below, power_of_two, splat, store, sub,
};

/// `of` of the numbers at the same place in each of `from`, four at a time; of fewer at the end, with zeros behind them.
#[inline(always)]
pub fn each<const N: usize>(to: &mut [f32], from: [&[f32]; N], of: impl Fn([Lanes; N]) -> Lanes) {
    let (whole, rest) = to.as_chunks_mut();
    let from = from.map(|from| from.as_chunks());
    for (index, to) in whole.iter_mut().enumerate() {
        store(to, of(from.map(|(whole, _)| load(&whole[index]))));
    }
    if !rest.is_empty() {
        put_part(rest, of(from.map(|(_, rest)| part(rest))));
    }
}

/// [`each`], in place.
#[inline(always)]
pub fn each_in_place(numbers: &mut [f32], of: impl Fn(Lanes) -> Lanes) {
    let (whole, rest) = numbers.as_chunks_mut();
    whole.iter_mut().for_each(|numbers| store(numbers, of(load(numbers))));
    if !rest.is_empty() {
        put_part(rest, of(part(rest)));
    }
}

/// Fewer numbers than a vector has, and zeros behind them.
fn part(from: &[f32]) -> Lanes {
    let mut whole = [0.0; LANES];
    whole[..from.len()].copy_from_slice(from);
    load(&whole)
}

/// The first numbers of a vector, as many as there is room for.
fn put_part(to: &mut [f32], lanes: Lanes) {
    let mut whole = [0.0; LANES];
    store(&mut whole, lanes);
    to.copy_from_slice(&whole[..to.len()]);
}
