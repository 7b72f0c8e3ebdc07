//! Attention of pixels to pixels.

#[cfg(feature = "reference")]
use burn::tensor::{Tensor, activation};

#[cfg(feature = "cpu")]
use super::cpu;
#[cfg(feature = "webgpu")]
use super::gpu;
use super::image::Image;
use super::shape::AttentionShape;

/// For every pixel and head, the mean of all pixels' values, weighted by the softmax of its query's products with their
/// keys over sqrt(`head_dim`) (Vaswani et al. 2017, eq. 1).
///
/// # Shapes
/// - `queries_keys_values`: `[batch, height, width, 3 * inner]`, each of the three with its heads side by side
/// - output: `[batch, height, width, inner]`
pub fn attention(queries_keys_values: Image, shape: AttentionShape) -> Image {
    match queries_keys_values {
        #[cfg(feature = "webgpu")]
        Image::Gpu(image) => Image::Gpu(gpu::attention(&image, shape)),
        #[cfg(feature = "cpu")]
        Image::Cpu(pixels) => Image::Cpu(cpu::attention::attention(&pixels, shape)),
        #[cfg(feature = "reference")]
        Image::Tensor(tensor) => Image::Tensor(plain(tensor, shape)),
    }
}

/// [`attention`], of plain burn operations.
#[cfg(feature = "reference")]
fn plain(all: Tensor<4>, shape: AttentionShape) -> Tensor<4> {
    let AttentionShape { heads, head_dim } = shape;
    let [batch, height, width, _] = all.dims();
    // [batch, heads, pixels, head_dim]
    let part = |index: usize| {
        let part = all.clone().narrow(3, index * shape.inner(), shape.inner());
        part.reshape([batch, height * width, heads, head_dim]).swap_dims(1, 2)
    };
    let [queries, keys, values] = [0, 1, 2].map(part);
    let fit = activation::softmax(queries.mul_scalar(shape.scale()).matmul(keys.swap_dims(2, 3)), 3);
    fit.matmul(values).swap_dims(1, 2).reshape([batch, height, width, heads * head_dim])
}
