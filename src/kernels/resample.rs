//! What moves pixels about, where no operation does it while it reads.

#[cfg(feature = "cpu")]
use super::cpu::pixels::pixels;
#[cfg(feature = "cpu")]
use super::cpu::resample;
#[cfg(feature = "webgpu")]
use super::gpu;
use super::image::{Image, Source};
#[cfg(feature = "reference")]
use super::reference;

/// Every block of 2x2 becomes its mean; both sides are even.
pub fn halved(x: Image) -> Image {
    match x {
        #[cfg(feature = "webgpu")]
        Image::Gpu(x) => Image::Gpu(gpu::halved(&x)),
        #[cfg(feature = "cpu")]
        Image::Cpu(x) => Image::Cpu(resample::halved(&x)),
        #[cfg(feature = "reference")]
        Image::Tensor(x) => Image::Tensor(reference::halved(x)),
    }
}

/// Every pixel becomes a block of 2x2.
pub fn doubled(x: Image) -> Image {
    match x {
        #[cfg(feature = "webgpu")]
        Image::Gpu(x) => Image::Gpu(gpu::doubled(&x)),
        #[cfg(feature = "cpu")]
        Image::Cpu(x) => Image::Cpu(resample::gathered(&x, None, 2, |_| None)),
        #[cfg(feature = "reference")]
        Image::Tensor(x) => Image::Tensor(reference::doubled(x)),
    }
}

/// The channels of a source and those behind them as one image, as they are.
pub fn concatenated(source: Source<'_>) -> Image {
    match (source.x, source.skip) {
        (x, None) => x.clone(),
        #[cfg(feature = "webgpu")]
        (Image::Gpu(x), Some(skip)) => Image::Gpu(gpu::concatenated(x, skip.on_gpu())),
        #[cfg(feature = "cpu")]
        (Image::Cpu(x), Some(skip)) => Image::Cpu(resample::gathered(x, Some(pixels(skip)), 1, |_| None)),
        #[cfg(feature = "reference")]
        (Image::Tensor(_), Some(skip)) => {
            Image::Tensor(Source { skip: Some(skip), ..Source::from(source.x) }.into_tensor())
        }
    }
}
