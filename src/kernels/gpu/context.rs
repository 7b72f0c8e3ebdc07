//! The device, what has been recorded for it, and what is kept from one step to the next.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use wgpu::{BindGroup, BindGroupEntry, BufferUsages};

use super::buffer::{Buffer, GpuMemory, Stock};
use super::cost::Cost;
use super::kernel::{Kernel, Pipeline};
use super::words::word;

/// Invocations of a workgroup, of the kernels that have one invocation a number or a tile.
const WORKGROUP: usize = 64;
/// Most workgroups along a dimension.
const MOST_WORKGROUPS: usize = 65_535;
/// How buffers are used that kernels read and write.
const TEMPORARY: BufferUsages = BufferUsages::STORAGE.union(BufferUsages::COPY_DST).union(BufferUsages::COPY_SRC);

/// A GPU. Clones are the same.
#[derive(Clone)]
pub struct Gpu(Rc<Context>);

struct Context {
    device: wgpu::Device,
    queue: wgpu::Queue,
    stock: Rc<RefCell<Stock>>,
    work: RefCell<Work>,
    /// Whether nothing is to be done, but to make the pipelines.
    rehearsing: Cell<bool>,
    /// Whether weights may be halves.
    halves: Cell<bool>,
    is_hardware: bool,
    /// What the device has complained of.
    failure: Arc<Mutex<Option<String>>>,
}

/// What is recorded, and what was made for it and serves again.
#[derive(Default)]
struct Work {
    recorded: Vec<Recorded>,
    pipelines: HashMap<Kernel, Rc<Pipeline>>,
    shapes: HashMap<Vec<u32>, Rc<Buffer>>,
    bind_groups: HashMap<(usize, Vec<usize>), BindGroup>,
}

struct Recorded {
    pipeline: Rc<Pipeline>,
    bind_group: BindGroup,
    /// The buffer of its shape.
    shape: usize,
    workgroups: [u32; 3],
}

/// A launch of a kernel.
pub struct Launch<'a> {
    /// The kernel.
    pub kernel: Kernel,
    /// What it reads and writes, in the order of its bindings.
    pub buffers: &'a [&'a Buffer],
    /// The words of its shape.
    pub shape: &'a [u32],
}

impl Gpu {
    /// Elements of a layer's input that are computed at once: 64 MB, half of what every WebGPU device binds as one buffer.
    pub const MOST_ELEMENTS_AT_ONCE: Option<u64> = Some(1 << 24);

    /// Whether numbers are computed outside of the module's memory.
    pub const IS_GPU: bool = true;

    /// The context of a device.
    pub(super) fn of(device: wgpu::Device, queue: wgpu::Queue, takes_halves: bool, is_hardware: bool) -> Self {
        let failure = Arc::new(Mutex::new(None));
        let heard = Arc::clone(&failure);
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            if let Ok(mut failure) = heard.lock() {
                failure.get_or_insert_with(|| error.to_string());
            }
        }));
        let (stock, work, rehearsing) = (Rc::default(), RefCell::default(), Cell::new(false));
        let halves = Cell::new(takes_halves);
        Self(Rc::new(Context { device, queue, stock, work, rehearsing, halves, is_hardware, failure }))
    }

    /// The device in words.
    pub const fn description() -> &'static str {
        "WebGPU"
    }

    /// Does the work without its numbers: nothing is uploaded and nothing launched, but the device compiles the pipelines
    /// that it takes.
    ///
    /// - `halves`: whether the weights will be halves
    ///
    /// # Errors
    /// Those of the work.
    pub fn rehearse<E>(&self, halves: bool, work: impl FnOnce() -> Result<(), E>) -> Result<(), E> {
        let takes_halves = self.0.halves.get();
        self.0.rehearsing.set(true);
        self.0.halves.set(takes_halves && halves);
        let done = work();
        self.0.halves.set(takes_halves);
        self.0.rehearsing.set(false);
        done
    }

    /// A buffer for `numbers` numbers that is there for a while, its content undefined.
    pub(super) fn temporary(&self, numbers: usize) -> Buffer {
        Buffer::take(&self.0.stock, &self.0.device, self.bytes_of::<f32>(numbers), TEMPORARY, false)
    }

    /// A buffer that numbers are read from.
    pub(super) fn landing(&self, bytes: u64) -> Buffer {
        Buffer::take(&self.0.stock, &self.0.device, bytes, BufferUsages::MAP_READ | BufferUsages::COPY_DST, true)
    }

    /// Numbers that stay: weights.
    pub(super) fn keep<N: bytemuck::NoUninit>(&self, numbers: &[N]) -> Buffer {
        let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST;
        let buffer = Buffer::create(&self.0.stock, &self.0.device, self.bytes_of::<N>(numbers.len()), usage);
        self.write(&buffer, numbers);
        buffer
    }

    /// Whether the device has many cores.
    pub(super) fn is_hardware(&self) -> bool {
        self.0.is_hardware
    }

    /// Whether weights may be halves.
    pub(super) fn takes_halves(&self) -> bool {
        self.0.halves.get()
    }

    /// Numbers that are there for a while.
    pub(super) fn upload(&self, numbers: &[f32]) -> Buffer {
        // What is written now is there before all that is recorded.
        let buffer = Buffer::take(&self.0.stock, &self.0.device, self.bytes_of::<f32>(numbers.len()), TEMPORARY, true);
        self.write(&buffer, numbers);
        buffer
    }

    fn write<N: bytemuck::NoUninit>(&self, buffer: &Buffer, numbers: &[N]) {
        if !self.0.rehearsing.get() {
            self.0.queue.write_buffer(buffer.raw(), 0, bytemuck::cast_slice(numbers));
        }
    }

    /// The size of a buffer; as small as can be where nothing will be in it.
    fn bytes_of<N>(&self, numbers: usize) -> u64 {
        let bytes = if self.0.rehearsing.get() { 0 } else { numbers * size_of::<N>() };
        bytes.max(size_of::<f32>()) as u64
    }

    /// Records a launch with one invocation for each of `count`.
    pub(super) fn launch(&self, launch: &Launch<'_>, count: usize) {
        let workgroups = count.div_ceil(WORKGROUP);
        let (columns, rows) = (workgroups.min(MOST_WORKGROUPS), workgroups.div_ceil(MOST_WORKGROUPS));
        self.launch_workgroups(launch, [columns, rows, 1]);
    }

    /// Records a launch of so many workgroups along each dimension.
    pub(super) fn launch_workgroups(&self, launch: &Launch<'_>, workgroups: [usize; 3]) {
        let work = &mut *self.0.work.borrow_mut();
        let pipeline = work.pipeline(&self.0.device, &launch.kernel);
        if self.0.rehearsing.get() {
            return;
        }
        let shape = work.shape(self, launch.shape);
        let ids = launch.buffers.iter().map(|buffer| buffer.id()).chain([shape.id()]).collect();
        let bind_group = work.bind_groups.entry((pipeline.id, ids)).or_insert_with(|| {
            let buffers = launch.buffers.iter().copied().chain([&*shape]).zip(0..);
            let entries: Vec<_> = buffers.map(|(buffer, binding)| entry(binding, buffer)).collect();
            let layout = &pipeline.layout;
            self.0.device.create_bind_group(&wgpu::BindGroupDescriptor { label: None, layout, entries: &entries })
        });
        let bind_group = bind_group.clone();
        work.recorded.push(Recorded { pipeline, bind_group, shape: shape.id(), workgroups: workgroups.map(word) });
    }

    /// What each launch that is recorded, and not yet handed to the device, will cost.
    pub fn recorded(&self) -> Vec<Cost> {
        let work = self.0.work.borrow();
        let words = |id| work.shapes.iter().find(|(_, buffer)| buffer.id() == id).map_or(&[][..], |(words, _)| words);
        let cost = |launch: &Recorded| Cost::of(&launch.pipeline.kernel, launch.workgroups, words(launch.shape));
        work.recorded.iter().map(cost).collect()
    }

    /// What this program's buffers take on the device.
    pub fn memory(&self) -> GpuMemory {
        self.0.stock.borrow().memory()
    }

    /// Pipelines that the device has compiled.
    pub fn num_pipelines(&self) -> usize {
        self.0.work.borrow().pipelines.len()
    }

    /// Hands all that is recorded to the device.
    pub fn submit(&self) {
        if !self.0.work.borrow().recorded.is_empty() {
            self.submit_and(|_| {});
        }
    }

    /// [`submit`](Self::submit), with more commands behind what is recorded.
    pub(super) fn submit_and(&self, more: impl FnOnce(&mut wgpu::CommandEncoder)) {
        let work = &mut *self.0.work.borrow_mut();
        let mut encoder = self.0.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let recorded = std::mem::take(&mut work.recorded);
        if !recorded.is_empty() {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            let mut last = None;
            for Recorded { pipeline, bind_group, workgroups: [x, y, z], .. } in &recorded {
                if last.replace(pipeline.id) != Some(pipeline.id) {
                    pass.set_pipeline(&pipeline.raw);
                }
                pass.set_bind_group(0, bind_group, &[]);
                pass.dispatch_workgroups(*x, *y, *z);
            }
        }
        more(&mut encoder);
        self.0.queue.submit([encoder.finish()]);
        let retired = self.0.stock.borrow_mut().submitted();
        if !retired.is_empty() {
            work.bind_groups.retain(|(_, buffers), _| !buffers.iter().any(|id| retired.contains(id)));
        }
    }

    /// The device's queue.
    pub(super) fn queue(&self) -> &wgpu::Queue {
        &self.0.queue
    }

    /// Lets the device call back what is done. A browser does so by itself; natively this waits for all that was submitted.
    pub(super) fn poll(&self) -> Result<(), String> {
        self.0.device.poll(wgpu::PollType::wait_indefinitely()).map(drop).map_err(|error| error.to_string())
    }

    /// What the device has complained of since the last time.
    ///
    /// # Errors
    /// That.
    pub(super) fn check(&self) -> Result<(), String> {
        let mut failure = self.0.failure.lock().map_err(|error| error.to_string())?;
        failure.take().map_or(Ok(()), Err)
    }
}

impl Work {
    fn pipeline(&mut self, device: &wgpu::Device, kernel: &Kernel) -> Rc<Pipeline> {
        if let Some(pipeline) = self.pipelines.get(kernel) {
            return Rc::clone(pipeline);
        }
        let pipeline = Rc::new(kernel.pipeline(device, self.pipelines.len()));
        self.pipelines.insert(kernel.clone(), Rc::clone(&pipeline));
        pipeline
    }

    fn shape(&mut self, gpu: &Gpu, words: &[u32]) -> Rc<Buffer> {
        if let Some(shape) = self.shapes.get(words) {
            return Rc::clone(shape);
        }
        // As large as any struct of these words, whatever its alignment.
        let bytes = (size_of_val(words) as u64).next_multiple_of(16);
        let usage = BufferUsages::UNIFORM | BufferUsages::COPY_DST;
        let buffer = Rc::new(Buffer::create(&gpu.0.stock, &gpu.0.device, bytes, usage));
        gpu.0.queue.write_buffer(buffer.raw(), 0, bytemuck::cast_slice(words));
        self.shapes.insert(words.to_vec(), Rc::clone(&buffer));
        buffer
    }
}

fn entry(binding: u32, buffer: &Buffer) -> BindGroupEntry<'_> {
    BindGroupEntry { binding, resource: buffer.raw().as_entire_binding() }
}

impl PartialEq for Gpu {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for Gpu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gpu")
    }
}
