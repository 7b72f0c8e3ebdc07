//! A step's images as bytes, made where the images are.

use super::context::{Gpu, Launch};
use super::kernel::{Kernel, Shader};
use super::update::Updated;
use super::words::word;

/// The words of four bytes each, of the predicted images and of the state, that the kernel writes where the state is not finite. Bytes
/// have no value to spare for that, so images can have both words by chance, once in 2^64 for each.
const DOUBTFUL: [u32; 2] = [0x03fc_02fd, 0xfb04_fa05];

impl Updated {
    /// The predicted images and the state, a byte for each number, as `run::pixel` makes them, but for the rounding of f32. `None`
    /// wherever the state is not finite, and hardly ever elsewhere.
    ///
    /// # Errors
    /// What the device says where it fails.
    pub async fn pixels(&self, gpu: &Gpu) -> Result<Option<[Vec<u8>; 2]>, String> {
        let count = self.x_s.dims().iter().product();
        let words = usize::div_ceil(count, size_of::<u32>());
        let bytes = gpu.temporary(2 * words);
        let launch = Launch {
            kernel: Kernel { shader: Shader::Pixels, constants: DOUBTFUL.to_vec() },
            buffers: &[self.x0_hat.buffer(), self.x_s.buffer(), &bytes],
            shape: &[count, words].map(word),
        };
        gpu.launch(&launch, words);

        let found = gpu.read_buffers(&[&bytes]).await?;
        let (x0_hat, x_s) = found.split_at(words);
        let doubtful = x0_hat.iter().zip(x_s).any(|(x0_hat, x_s)| [*x0_hat, *x_s] == DOUBTFUL);
        // The first byte is the lowest of its word here too: a browser's machine is little-endian.
        Ok((!doubtful).then(|| [x0_hat, x_s].map(|words| bytemuck::cast_slice(words)[..count].to_vec())))
    }
}
