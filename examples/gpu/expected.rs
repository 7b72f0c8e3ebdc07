//! A model of what launches cost on a GPU that is not at hand. Its figures are the makers' and assumptions, no measurements.

use unnoise::kernels::gpu::Cost;

/// A GPU, as far as the model knows it.
pub struct Model {
    pub name: &'static str,
    /// Multiplications and additions per second, each counted, by the maker.
    flops: f64,
    /// Bytes per second, by the maker.
    bytes_per_second: f64,
    /// Workgroups of 64 invocations that run side by side: 8 per core of the large GPUs and 2 per unit of the small one, which leaves each
    /// enough registers.
    side_by_side: f64,
    /// Seconds of a turn of a loop that waits for numbers from the second-level cache.
    turn: f64,
    /// Seconds from one launch to the next, which waits for it.
    launch: f64,
}

/// The share of the peak that a kernel without workgroup memory reaches where it has enough invocations: an assumption.
const SHARE: f64 = 0.2;

/// An integrated GPU, a laptop's and a large one.
pub const GPUS: [Model; 3] = [
    Model {
        name: "Iris Xe (96 EU)",
        flops: 2.1e12,
        bytes_per_second: 68e9,
        side_by_side: 96.0 * 2.0,
        turn: 250e-9,
        launch: 6e-6,
    },
    Model {
        name: "RTX 4060 Laptop",
        flops: 11.6e12,
        bytes_per_second: 256e9,
        side_by_side: 24.0 * 8.0,
        turn: 180e-9,
        launch: 4e-6,
    },
    Model {
        name: "RTX 4090",
        flops: 82.6e12,
        bytes_per_second: 1008e9,
        side_by_side: 128.0 * 8.0,
        turn: 180e-9,
        launch: 4e-6,
    },
];

impl Model {
    /// What these launches take one after the other. Each takes the longest of three: its turns, as often as its workgroups do not fit
    /// side by side; its multiply-adds; its bytes.
    pub fn seconds(&self, costs: &[Cost]) -> f64 {
        costs.iter().map(|cost| self.launch + self.of_launch(cost)).sum()
    }

    fn of_launch(&self, cost: &Cost) -> f64 {
        let rounds = (cost.workgroups as f64 / self.side_by_side).ceil();
        let waiting = rounds * cost.turns as f64 * self.turn;
        let computing = 2.0 * cost.multiply_adds as f64 / (self.flops * SHARE);
        let moving = cost.bytes as f64 / self.bytes_per_second;
        waiting.max(computing).max(moving)
    }
}
