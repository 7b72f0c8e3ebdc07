//! What the operations take and give.

use burn::tensor::{Device, Tensor, TensorData};

#[cfg(feature = "cpu")]
use super::cpu::pixels::Pixels;
use super::norm::GroupNorm;
use super::plain;

/// A batch of images: `[batch, height, width, channels]`. Cloning copies no pixels.
#[derive(Debug, Clone)]
pub enum Image {
    /// On a device that burn drives.
    Tensor(Tensor<4>),
    /// On the CPU.
    #[cfg(feature = "cpu")]
    Cpu(Pixels),
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
    /// `images` as burn lays them out, on `device`: `[batch, channels, height, width]`, one after the other.
    pub fn upload(images: &[f32], [batch, channels, height, width]: [usize; 4], device: &Device) -> Self {
        #[cfg(feature = "cpu")]
        if super::is_cpu(device) {
            return Self::Cpu(Pixels::of_planes(images, [batch, height, width, channels]));
        }
        let images = TensorData::new(images.to_vec(), [batch, channels, height, width]);
        Self::Tensor(Tensor::<4>::from_data(images, device).permute([0, 2, 3, 1]))
    }

    /// The elements, as [`upload`](Self::upload) takes them.
    ///
    /// # Errors
    /// What the device says where it fails.
    pub async fn download(self) -> Result<Vec<f32>, String> {
        match self {
            Self::Tensor(tensor) => {
                let data = tensor.permute([0, 3, 1, 2]).into_data_async().await.map_err(|error| error.to_string())?;
                data.try_into_vec().map_err(|error| error.to_string())
            }
            #[cfg(feature = "cpu")]
            Self::Cpu(pixels) => Ok(pixels.planes()),
        }
    }

    /// One row of numbers for each image of a batch, as an image of one pixel.
    pub fn from_rows(rows: Tensor<2>) -> Self {
        let [batch, channels] = rows.dims();
        Self::from_tensor(rows.reshape([batch, 1, 1, channels]))
    }

    /// The image of a tensor, where its device keeps images.
    pub fn from_tensor(tensor: Tensor<4>) -> Self {
        #[cfg(feature = "cpu")]
        if super::is_cpu(&tensor.device()) {
            return Self::Cpu(Pixels::of_tensor(tensor));
        }
        Self::Tensor(tensor)
    }

    /// The tensor of an image.
    pub fn into_tensor(self) -> Tensor<4> {
        match self {
            Self::Tensor(tensor) => tensor,
            #[cfg(feature = "cpu")]
            Self::Cpu(pixels) => pixels.into_tensor(),
        }
    }

    /// What plain burn operations make of the image.
    pub fn map(self, of: impl FnOnce(Tensor<4>) -> Tensor<4>) -> Self {
        Self::from_tensor(of(self.into_tensor()))
    }

    /// `[batch, height, width, channels]`.
    pub fn dims(&self) -> [usize; 4] {
        match self {
            Self::Tensor(tensor) => tensor.dims(),
            #[cfg(feature = "cpu")]
            Self::Cpu(pixels) => pixels.dims(),
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
    pub fn into_tensor(self) -> Tensor<4> {
        let x = self.x.clone().into_tensor();
        let x = match self.skip {
            Some(skip) => Tensor::cat(vec![x, skip.clone().into_tensor()], 3),
            None => x,
        };
        let x = match self.norm {
            Some(norm) => norm.forward(Source::from(&Image::from_tensor(x))).into_tensor(),
            None => x,
        };
        if self.doubled { plain::doubled(x) } else { x }
    }
}

impl<'a> From<&'a Image> for Source<'a> {
    fn from(x: &'a Image) -> Self {
        Self { x, skip: None, norm: None, doubled: false }
    }
}
