//! What moves pixels about, where no operation does it while it reads.

#[cfg(feature = "webgpu")]
use super::gpu;
use super::image::{Image, Source};
#[cfg(feature = "cpu")]
use super::plain;

/// Every block of 2x2 becomes its mean; both sides are even.
pub fn halved(x: Image) -> Image {
    match x {
        #[cfg(feature = "webgpu")]
        Image::Gpu(x) => Image::Gpu(gpu::halved(&x)),
        #[cfg(feature = "cpu")]
        x => x.map(plain::halved),
    }
}

/// Every pixel becomes a block of 2x2.
pub fn doubled(x: Image) -> Image {
    match x {
        #[cfg(feature = "webgpu")]
        Image::Gpu(x) => Image::Gpu(gpu::doubled(&x)),
        #[cfg(feature = "cpu")]
        x => x.map(plain::doubled),
    }
}

/// The channels of a source and those behind them as one image, as they are.
pub fn concatenated(source: Source<'_>) -> Image {
    match (source.x, source.skip) {
        (x, None) => x.clone(),
        #[cfg(feature = "webgpu")]
        (Image::Gpu(x), Some(skip)) => Image::Gpu(gpu::concatenated(x, skip.on_gpu())),
        #[cfg(feature = "cpu")]
        (x, Some(skip)) => Image::from_tensor(Source { skip: Some(skip), ..Source::from(x) }.into_tensor()),
    }
}
