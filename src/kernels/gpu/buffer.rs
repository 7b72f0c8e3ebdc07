//! Buffers on the device, and the stock of those that nobody has at the moment.

use std::cell::RefCell;
use std::rc::Rc;

use wgpu::BufferUsages;

/// A free buffer that nobody took for as many submissions is given back to the device.
const PATIENCE: u64 = 8;

/// A buffer. Where it came out of the stock it goes back there in the end.
#[derive(Debug)]
pub struct Buffer {
    raw: wgpu::Buffer,
    id: usize,
    bytes: u64,
    usage: BufferUsages,
    stays: bool,
    stock: Rc<RefCell<Stock>>,
}

/// The buffers that nobody has. The operations of a step take and give back in the same order at each step, so each of
/// them gets the same buffers as the last time.
#[derive(Debug, Default)]
pub struct Stock {
    last_id: usize,
    submissions: u64,
    free: Vec<Free>,
    /// What nobody will ask for again.
    retired: Vec<(wgpu::Buffer, usize)>,
    memory: GpuMemory,
}

/// Bytes of the buffers on a device.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GpuMemory {
    /// Of those that are there now.
    pub held: u64,
    /// The most that were there at once.
    pub peak: u64,
}

#[derive(Debug)]
struct Free {
    raw: wgpu::Buffer,
    id: usize,
    bytes: u64,
    usage: BufferUsages,
    since: u64,
}

impl Buffer {
    /// A buffer of this size that is there for a while, its content undefined. `idle`: nothing that is recorded, and not yet
    /// handed to the device, has it, so that it may be written before.
    pub fn take(
        stock: &Rc<RefCell<Stock>>,
        device: &wgpu::Device,
        bytes: u64,
        usage: BufferUsages,
        idle: bool,
    ) -> Self {
        let mut inner = stock.borrow_mut();
        let submissions = inner.submissions;
        let fits = |free: &Free| free.bytes == bytes && free.usage == usage && (!idle || free.since < submissions);
        // The oldest one, so that a step that takes and gives back as the last one did gets the same.
        let fitting = inner.free.iter().enumerate().filter(|(_, free)| fits(free)).min_by_key(|(_, free)| free.id);
        let (raw, id) = match fitting.map(|(place, _)| place) {
            Some(place) => {
                let free = inner.free.swap_remove(place);
                (free.raw, free.id)
            }
            None => inner.create(device, bytes, usage),
        };
        Self { raw, id, bytes, usage, stays: false, stock: Rc::clone(stock) }
    }

    /// A buffer that is there as long as somebody has it, its content undefined.
    pub fn create(stock: &Rc<RefCell<Stock>>, device: &wgpu::Device, bytes: u64, usage: BufferUsages) -> Self {
        let (raw, id) = stock.borrow_mut().create(device, bytes, usage);
        Self { raw, id, bytes, usage, stays: true, stock: Rc::clone(stock) }
    }

    /// The device's own.
    pub fn raw(&self) -> &wgpu::Buffer {
        &self.raw
    }

    /// What no other buffer has, or will have.
    pub fn id(&self) -> usize {
        self.id
    }

    /// Size in bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let mut stock = self.stock.borrow_mut();
        let raw = self.raw.clone();
        if self.stays {
            stock.retired.push((raw, self.id));
        } else {
            let since = stock.submissions;
            stock.free.push(Free { raw, id: self.id, bytes: self.bytes, usage: self.usage, since });
        }
    }
}

impl Stock {
    fn create(&mut self, device: &wgpu::Device, bytes: u64, usage: BufferUsages) -> (wgpu::Buffer, usize) {
        self.last_id += 1;
        self.memory.held += bytes;
        self.memory.peak = self.memory.peak.max(self.memory.held);
        let descriptor = wgpu::BufferDescriptor { label: None, size: bytes, usage, mapped_at_creation: false };
        (device.create_buffer(&descriptor), self.last_id)
    }

    /// What the buffers take.
    pub fn memory(&self) -> GpuMemory {
        self.memory
    }

    /// To be called after each submission: gives back what is not needed any more, and tells which buffers that were.
    pub fn submitted(&mut self) -> Vec<usize> {
        self.submissions += 1;
        let last = self.submissions.saturating_sub(PATIENCE);
        let (stale, free) = std::mem::take(&mut self.free).into_iter().partition(|free| free.since < last);
        self.free = free;
        let stale: Vec<Free> = stale;
        self.retired.extend(stale.into_iter().map(|free| (free.raw, free.id)));
        // The device keeps a buffer until what was submitted has been done.
        let retired = self.retired.drain(..);
        let give_back = |(raw, id): (wgpu::Buffer, usize)| {
            self.memory.held -= raw.size();
            raw.destroy();
            id
        };
        retired.map(give_back).collect()
    }
}
