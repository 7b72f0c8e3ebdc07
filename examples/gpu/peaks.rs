//! What the adapter reaches in plain multiply-adds and in plain copies: what kernels are compared with.

use std::error::Error;
use std::time::{Duration, Instant};

/// The adapter's measured peaks.
pub struct Peaks {
    /// Multiplications and additions per second, each counted.
    pub flops: f64,
    pub bytes_per_second: f64,
}

const INVOCATIONS: u32 = 1 << 18;
/// Turns of the loop of multiply-adds: 8 vectors of 4 in each.
const TURNS: u32 = 1024;
/// Vectors of 4 that are copied: 64 MB, more than caches hold.
const COPIED: u32 = 1 << 22;

const MULTIPLY_ADD: &str = "
@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let factor = x[0];
    let term = x[1];
    var sums: array<vec4f, 8>;
    for (var i = 0u; i < 8u; i++) { sums[i] = x[2u + i] * f32(id.x); }
    var a = sums[0]; var b = sums[1]; var c = sums[2]; var d = sums[3];
    var e = sums[4]; var f = sums[5]; var g = sums[6]; var h = sums[7];
    for (var turn = 0u; turn < TURNS; turn++) {
        a = fma(a, factor, term); b = fma(b, factor, term); c = fma(c, factor, term); d = fma(d, factor, term);
        e = fma(e, factor, term); f = fma(f, factor, term); g = fma(g, factor, term); h = fma(h, factor, term);
    }
    y[id.x] = a + b + c + d + e + f + g + h;
}";

const COPY: &str = "
@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let at = id.y * groups.x * 64u + id.x;
    y[at] = x[at];
}";

struct Bench {
    device: wgpu::Device,
    queue: wgpu::Queue,
}

/// Measures both, the best of five.
pub async fn measure(adapter: &wgpu::Adapter) -> Result<Peaks, Box<dyn Error>> {
    let required_limits = wgpu::Limits { max_buffer_size: 1 << 28, ..wgpu::Limits::default() };
    let descriptor = wgpu::DeviceDescriptor { required_limits, ..Default::default() };
    let (device, queue) = adapter.request_device(&descriptor).await?;
    let bench = Bench { device, queue };
    let multiply_adds = f64::from(INVOCATIONS) * f64::from(TURNS) * 8.0 * 4.0;
    let source = MULTIPLY_ADD.replace("TURNS", &format!("{TURNS}u"));
    let flops = 2.0 * multiply_adds / bench.best(&source, INVOCATIONS)?.as_secs_f64();
    let bytes_per_second = 2.0 * 16.0 * f64::from(COPIED) / bench.best(COPY, COPIED)?.as_secs_f64();
    Ok(Peaks { flops, bytes_per_second })
}

impl Bench {
    fn best(&self, source: &str, invocations: u32) -> Result<Duration, Box<dyn Error>> {
        let module = self.device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: None,
            source: wgpu::ShaderSource::Wgsl(source.into()),
        });
        let pipeline = self.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: None,
            layout: None,
            module: &module,
            entry_point: Some("main"),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            cache: None,
        });
        let buffers = [(); 2].map(|()| {
            self.device.create_buffer(&wgpu::BufferDescriptor {
                label: None,
                size: 16 * u64::from(COPIED),
                usage: wgpu::BufferUsages::STORAGE,
                mapped_at_creation: false,
            })
        });
        let [x, y] = [0, 1].map(|binding: u32| {
            let resource = buffers[binding as usize].as_entire_binding();
            wgpu::BindGroupEntry { binding, resource }
        });
        let layout = pipeline.get_bind_group_layout(0);
        let bind_group = self.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &layout,
            entries: &[x, y],
        });
        let mut best = Duration::MAX;
        for _ in 0..6 {
            let mut encoder = self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
            {
                let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
                pass.set_pipeline(&pipeline);
                pass.set_bind_group(0, &bind_group, &[]);
                let workgroups = invocations / 64;
                pass.dispatch_workgroups(workgroups.min(1 << 15), workgroups.div_ceil(1 << 15), 1);
            }
            let begun = Instant::now();
            self.queue.submit([encoder.finish()]);
            self.device.poll(wgpu::PollType::wait_indefinitely())?;
            best = best.min(begun.elapsed());
        }
        Ok(best)
    }
}
