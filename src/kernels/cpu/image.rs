//! Images in the CPU's memory. A buffer that is dropped is kept for the next one, so that after the first step of a run
//! nothing is allocated.

use std::cell::RefCell;
use std::rc::Rc;

use super::aligned::Aligned;
use super::device::Device;

thread_local! {
    static KEPT: RefCell<Vec<Aligned>> = const { RefCell::new(Vec::new()) };
}

/// Most buffers that are kept: more than a step of any network holds at once would be waste.
const MOST_KEPT: usize = 64;

/// Numbers that come from the kept ones, and go back to them.
#[derive(Debug)]
pub struct Buffer {
    /// At least `len` numbers, so that none need be written when a shorter one becomes a longer one.
    numbers: Aligned,
    len: usize,
}

/// A batch of images: `[batch, height, width, channels]`. Cloning copies no pixels.
#[derive(Debug, Clone)]
pub struct Image {
    elements: Rc<Buffer>,
    dims: [usize; 4],
}

impl Buffer {
    /// `len` numbers; what they are is of no interest.
    pub fn take(len: usize) -> Self {
        let kept = KEPT.with_borrow_mut(|kept| {
            let fitting = kept.iter().enumerate().filter(|(_, numbers)| numbers.len() >= len);
            let smallest = fitting.min_by_key(|(_, numbers)| numbers.len()).map(|(index, _)| index);
            smallest.map(|index| kept.swap_remove(index))
        });
        Self { numbers: kept.unwrap_or_else(|| Aligned::zeros(len)), len }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let numbers = std::mem::take(&mut self.numbers);
        // While a thread ends there is no one left to keep it for.
        let _ = KEPT.try_with(|kept| {
            let mut kept = kept.borrow_mut();
            if !numbers.is_empty() && kept.len() < MOST_KEPT {
                kept.push(numbers);
            }
        });
    }
}

impl std::ops::Deref for Buffer {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.numbers[..self.len]
    }
}

impl std::ops::DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.numbers[..self.len]
    }
}

impl Image {
    /// The image of these elements, which are as many as `dims` say.
    pub fn new(elements: Buffer, dims: [usize; 4]) -> Self {
        debug_assert_eq!(elements.len(), dims.iter().product::<usize>());
        Self { elements: Rc::new(elements), dims }
    }

    /// `images` channel by channel, `[batch, channels, height, width]`.
    pub fn upload(images: &[f32], [batch, channels, height, width]: [usize; 4], _device: &Device) -> Self {
        let mut elements = Buffer::take(images.len());
        transpose(&mut elements, images, batch, [channels, height * width]);
        Self::new(elements, [batch, height, width, channels])
    }

    /// The elements, as [`upload`](Self::upload) takes them.
    ///
    /// # Errors
    /// None: they are in memory.
    pub async fn download(self) -> Result<Vec<f32>, String> {
        let [batch, height, width, channels] = self.dims;
        let mut images = vec![0.0; self.elements.len()];
        transpose(&mut images, &self.elements, batch, [height * width, channels]);
        Ok(images)
    }

    /// One row of numbers for each image of a batch, as images of one pixel, `[batch, 1, 1, channels]`: one for each of
    /// `rows`, which are `[batch, channels]`.
    pub fn of_rows(rows: &[Vec<f32>], batch: usize, device: &Device) -> Vec<Self> {
        rows.iter().map(|row| Self::upload(row, [batch, row.len() / batch, 1, 1], device)).collect()
    }

    /// `[batch, height, width, channels]`.
    pub fn dims(&self) -> [usize; 4] {
        self.dims
    }

    /// All elements.
    pub fn elements(&self) -> &[f32] {
        &self.elements
    }

    /// The elements of one image.
    pub fn image(&self, index: usize) -> &[f32] {
        let len = self.dims[1] * self.dims[2] * self.dims[3];
        &self.elements[index * len..(index + 1) * len]
    }
}

/// Each of `batch` matrices of `rows` x `columns`, row by row, as its transpose.
fn transpose(to: &mut [f32], from: &[f32], batch: usize, [rows, columns]: [usize; 2]) {
    let len = rows * columns;
    for (to, from) in to.chunks_exact_mut(len).zip(from.chunks_exact(len)).take(batch) {
        for (row, from) in from.chunks_exact(columns).enumerate() {
            for (column, from) in from.iter().enumerate() {
                to[column * rows + row] = *from;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_that_is_dropped_is_the_next_one() {
        let first = Buffer::take(100_000);
        let place = first.as_ptr();
        drop(first);
        assert_eq!(Buffer::take(90_000).as_ptr(), place);
    }

    #[test]
    fn channels_of_a_pixel_lie_together() {
        let planes: Vec<f32> = (0..2 * 3 * 2 * 4).map(|i| i as f32).collect();
        let image = Image::upload(&planes, [2, 3, 2, 4], &Device::Cpu);
        assert_eq!(image.dims(), [2, 2, 4, 3]);
        assert_eq!(image.image(1)[..3], [24.0, 32.0, 40.0]);
    }
}
