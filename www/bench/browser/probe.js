// Runs in an engine's worker before the engine: counts its calls of the WebGPU API and finds its memories.
(() => {
  const counts = {
    dispatches: 0,
    submits: 0,
    buffers: 0,
    bindGroups: 0,
    pipelines: 0,
    bytesUp: 0,
    bytesBack: 0,
    bytesPosted: 0,
  };
  const gpu = { gpuBytes: 0, gpuPeak: 0 };
  const memories = new Set();
  globalThis.probe = {
    /** Counts since the start, bytes of GPU buffers alive now and at most, and bytes of wasm memory, which never shrinks. */
    read() {
      const wasmBytes = [...memories].reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
      return { ...counts, ...gpu, wasmBytes };
    },
  };
  watchMemories();
  watchMessages();
  if (globalThis.GPUDevice) watchDevices();

  /** Bytes of the numbers in what is posted. */
  function watchMessages() {
    const bytesIn = (value) => {
      if (ArrayBuffer.isView(value)) return value.byteLength;
      if (typeof value !== "object" || value === null) return 0;
      return Object.values(value).reduce((sum, part) => sum + bytesIn(part), 0);
    };
    const { postMessage } = globalThis;
    globalThis.postMessage = function (message, ...more) {
      counts.bytesPosted += bytesIn(message);
      return postMessage.call(this, message, ...more);
    };
  }

  /** A memory is made in JavaScript and imported, or it is an export of an instance. */
  function watchMemories() {
    const { Memory } = WebAssembly;
    WebAssembly.Memory = class extends Memory {
      constructor(descriptor) {
        super(descriptor);
        memories.add(this);
      }
    };
    for (const name of ["instantiate", "instantiateStreaming"]) {
      const original = WebAssembly[name];
      WebAssembly[name] = async (...args) => {
        const result = await original.apply(WebAssembly, args);
        const { exports } = result.instance ?? result;
        for (const value of Object.values(exports)) if (value instanceof Memory) memories.add(value);
        return result;
      };
    }
  }

  function watchDevices() {
    counting(GPUComputePassEncoder, ["dispatchWorkgroups", "dispatchWorkgroupsIndirect"], "dispatches");
    counting(GPUQueue, ["submit"], "submits");
    counting(GPUDevice, ["createBindGroup"], "bindGroups");
    counting(GPUDevice, ["createComputePipeline", "createComputePipelineAsync", "createRenderPipeline"], "pipelines");
    watchBuffers();
    watchUploads();
    watchReads();
  }

  /** Calls `note` after each call of a method, with what it gave and what it was given. */
  function after({ prototype }, name, note) {
    const original = prototype[name];
    prototype[name] = function (...args) {
      const result = original.apply(this, args);
      note.call(this, result, ...args);
      return result;
    };
  }

  function counting(type, names, key) {
    for (const name of names) {
      after(type, name, () => {
        counts[key] += 1;
      });
    }
  }

  /** A buffer lives until it is destroyed, or until it is collected. */
  function watchBuffers() {
    const alive = new Map();
    const end = (id) => {
      gpu.gpuBytes -= alive.get(id) ?? 0;
      alive.delete(id);
    };
    const collected = new FinalizationRegistry(end);
    const ids = new WeakMap();
    after(GPUDevice, "createBuffer", (buffer, { size }) => {
      counts.buffers += 1;
      ids.set(buffer, counts.buffers);
      alive.set(counts.buffers, size);
      collected.register(buffer, counts.buffers);
      gpu.gpuBytes += size;
      gpu.gpuPeak = Math.max(gpu.gpuPeak, gpu.gpuBytes);
    });
    after(GPUBuffer, "destroy", function () {
      end(ids.get(this));
    });
  }

  /** Bytes written by the queue, and ranges of buffers that are mapped for writing. */
  function watchUploads() {
    after(GPUQueue, "writeBuffer", (_, _buffer, _offset, data, first = 0, size = undefined) => {
      const unit = data.BYTES_PER_ELEMENT ?? 1;
      counts.bytesUp += size === undefined ? data.byteLength - first * unit : size * unit;
    });
    after(GPUQueue, "writeTexture", (_, _target, data) => {
      counts.bytesUp += data.byteLength;
    });
    const writing = new WeakSet();
    after(GPUDevice, "createBuffer", (buffer, { mappedAtCreation }) => {
      if (mappedAtCreation) writing.add(buffer);
    });
    after(GPUBuffer, "mapAsync", function (_, mode) {
      if (mode & GPUMapMode.WRITE) writing.add(this);
    });
    after(GPUBuffer, "getMappedRange", function ({ byteLength }) {
      if (writing.has(this)) counts.bytesUp += byteLength;
    });
    after(GPUBuffer, "unmap", function () {
      writing.delete(this);
    });
  }

  /** A buffer that can be mapped for reading can be filled by copies alone, so these are all that comes back. */
  function watchReads() {
    const isRead = ({ usage }) => (usage & GPUBufferUsage.MAP_READ) !== 0;
    after(GPUCommandEncoder, "copyBufferToBuffer", (_, from, ...rest) => {
      const [to, size] = typeof rest[0] === "number" ? [rest[1], rest[3]] : rest;
      if (isRead(to)) counts.bytesBack += size ?? from.size;
    });
    after(GPUCommandEncoder, "copyTextureToBuffer", (_, _from, { buffer, bytesPerRow = 0, rowsPerImage = 1 }) => {
      if (isRead(buffer)) counts.bytesBack += bytesPerRow * rowsPerImage;
    });
  }
})();
