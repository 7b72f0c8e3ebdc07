//! Images on the device.

use std::rc::Rc;

use super::buffer::Buffer;
use super::context::{Gpu, Launch};
use super::kernel::{Kernel, Shader};
use super::words::{VECTOR, filled, word};

/// A batch of images: `[batch, height, width, channels]`, the channels filled up with zeros to whole vectors. Clones are
/// the same.
#[derive(Debug, Clone)]
pub struct Image {
    gpu: Gpu,
    buffer: Rc<Buffer>,
    /// Where in the buffer it begins: not at its start only for the rows of [`of_rows`](Self::of_rows).
    first: usize,
    dims: [usize; 4],
}

impl Image {
    /// An image whose numbers are written next.
    pub(super) fn empty(gpu: &Gpu, dims @ [batch, height, width, channels]: [usize; 4]) -> Self {
        let buffer = gpu.temporary(batch * height * width * filled(channels));
        Self { gpu: gpu.clone(), buffer: Rc::new(buffer), first: 0, dims }
    }

    /// `images` channel by channel, `[batch, channels, height, width]`.
    pub fn upload(images: &[f32], dims @ [batch, ..]: [usize; 4], gpu: &Gpu) -> Self {
        Self::of_planes(gpu, &gpu.upload(images), dims, batch, [1.0, 0.0])
    }

    /// Images that lie channel by channel, `[images, channels, height, width]`, as many times over as to make `batch` of them;
    /// every number times `factor`, and `shift`.
    pub(super) fn of_planes(
        gpu: &Gpu,
        planes: &Buffer,
        [images, channels, height, width]: [usize; 4],
        batch: usize,
        [factor, shift]: [f32; 2],
    ) -> Self {
        let y = Self::empty(gpu, [batch, height, width, channels]);
        let shape = [height * width, channels, y.stride(), y.len(), images].map(word);
        let launch = Launch {
            kernel: Kernel { shader: Shader::Planes, constants: vec![0] },
            buffers: &[planes, y.buffer()],
            shape: &[&shape[..], &[factor.to_bits(), shift.to_bits()]].concat(),
        };
        gpu.launch(&launch, y.len());
        y
    }

    /// One row of numbers for each image of a batch, as images of one pixel: each of `rows` makes one, and all of them lie in
    /// one buffer, one after the other.
    pub fn of_rows(rows: &[Vec<f32>], batch: usize, gpu: &Gpu) -> Vec<Self> {
        let mut numbers = Vec::new();
        let mut places = Vec::with_capacity(rows.len());
        for row in rows {
            let channels = row.len() / batch;
            places.push((numbers.len(), [batch, 1, 1, channels]));
            for row in row.chunks_exact(channels) {
                numbers.extend_from_slice(row);
                numbers.resize(numbers.len().next_multiple_of(VECTOR), 0.0);
            }
        }
        let buffer = Rc::new(gpu.upload(&numbers));
        let image = |(first, dims)| Self { gpu: gpu.clone(), buffer: Rc::clone(&buffer), first, dims };
        places.into_iter().map(image).collect()
    }

    /// Writes the numbers channel by channel, `[batch, channels, height, width]`.
    pub(super) fn write_planes(&self, planes: &Buffer) {
        let [batch, height, width, channels] = self.dims;
        let count = batch * channels * height * width;
        let shape = [height * width, channels, self.stride(), count, batch].map(word);
        let launch = Launch {
            kernel: Kernel { shader: Shader::Planes, constants: vec![1] },
            buffers: &[self.buffer(), planes],
            shape: &[&shape[..], &[1f32.to_bits(), 0f32.to_bits()]].concat(),
        };
        self.gpu.launch(&launch, count);
    }

    /// `[batch, height, width, channels]`.
    pub fn dims(&self) -> [usize; 4] {
        self.dims
    }

    /// Where it is.
    pub fn gpu(&self) -> &Gpu {
        &self.gpu
    }

    pub(super) fn buffer(&self) -> &Buffer {
        &self.buffer
    }

    /// Where in its buffer it begins.
    pub(super) fn first(&self) -> usize {
        self.first
    }

    /// Numbers from one pixel to the next.
    pub(super) fn stride(&self) -> usize {
        filled(self.dims[3])
    }

    /// Vectors of a pixel.
    pub(super) fn vectors(&self) -> usize {
        self.stride() / VECTOR
    }

    /// Numbers, with those that fill up.
    pub(super) fn len(&self) -> usize {
        let [batch, height, width, _] = self.dims;
        batch * height * width * self.stride()
    }
}
