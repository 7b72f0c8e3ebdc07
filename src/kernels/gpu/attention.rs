//! Attention on the device.

use super::super::shape::AttentionShape;
use super::context::Launch;
use super::image::GpuImage;
use super::kernel::{Kernel, Shader};
use super::word;

/// Queries of a workgroup, and dimensions of a head that it sums up at a time.
const QUERIES: usize = 4;
const THREADS: usize = 64;

/// [`attention`](super::super::attention::attention).
pub fn attention(queries_keys_values: &GpuImage, attention: AttentionShape) -> GpuImage {
    let [batch, height, width, _] = queries_keys_values.dims();
    let AttentionShape { heads, head_dim } = attention;
    let y = GpuImage::empty(queries_keys_values.gpu(), [batch, height, width, attention.inner()]);
    let shape = [height * width, heads, queries_keys_values.stride(), y.stride()].map(word);
    let constants = [head_dim, head_dim.div_ceil(THREADS)].map(word).to_vec();
    let launch = Launch {
        kernel: Kernel { shader: Shader::Attention, constants },
        buffers: &[queries_keys_values.buffer(), y.buffer()],
        shape: &[&shape[..], &[(attention.scale() as f32).to_bits()]].concat(),
    };
    y.gpu().launch_workgroups(&launch, [(height * width).div_ceil(QUERIES), heads, batch]);
    y
}
