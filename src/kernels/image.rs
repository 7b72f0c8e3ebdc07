//! What the operations take and give.

#[cfg(feature = "reference")]
use burn::tensor::Tensor;

#[cfg(feature = "cpu")]
use super::cpu::pixels::Pixels;
use super::device::Device;
#[cfg(feature = "webgpu")]
use super::gpu::{GpuImage, GpuState};
use super::norm::GroupNorm;
#[cfg(feature = "reference")]
use super::reference;

/// A batch of images: `[batch, height, width, channels]`. Cloning copies no pixels.
#[derive(Debug, Clone)]
pub enum Image {
    /// Of burn, on the CPU: the reference.
    #[cfg(feature = "reference")]
    Tensor(Tensor<4>),
    /// On the CPU.
    #[cfg(feature = "cpu")]
    Cpu(Pixels),
    /// On a GPU.
    #[cfg(feature = "webgpu")]
    Gpu(GpuImage),
}

/// What a convolution reads. It is put together while it is read, so that no copy of it need be written first.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The first channels.
    pub x: &'a Image,
    /// The channels behind them.
    pub skip: Option<&'a Image>,
    /// What all of them are normalised by.
    pub norm: Option<&'a GroupNorm>,
    /// Whether every pixel stands for a block of 2x2.
    pub doubled: bool,
}

impl Image {
    /// `images` channel by channel, `[batch, channels, height, width]`, on `device`.
    pub fn upload(images: &[f32], [batch, channels, height, width]: [usize; 4], device: &Device) -> Self {
        match device {
            #[cfg(feature = "cpu")]
            Device::Cpu => Self::Cpu(Pixels::of_planes(images, [batch, height, width, channels])),
            #[cfg(feature = "webgpu")]
            Device::Gpu(gpu) => {
                let state = GpuState::upload(gpu, images, [batch, channels, height, width]);
                Self::Gpu(GpuImage::of_state(gpu, &state, batch, [1.0, 0.0]))
            }
        }
    }

    /// The elements, as [`upload`](Self::upload) takes them.
    ///
    /// # Errors
    /// What the device says where it fails.
    pub async fn download(self) -> Result<Vec<f32>, String> {
        match self {
            #[cfg(feature = "reference")]
            Self::Tensor(tensor) => {
                tensor.permute([0, 3, 1, 2]).into_data().try_into_vec().map_err(|error| error.to_string())
            }
            #[cfg(feature = "cpu")]
            Self::Cpu(pixels) => Ok(pixels.planes()),
            #[cfg(feature = "webgpu")]
            Self::Gpu(image) => Ok(image.gpu().read(&[&image.to_state()]).await?.concat()),
        }
    }

    /// One row of numbers for each image of a batch, as images of one pixel, `[batch, 1, 1, channels]`: one for each of
    /// `rows`, which are `[batch, channels]`.
    pub fn of_rows(rows: &[Vec<f32>], batch: usize, device: &Device) -> Vec<Self> {
        match device {
            #[cfg(feature = "cpu")]
            Device::Cpu => {
                let image = |row: &Vec<f32>| Self::Cpu(Pixels::of_planes(row, [batch, 1, 1, row.len() / batch]));
                rows.iter().map(image).collect()
            }
            #[cfg(feature = "webgpu")]
            Device::Gpu(gpu) => GpuImage::of_rows(gpu, rows, batch).into_iter().map(Self::Gpu).collect(),
        }
    }

    /// The image of a tensor, as the CPU's own operations have it.
    #[cfg(feature = "reference")]
    pub fn from_tensor(tensor: Tensor<4>) -> Self {
        Self::Cpu(Pixels::of_tensor(tensor))
    }

    /// The tensor of an image.
    #[cfg(feature = "reference")]
    pub fn into_tensor(self) -> Tensor<4> {
        match self {
            Self::Tensor(tensor) => tensor,
            Self::Cpu(pixels) => pixels.into_tensor(),
            #[cfg(feature = "webgpu")]
            Self::Gpu(_) => unreachable!("burn has no images on a GPU"),
        }
    }

    /// The image on the GPU that it is on.
    #[cfg(feature = "webgpu")]
    pub(super) fn on_gpu(&self) -> &GpuImage {
        match self {
            Self::Gpu(image) => image,
            #[cfg(feature = "cpu")]
            _ => unreachable!("a network on a GPU has its images there"),
        }
    }

    /// `[batch, height, width, channels]`.
    pub fn dims(&self) -> [usize; 4] {
        match self {
            #[cfg(feature = "reference")]
            Self::Tensor(tensor) => tensor.dims(),
            #[cfg(feature = "cpu")]
            Self::Cpu(pixels) => pixels.dims(),
            #[cfg(feature = "webgpu")]
            Self::Gpu(image) => image.dims(),
        }
    }
}

impl<'a> Source<'a> {
    /// The same, normalised.
    pub fn normed(self, norm: &'a GroupNorm) -> Self {
        Self { norm: Some(norm), ..self }
    }

    /// The same, twice as high and wide.
    pub fn doubled(self) -> Self {
        Self { doubled: true, ..self }
    }

    /// All channels as one tensor, normalised and doubled.
    #[cfg(feature = "reference")]
    pub(super) fn into_tensor(self) -> Tensor<4> {
        let x = self.x.clone().into_tensor();
        let x = match self.skip {
            Some(skip) => Tensor::cat(vec![x, skip.clone().into_tensor()], 3),
            None => x,
        };
        let x = match self.norm {
            Some(norm) => norm.forward(Source::from(&Image::Tensor(x))).into_tensor(),
            None => x,
        };
        if self.doubled { reference::doubled(x) } else { x }
    }
}

impl<'a> From<&'a Image> for Source<'a> {
    fn from(x: &'a Image) -> Self {
        Self { x, skip: None, norm: None, doubled: false }
    }
}
