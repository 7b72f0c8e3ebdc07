// What the benchmark rests on: its graph computes what our network does, and its probe counts.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { kernelsOf, productsOf } from "../bench/launches.mjs";
import { Rig } from "../bench/rig.mjs";
import { median, printTable, ratio, spread } from "../bench/table.mjs";
import { tinyConfig, tinyScheduler, tinyWeights } from "./tiny-model.mjs";

let rig;
let tiny;
before(async () => {
  rig = await Rig.start();
  tiny = rig.put({ name: "tiny", config: tinyConfig, scheduler: tinyScheduler, weights: tinyWeights() });
});
after(() => rig.close());

test("the graph that the peer reads is our network, for one image and for three", async () => {
  for (const batch of [1, 3]) {
    const difference = await rig.inPage((page) =>
      page.evaluate(
        async (o) => {
          const engines = await import("/bench/browser/engines.js");
          const [ours, theirs] = [await engines.openUnnoise(o), await engines.openPeer(o)];
          const x = await engines.imagesOf(o);
          return engines.differenceOf(await ours.predict(x), await theirs.predict(x));
        },
        { ...tiny.of(batch), backend: "cpu" },
      ),
    );
    assert.ok(difference < 1e-4, `${difference} with ${batch}`);
  }
});

test("the probe counts every call, and the bytes both ways", async () => {
  const probe = await readFile(new URL("../bench/browser/probe.js", import.meta.url), "utf8");
  const found = await rig.inPage(async (page) => {
    await page.evaluate(probe);
    return page.evaluate(double);
  });
  const { answer, ...counts } = found;
  assert.deepEqual(answer, [4, 8, 12, 16]);
  assert.deepEqual(counts, {
    dispatches: 2,
    submits: 1,
    buffers: 3,
    bindGroups: 1,
    pipelines: 1,
    bytesUp: 16 + 8,
    bytesBack: 16,
    bytesPosted: 8 + 3,
    gpuBytes: 16,
    gpuPeak: 48,
    wasmBytes: 2 * 65536,
  });
});

/** Doubles four floats twice on the device, reads them back, and destroys two of the three buffers. */
async function double() {
  const device = await (await navigator.gpu.requestAdapter()).requestDevice();
  const { STORAGE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
  const initial = device.createBuffer({ size: 16, usage: STORAGE | COPY_SRC | COPY_DST, mappedAtCreation: true });
  new Float32Array(initial.getMappedRange()).set([9, 9, 3, 4]);
  initial.unmap();
  device.queue.writeBuffer(initial, 0, Float32Array.of(0, 1, 2), 1);
  const unused = device.createBuffer({ size: 16, usage: STORAGE });
  const back = device.createBuffer({ size: 16, usage: MAP_READ | COPY_DST });
  const code = `@group(0) @binding(0) var<storage, read_write> x: array<f32>;
    @compute @workgroup_size(4) fn main(@builtin(local_invocation_index) i: u32) { x[i] = 2.0 * x[i]; }`;
  const module = device.createShaderModule({ code });
  const pipeline = device.createComputePipeline({ layout: "auto", compute: { module } });
  const entries = [{ binding: 0, resource: { buffer: initial } }];
  const group = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, group);
  pass.dispatchWorkgroups(1);
  pass.dispatchWorkgroups(1);
  pass.end();
  encoder.copyBufferToBuffer(initial, 0, back, 0, 16);
  device.queue.submit([encoder.finish()]);
  await back.mapAsync(GPUMapMode.READ);
  const answer = [...new Float32Array(back.getMappedRange())];
  for (const buffer of [unused, back, back]) buffer.destroy();
  globalThis.memory = new WebAssembly.Memory({ initial: 2 });
  globalThis.postMessage({ floats: new Float32Array(2), list: [new Uint8Array(3), "text", 7, null] });
  return { answer, ...globalThis.probe.read() };
}

test("tables are markdown", (t) => {
  const print = t.mock.method(console, "log", () => {});
  printTable("Title", [
    { a: 1, b: 2 },
    { a: 3, b: undefined },
  ]);
  assert.equal(print.mock.calls[0].arguments[0], "\n### Title\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n| 3 |  |");
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(spread([3, 1, 2]), "2.000 (1.000 to 3.000)");
  assert.deepEqual([ratio(1, 4), ratio(1, 0)], ["0.250", ""]);
});

test("every kernel of a step is timed by itself, and the products of convolutions are counted", async () => {
  const rows = await kernelsOf(rig, tiny, 1);
  const launches = rows.reduce((sum, { launches }) => sum + launches, 0);
  assert.ok(launches > 20, `${launches} launches`);
  for (const { kernel, ...row } of rows) {
    assert.ok(Number.parseFloat(row["all of them, ms"]) > 0, kernel);
    assert.equal(row["GFLOP/s"] !== "", kernel.startsWith("Conv"), kernel);
  }
  // 3x3 from 8 and 4 channels to 12, and from 8 with the 1x1 shortcut of 8 and 4 to 12, over 10 pixels.
  const shape = [2, 5, 2, 5, 10, 2, 1, 3, 0, 2];
  assert.equal(productsOf("Conv [3, 1, 1, 0, 1, 1, 0, 0, 0]", shape), 10 * 9 * 12 * 12);
  assert.equal(productsOf("Conv [3, 1, 1, 0, 1, 3, 0, 0, 1]", shape), 10 * (9 * 8 + 12) * 12);
});
