// The WebGPU module on a real device, SwiftShader's: seconds a step, so the network is tiny and the steps are few.
import assert from "node:assert/strict";
import { test } from "node:test";
import { blankPage, setUp } from "./helpers.mjs";
import { tinyConfig, tinyWeights } from "./tiny-model.mjs";

const { browser, site } = await setUp();
site.patch("/pkg/webgpu/unnoise.js", { before: `(${watchDevice})();` });
const page = await blankPage(browser, site);

/** Runs in the worker before the glue: keeps the device, counts what is done with it, and destroys it at a given submit. */
function watchDevice() {
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = async function (descriptor) {
    globalThis.device = await requestDevice.call(this, descriptor);
    return globalThis.device;
  };
  globalThis.buffers = 0;
  const { createBuffer } = GPUDevice.prototype;
  GPUDevice.prototype.createBuffer = function (descriptor) {
    globalThis.buffers += 1;
    return createBuffer.call(this, descriptor);
  };
  globalThis.pipelines = 0;
  const { createComputePipeline } = GPUDevice.prototype;
  GPUDevice.prototype.createComputePipeline = function (descriptor) {
    globalThis.pipelines += 1;
    return createComputePipeline.call(this, descriptor);
  };
  globalThis.bytesRead = 0;
  const { mapAsync } = GPUBuffer.prototype;
  GPUBuffer.prototype.mapAsync = function (mode, offset, size) {
    globalThis.bytesRead += size ?? this.size;
    return mapAsync.call(this, mode, offset, size);
  };
  globalThis.submits = 0;
  const { submit } = GPUQueue.prototype;
  GPUQueue.prototype.submit = function (commands) {
    globalThis.submits += 1;
    submit.call(this, commands);
    if (globalThis.submits === globalThis.lastSubmit) globalThis.device.destroy();
  };
  const { destroy } = GPUBuffer.prototype;
  GPUBuffer.prototype.destroy = function () {
    globalThis.buffers -= 1;
    return destroy.call(this);
  };
}

const worker = () => page.workers().find((worker) => worker.url().endsWith("worker.js"));

test("WebGPU that was asked for opens its device and passes its known answer", async () => {
  const backend = await page.evaluate(async () => {
    globalThis.diffuser = await unnoise.Diffuser.create({ backend: "webgpu" });
    globalThis.model = await diffuser.load("/tiny/");
    return diffuser.backend;
  });
  assert.equal(backend.kind, "webgpu");
  assert.equal(backend.reason, "asked for");
  assert.match(backend.adapter, /swiftshader/);
});

test("both modules draw the same noise and noise an image alike, bit for bit, and predict the same", async () => {
  const [same, error] = await page.evaluate(async () => {
    const shape = [1, 1, 8, 8];
    const noises = [];
    for (const rng of ["philox", "torch"]) noises.push(await unnoise.noise(42, shape, rng));
    const [x] = noises;
    const prediction = await model.predict(x, 500, [1]);

    const cpu = await unnoise.Diffuser.create({ backend: "cpu" });
    const there = await cpu.load("/tiny/");
    const reference = await there.predict(x, 500, [1]);
    const [noised, alike] = [await model.diffuse(x, 300.5, { seed: 3 }), await there.diffuse(x, 300.5, { seed: 3 })];
    let first;
    await cpu
      .sample({
        denoiser: (x_t) => {
          first = x_t.slice();
          return x_t;
        },
        ...{ shape, scheduler: {}, steps: 1, seed: 42 },
      })
      .result();
    const length = (values) => Math.hypot(...values);
    const same = first.join() === x.join() && noised.join() === alike.join();
    return [same, length(prediction.map((v, i) => v - reference[i])) / length(reference)];
  });
  assert.ok(same);
  assert.ok(error < 1e-3, `relative error ${error}`);
});

test("both modules sample the same with Analytic-DPM, VDM and a seed per image, and find the same bound", async () => {
  const table = { mean_sq_eps: Array.from({ length: 1001 }, (_, n) => n / 1001) };
  site.putModel("/measured/", { analytic: table });
  const worst = await page.evaluate(async () => {
    const cpu = await unnoise.Diffuser.create({ backend: "cpu" });
    const models = [await diffuser.load("/measured/"), await cpu.load("/measured/")];
    // Without clipping the tiny network's images grow to hundreds, and its bound too.
    const largest = (values) => Math.max(...values.map(Math.abs));
    const apart = ([a, b]) => largest(a.map((value, i) => value - b[i])) / Math.max(1, largest(b));
    const both = (work) => Promise.all(models.map(work)).then(apart);
    const run = (o) => both(async (model) => (await model.sample({ ...o, steps: 3, labels: [1] }).result()).x);
    const x = (await unnoise.noise(5, [1, 1, 8, 8])).map((v) => Math.tanh(v));
    const worst = [
      await run({ sampler: "analytic-ddpm", seed: 4 }),
      await run({ sampler: "vdm", seed: 4 }),
      await run({ sampler: "ddpm", rng: "torch", seeds: [4, 5] }),
      await run({ sampler: "ddpm", rng: "torch", seed: 4, first: [1, 3] }),
      await both(async (model) => [(await model.likelihood(x, { steps: 2 })).bitsPerDim]),
    ];
    cpu.dispose();
    return worst;
  });
  for (const difference of worst) assert.ok(difference < 1e-3, `${worst}`);
});

test("the steps of a run make no buffers that stay", async () => {
  const counts = [];
  await page.evaluate(() => {
    globalThis.steps = model.sample({ steps: 1000, seed: 1 })[Symbol.asyncIterator]();
  });
  for (let i = 0; i < 6; i++) {
    await page.evaluate(() => steps.next());
    counts.push(await worker().evaluate(() => globalThis.buffers));
  }
  assert.ok(counts[0] > 0);
  // Fewer is well: what a step does not need any more is given back later.
  assert.ok(Math.max(...counts.slice(3)) <= counts[2], `buffers after each step: ${counts}`);
});

test("a run that nobody watches reads its result only, and submits once a step", async () => {
  const counts = () => worker().evaluate(() => [globalThis.submits, globalThis.bytesRead]);
  const [submits, bytes] = await counts();
  await page.evaluate(() => model.sample({ steps: 4, seed: 1, labels: [1] }).result());
  const [submitsAfter, bytesAfter] = await counts();
  assert.equal(submitsAfter - submits, 4);
  // Of 8x8 floats: the predicted image and the state of the last step.
  assert.equal(bytesAfter - bytes, 2 * 8 * 8 * 4);
});

test("a watched step reads its pictures in bytes, within one of its floats, and these where they are asked for", async () => {
  // 3 images of 25 numbers: the last word of four bytes is not full.
  const blocks = { block_out_channels: [8], down_block_types: ["DownBlock2D"], up_block_types: ["UpBlock2D"] };
  const config = { ...tinyConfig, ...blocks, sample_size: 5, add_attention: false, num_class_embeds: null };
  site.putModel("/odd/", { config, weights: tinyWeights(undefined, config), labels: null });
  const bytesRead = () => worker().evaluate(() => globalThis.bytesRead);
  await page.evaluate(async () => {
    const odd = await diffuser.load("/odd/");
    globalThis.iterator = odd
      .sample({ sampler: "ddpm", clip: "none", steps: 4, batch: 3, seed: 1 })
      [Symbol.asyncIterator]();
    await iterator.next();
  });
  const before = await bytesRead();
  await page.evaluate(async () => {
    globalThis.step = (await iterator.next()).value;
  });
  const watched = await bytesRead();
  assert.equal(watched - before, 2 * 4 * Math.ceil(75 / 4));
  const compare = async () => {
    const differences = [];
    for (const which of ["x0", "xt"]) {
      const [pixels, floats] = [step.pixels(which), await step[which]()];
      const expected = Uint8ClampedArray.from(floats, (value) => (value / 2 + 0.5) * 255);
      differences.push(...Array.from(pixels, (value, i) => Math.abs(value - expected[i])));
    }
    return differences;
  };
  const differences = await page.evaluate(compare);
  assert.equal(differences.length, 150);
  assert.ok(Math.max(...differences) <= 1, `${differences}`);
  assert.equal((await bytesRead()) - watched, 2 * 4 * 75);
  const [last, same] = await page.evaluate(async () => {
    for await (const next of iterator) globalThis.step = next;
    const { x } = await iterator.result();
    return [step.next, x.join() === (await step.xt()).join()];
  });
  assert.deepEqual([last, same], [null, true]);
  // The last step's floats are read, and its pictures made of them.
  assert.equal(Math.max(...(await page.evaluate(compare))), 0);
});

test("an image without a number is told when the run is read", async () => {
  const nan = (name, values) => name === "conv_out.bias" && values.fill(3e38);
  site.putModel("/overflows/", { weights: tinyWeights(nan) });
  const [code, watched, seen] = await page.evaluate(async () => {
    const large = await diffuser.load("/overflows/");
    const run = (steps) => large.sample({ steps, seed: 1, clip: "none", labels: [1], guidance: 5 });
    let seen = 0;
    const watch = async () => {
      for await (const step of run(9)) seen = step.index + 1;
    };
    return [await codeOf(() => run(3).result()), await codeOf(watch), seen];
  });
  assert.deepEqual([code, watched], ["not-finite", "not-finite"]);
  // Of pictures in bytes too, before the last step's floats are read.
  assert.ok(seen < 8, `told after ${seen} steps`);
});

test("pipelines are compiled while the weights arrive", async () => {
  // Another size of a head than any network here has, and convolutions that pad in another way.
  const config = { ...tinyConfig, attention_head_dim: 4, downsample_padding: 1 };
  site.putModel("/slow/", { config, weights: tinyWeights(undefined, config) });
  let arrive;
  const gate = new Promise((resolve) => {
    arrive = resolve;
  });
  const body = Buffer.from(tinyWeights(undefined, config));
  site.put("/slow/unet/diffusion_pytorch_model.safetensors", async () => {
    await gate;
    return { type: "application/octet-stream", body };
  });
  const count = () => worker().evaluate(() => globalThis.pipelines);
  const before = await count();
  await page.evaluate(() => {
    globalThis.slow = diffuser.load("/slow/");
  });
  let rehearsed = before;
  for (let i = 0; rehearsed === before && i < 100; i++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    rehearsed = await count();
  }
  assert.ok(rehearsed > before, "none was compiled before the weights");
  arrive();
  await page.evaluate(async () => (await slow).predict(new Float32Array(64), 5, [1]));
  assert.equal(await count(), rehearsed);
});

/** A run that adds noise, a submit a step. */
const OPTIONS = { sampler: "ddpm", steps: 3, labels: [1], seed: 7 };
/**
 * Runs in the worker: the device is destroyed when the second step of the next run has been handed to it. Whether the browser
 * tells of the loss before a read fails is a matter of time.
 */
const loseDevice = () => {
  globalThis.lastSubmit = globalThis.submits + 2;
};
/** Runs in the page: a step of the run, then all that is left, and a prediction behind it. */
const beginRun = async (options) => {
  globalThis.run = model.sample(options);
  const steps = run[Symbol.asyncIterator]();
  await steps.next();
  const rest = run.result();
  const predicted = model.predict(new Float32Array(64), 5, [1]);
  globalThis.finished = Promise.all([rest, predicted]).then(([{ x, images }, eps]) => [
    [...x],
    images.map(({ data }) => [...data]),
    [...eps],
  ]);
};
const finishRun = () => page.evaluate(() => finished);

test("a run whose device is destroyed ends with the picture of a run without that", async () => {
  await page.evaluate(beginRun, OPTIONS);
  const [x, pixels, eps] = await finishRun();

  await worker().evaluate(loseDevice);
  await page.evaluate(beginRun, OPTIONS);
  const [goneOn, pixelsGoneOn, epsGoneOn] = await finishRun();
  assert.deepEqual([goneOn, epsGoneOn], [x, eps]);
  assert.deepEqual(pixelsGoneOn, pixels);
  const backend = await page.evaluate(() => diffuser.backend);
  assert.equal(backend.kind, "webgpu");
  assert.match(backend.reason, /^opened anew: the (graphics device was lost|device failed): /);
});

test("a run whose device is destroyed goes on with the CPU where WebGPU is gone", async () => {
  const other = await blankPage(browser, site);
  const expected = await other.evaluate(async (options) => {
    globalThis.told = new Promise((resolve) => {
      globalThis.onBackend = ({ kind, ...backend }) => kind === "cpu" && resolve({ kind, ...backend });
    });
    Object.assign(globalThis, await moved("/tiny/", { onBackend }));
    const cpu = await unnoise.Diffuser.create({ backend: "cpu" });
    const { images } = await (await cpu.load("/tiny/")).sample(options).result();
    cpu.dispose();
    if (diffuser.backend.kind !== "webgpu") throw new Error(diffuser.backend.reason);
    GPU.prototype.requestAdapter = async () => null;
    return images.map(({ data }) => [...data]);
  }, OPTIONS);
  while (other.workers().length > 1) await other.waitForTimeout(20);
  const [first] = other.workers();
  await first.evaluate(loseDevice);
  await other.evaluate(beginRun, OPTIONS);
  const [, pixels] = await other.evaluate(() => finished);
  const apart = pixels.flatMap((data, image) => data.map((value, i) => Math.abs(value - expected[image][i])));
  assert.ok(Math.max(...apart) <= 1, `${Math.max(...apart)} grey values apart`);
  const backend = await other.evaluate(() => told);
  assert.equal(backend.kind, "cpu");
  assert.match(
    backend.reason,
    /^the (graphics device was lost|device failed): .*; the browser offers no WebGPU adapter$/s,
  );
  await other.close();
});

test("a device that computes something else fails the known answer, and the CPU stays", async () => {
  site.patch("/pkg/webgpu/unnoise.js", { before: `(${falsifyReads})();` });
  const other = await blankPage(browser, site);
  const backend = await other.evaluate(async () => {
    const told = new Promise((resolve) => {
      globalThis.onBackend = resolve;
    });
    const diffuser = await unnoise.Diffuser.create({ startTimeout: 360_000, onBackend });
    await (await diffuser.load("/tiny/")).predict(new Float32Array(64), 5);
    return told;
  });
  assert.equal(backend.kind, "cpu");
  assert.match(backend.reason, /WebGPU was tried and given up: the webgpu module failed its known-answer check/);
});

/** Runs in the worker before the glue: every float that is read back from the device is one per cent too large. */
function falsifyReads() {
  const { getMappedRange } = GPUBuffer.prototype;
  GPUBuffer.prototype.getMappedRange = function (...range) {
    const bytes = getMappedRange.apply(this, range);
    if (this.usage & GPUBufferUsage.MAP_READ) {
      const floats = new Float32Array(bytes, 0, bytes.byteLength >> 2);
      floats.set(floats.map((value) => value * 1.01));
    }
    return bytes;
  };
}
