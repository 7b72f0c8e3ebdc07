//! Measures the kernels of WebGPU on this machine's GPU, without a browser: single kernels, then steps of whole networks, beside what
//! the adapter reaches in plain multiply-adds and copies. Writes Markdown.
//!
//!     cargo run --release --no-default-features --features native-gpu --example gpu [PART...]
//!
//! Parts are `peaks`, `kernels`, `steps`, `large`, `launches` and `memory`; without one all but `large` and `memory`, which take 3 GB of
//! the GPU's memory. `memory` counts the bytes of the buffers. `launches` counts what a step launches, and estimates from that what it will take on three other GPUs.

mod expected;
mod launches;
mod memory;
mod networks;
mod peaks;
mod single;
mod steps;

use std::env;
use std::error::Error;
use std::time::{Duration, Instant};

use pollster::block_on;
use unnoise::kernels::gpu::Gpu;

const PARTS: [&str; 6] = ["peaks", "kernels", "steps", "large", "launches", "memory"];
/// Those that are left out unless they are asked for.
const HEAVY: [&str; 2] = ["large", "memory"];

fn main() -> Result<(), Box<dyn Error>> {
    let asked: Vec<String> = env::args().skip(1).collect();
    if let Some(unknown) = asked.iter().find(|part| !PARTS.contains(&part.as_str())) {
        return Err(format!("part is {unknown}; it must be one of {}", PARTS.join(", ")).into());
    }
    let wanted = |part: &str| asked.iter().any(|asked| asked == part) || asked.is_empty() && !HEAVY.contains(&part);
    let adapter = block_on(Gpu::adapter())?;
    let info = adapter.get_info();
    println!("{} ({:?}, {:?}), {}\n", info.name, info.device_type, info.backend, info.driver_info);

    let peaks = block_on(peaks::measure(&adapter))?;
    println!(
        "Multiply-adds in registers: {:.0} GFLOP/s. Copies: {:.1} GB/s.",
        peaks.flops / 1e9,
        peaks.bytes_per_second / 1e9
    );
    let gpu = block_on(Gpu::open_on(&adapter, info.device_type != wgpu::DeviceType::Cpu))?;
    if wanted("kernels") {
        single::measure(&gpu, &peaks)?;
    }
    if wanted("steps") {
        steps::measure(&gpu, &peaks, &networks::small())?;
    }
    if wanted("large") {
        steps::measure(&gpu, &peaks, &networks::large())?;
    }
    if wanted("memory") {
        let fresh = || Ok(block_on(Gpu::open_on(&adapter, info.device_type != wgpu::DeviceType::Cpu))?);
        memory::count(fresh, networks::small().iter().chain(&networks::large()))?;
    }
    if wanted("launches") {
        launches::list(&block_on(Gpu::open_on(&adapter, true))?, &networks::small())?;
    }
    Ok(())
}

/// The time of one of many calls of `work`, which `finish` waits for: the best of three rounds, each of about a third of a second.
fn best(mut work: impl FnMut(), mut finish: impl FnMut() -> Result<(), String>) -> Result<Duration, String> {
    let mut time = |count: u32| {
        let begun = Instant::now();
        for _ in 0..count {
            work();
        }
        finish().map(|()| begun.elapsed() / count)
    };
    // The first compiles pipelines and takes memory.
    time(1)?;
    let once = time(1)?.as_secs_f64();
    let count = (0.3 / once).clamp(1.0, 500.0) as u32;
    let mut best = time(count)?;
    for _ in 0..2 {
        best = best.min(time(count)?);
    }
    Ok(best)
}
