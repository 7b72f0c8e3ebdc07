//! How far predicted images move towards what is wanted of them.

use super::context::{Gpu, Launch};
use super::kernel::{Kernel, Shader};
use super::update::GpuState;
use super::words::word;

/// What is wanted of images; see potential.wgsl.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// Whether it is symmetry. Else it is the mean colour of regions.
    pub symmetry: bool,
    /// Count of regions.
    pub regions: usize,
    /// In the order of `Wanted` in potential.wgsl.
    pub numbers: Vec<f32>,
}

impl GpuState {
    /// How far each number of these predicted images moves.
    pub fn moves(&self, gpu: &Gpu, wanted: &Wanted) -> Self {
        let [batch, channels, height, width] = self.dims();
        let moves = Self::empty(gpu, self.dims());
        // A shader's array has at least one element.
        let numbers = gpu.upload(&[&wanted.numbers[..], &[0.0]].concat());
        let launch = Launch {
            kernel: Kernel { shader: Shader::Potential, constants: vec![u32::from(wanted.symmetry)] },
            buffers: &[self.buffer(), &numbers, moves.buffer()],
            shape: &[height * width, width, channels, batch, wanted.regions].map(word),
        };
        gpu.launch_workgroups(&launch, [batch * channels, 1, 1]);
        moves
    }
}
