// Runs in our WebGPU worker before the glue: keeps the launches of the last submission, and times each kernel's by repeating them.
(() => {
  let device;
  let recorded = [];
  let last = [];
  /** The words that were written to a small buffer: a kernel's shape is one. */
  const words = new WeakMap();
  const layouts = new WeakMap();

  const wrap = ({ prototype }, name, note) => {
    const original = prototype[name];
    prototype[name] = function (...args) {
      const result = original.apply(this, args);
      note.call(this, result, ...args);
      return result;
    };
  };
  const passes = new WeakMap();
  wrap(GPUDevice, "createBindGroup", function (group, { entries }) {
    device = this;
    layouts.set(group, entries.at(-1).resource.buffer);
  });
  wrap(GPUQueue, "writeBuffer", (_, buffer, _offset, data) => {
    if (data.byteLength <= 64)
      words.set(buffer, new Uint32Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength)));
  });
  wrap(GPUComputePassEncoder, "setPipeline", function (_, pipeline) {
    passes.set(this, { ...passes.get(this), pipeline });
  });
  wrap(GPUComputePassEncoder, "setBindGroup", function (_, _index, group) {
    passes.set(this, { ...passes.get(this), group });
  });
  wrap(GPUComputePassEncoder, "dispatchWorkgroups", function (_, ...workgroups) {
    recorded.push({ ...passes.get(this), workgroups });
  });
  wrap(GPUQueue, "submit", () => {
    if (recorded.length > 0) last = recorded;
    recorded = [];
  });

  /** One submission of these launches, `times` over, and how long it took in milliseconds. */
  async function timed(launches, times) {
    const started = performance.now();
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (let i = 0; i < times; i++) {
      for (const { pipeline, group, workgroups } of launches) {
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, group);
        pass.dispatchWorkgroups(...workgroups);
      }
    }
    pass.end();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    return performance.now() - started;
  }

  /** Every kernel of the last submission: its label, the words of the shape of each launch, and milliseconds of all of them, by rounds. */
  globalThis.timeKernels = async (rounds) => {
    const kernels = Map.groupBy(last, ({ pipeline }) => pipeline.label);
    const found = [];
    for (const [label, launches] of kernels) {
      const shapes = launches.map(({ group }) => [...(words.get(layouts.get(group)) ?? [])]);
      // Once to warm up, and for how many of them rise above the clock.
      const times = Math.ceil(50 / (await timed(launches, 1)));
      const ms = [];
      for (let round = 0; round < rounds; round++) ms.push((await timed(launches, times)) / times);
      found.push({ label, shapes, ms });
    }
    return found;
  };
})();
