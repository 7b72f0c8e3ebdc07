//! Attention on the device.

use super::super::shape::AttentionShape;
use super::context::Launch;
use super::image::Image;
use super::kernel::{Kernel, Shader};
use super::words::word;

/// Most queries of a workgroup, and dimensions of a head that it sums up at a time.
const QUERIES: usize = 4;
const THREADS: usize = 64;
/// Fewer workgroups than these leave most of a GPU idle.
const ENOUGH_WORKGROUPS: usize = 32;

/// For every pixel and head, the mean of all pixels' values, weighted by the softmax of its query's products with their
/// keys over sqrt(`head_dim`) (Vaswani et al. 2017, eq. 1).
///
/// # Shapes
/// - `queries_keys_values`: `[batch, height, width, 3 * inner]`, each of the three with its heads side by side
/// - output: `[batch, height, width, inner]`
pub fn attention(queries_keys_values: &Image, attention: AttentionShape) -> Image {
    let [batch, height, width, _] = queries_keys_values.dims();
    let AttentionShape { heads, head_dim } = attention;
    let y = Image::empty(queries_keys_values.gpu(), [batch, height, width, attention.inner()]);
    let shape = [height * width, heads, queries_keys_values.stride(), y.stride()].map(word);
    // An image's pixels alone, so that a batch takes the pipeline of one image.
    let is_few = (height * width).div_ceil(QUERIES) * heads < ENOUGH_WORKGROUPS;
    let queries = if is_few && y.gpu().is_hardware() { 1 } else { QUERIES };
    let constants = [head_dim, head_dim.div_ceil(THREADS), queries].map(word).to_vec();
    let launch = Launch {
        kernel: Kernel { shader: Shader::Attention, constants },
        buffers: &[queries_keys_values.buffer(), y.buffer()],
        shape: &[&shape[..], &[(attention.scale() as f32).to_bits()]].concat(),
    };
    y.gpu().launch_workgroups(&launch, [(height * width).div_ceil(queries), heads, batch]);
    y
}
