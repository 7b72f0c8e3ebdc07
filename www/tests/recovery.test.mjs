// A graphics device that is lost: what was under way goes on, with the same bits. The device is the CPU module's, which fails as a
// lost one does; webgpu.test.mjs destroys a real one.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, afterEach, before, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { blankPage, launch, poseAsHardware, Site } from "./helpers.mjs";
import { constantWeights, tinyScheduler, tinyWeights } from "./tiny-model.mjs";

const CPU = new URL("../../pkg/cpu/", import.meta.url);
/** Few timesteps, so that a table is measured in a moment. */
const SHORT = { ...tinyScheduler, num_train_timesteps: 20 };

let browser;
let site;
before(async () => {
  browser = await launch();
  site = await Site.start();
  site.putModel("/short/", { scheduler: SHORT });
});
after(() => browser.close());
after(() => site.close());
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

/** Code after the glue: the device is lost in place of the call with this number, from 0, of a method. */
const losing = (method, at) => `{
  const { prototype, name } = ${method.split(".")[0]};
  const call = prototype.${method.split(".")[1]};
  let calls = 0;
  prototype.${method.split(".")[1]} = function (...given) {
    if (calls++ !== ${at}) return call.apply(this, given);
    throw Object.assign(new Error("the graphics device was lost: test"), { code: "device" });
  };
}`;
const LOST_AT_OPEN = 'Engine.open = async () => { throw Object.assign(new Error("no device"), { code: "device" }); };';

/** A page whose n-th WebGPU worker has the n-th code; it keeps the back ends that it is told of, and has what a run would be without a loss. */
async function pageWith(codes, { backend = "webgpu", folder = "/tiny/" } = {}) {
  let started = 0;
  site.put("/pkg/webgpu/unnoise.js", async () => ({
    type: "text/javascript",
    body: `${await readFile(new URL("unnoise.js", CPU), "utf8")}\n${codes[started++] ?? ""}`,
  }));
  const wasm = await readFile(new URL("unnoise_bg.wasm", CPU));
  site.put("/pkg/webgpu/unnoise_bg.wasm", { type: "application/wasm", body: wasm });

  const page = await blankPage(browser, site, { init: poseAsHardware });
  await page.evaluate(
    async ([backend, folder]) => {
      globalThis.told = [];
      globalThis.diffuser = await unnoise.Diffuser.create({ backend, onBackend: (next) => told.push(next) });
      globalThis.model = await diffuser.load(folder);
      const cpu = await unnoise.Diffuser.create({ backend: "cpu" });
      globalThis.plain = await cpu.load(folder);
      globalThis.plainDiffuser = cpu;
      globalThis.text = async (run) => (await run.result()).x.join();
      globalThis.echo = { denoiser: (x) => x.map((v) => 0.8 * v), shape: [1, 1, 4, 4], scheduler: {} };
    },
    [backend, folder],
  );
  return { page, started: () => started };
}

/** Whatever a run must not forget. */
const RUNS = [
  { sampler: "ddim" },
  { sampler: "ddpm", batch: 2, labels: [0, 1], guidance: 2 },
  { sampler: "ddim", eta: 0.5, rng: "torch" },
  { sampler: "vdm", rng: "torch", noise: true },
  { sampler: "ddpm", batch: 3, branch: 2 },
  { sampler: "ddpm", rng: "torch", blend: { seeds: [3], at: [0.2, 0.7], labels: [0, 1] } },
];

test("a run goes on from its last finished step with the same bits", async () => {
  // Every device does three steps: the runs of four are cut before the last one, then before the third, and so on.
  const { page, started } = await pageWith(Array(8).fill(losing("Run.step", 3)));
  for (const options of RUNS) {
    const [steps, x, expected] = await page.evaluate(async (o) => {
      const options = { ...o, seed: 7, steps: 4 };
      const start = () => (o.noise ? { noise: new Float32Array(64).fill(0.25) } : {});
      const expected = await text(plain.sample({ ...options, ...start() }));
      const given = start();
      const run = model.sample({ ...options, ...given });
      const steps = [];
      for await (const step of run) {
        // What the caller does with a step's floats, or with the start that he gave, is his own affair.
        if (step.index === 0 && o.noise) structuredClone(given.noise, { transfer: [given.noise.buffer] });
        if (step.next !== null) step.xt().fill(0);
        steps.push(step.index);
      }
      return [steps, await text(run), expected];
    }, options);
    const name = JSON.stringify(options);
    assert.deepEqual(steps, [0, 1, 2, 3], name);
    assert.equal(x, expected, name);
  }
  const [told, backend] = await page.evaluate(() => [told, diffuser.backend]);
  assert.equal(told.length, 7);
  assert.deepEqual(told[6], backend);
  assert.deepEqual([backend.kind, backend.reason], ["webgpu", "opened anew: the graphics device was lost: test"]);
  assert.equal(started(), 8);
  assert.equal(page.workers().length, 2, "only the last one is left, and the CPU's");
});

test("a device that is lost at the same step again leaves the run to the CPU", async () => {
  const { page, started } = await pageWith([losing("Run.step", 2), losing("Run.step", 0)], { backend: "auto" });
  const [x, expected, told] = await page.evaluate(async () => {
    const o = { sampler: "ddpm", steps: 4, seed: 1, rng: "torch" };
    return [await text(model.sample(o)), await text(plain.sample(o)), told];
  });
  assert.equal(x, expected);
  assert.deepEqual(
    told.map(({ kind }) => kind),
    ["webgpu", "cpu"],
  );
  assert.equal(told[1].reason, "the graphics device was lost: test, and the new one too");
  assert.equal(started(), 2);
});

test("where no new device opens, the CPU takes over", async () => {
  const { page } = await pageWith([losing("Run.step", 1), LOST_AT_OPEN], { backend: "auto" });
  const [x, expected, told] = await page.evaluate(async () => {
    const o = { sampler: "ddpm", steps: 3, seed: 1 };
    return [await text(model.sample(o)), await text(plain.sample(o)), told];
  });
  assert.equal(x, expected);
  assert.deepEqual([told.length, told[0].kind], [1, "cpu"]);
  assert.match(told[0].reason, /^the graphics device was lost: test; WebGPU was tried and given up: no device$/);
});

test("WebGPU that was asked for is lost for good where no new device lasts, until one does", async () => {
  const codes = [losing("Run.step", 1), losing("Run.step", 0), losing("Run.step", 0), LOST_AT_OPEN];
  const { page } = await pageWith(codes);
  const found = await page.evaluate(async () => {
    const o = { steps: 3, seed: 1 };
    const run = model.sample(o);
    const failures = [await failure(() => run.result())];
    for (let i = 0; i < 2; i++) failures.push(await failure(() => model.sample(o).result()));
    const again = await text(model.sample(o));
    return { failures, again, expected: await text(plain.sample(o)), closed: await codeOf(() => run.result()) };
  });
  for (const { code, message } of found.failures) {
    assert.deepEqual([code, message], ["device", "the graphics device was lost: test"]);
  }
  assert.deepEqual([found.again, found.closed], [found.expected, "run-closed"]);
});

test("all that is under way goes on in one new worker", async () => {
  const { page, started } = await pageWith([losing("Run.step", 3)]);
  const [found, expected] = await page.evaluate(async () => {
    const all = (model, diffuser) => {
      const x = new Float32Array(64).fill(0.5);
      const calls = [
        text(model.sample({ sampler: "ddpm", steps: 4, seed: 1 })),
        text(model.sample({ sampler: "ddpm", steps: 4, seed: 2, rng: "torch" })),
        text(diffuser.sample({ ...echo, steps: 4, seed: 3, sampler: "ddpm" })),
        model.predict(x, 5, [1]).then((eps) => eps.join()),
        model.plan({ steps: 2 }).then(JSON.stringify),
        model.likelihood(x, { steps: 4 }).then(JSON.stringify),
        unnoise.noise(1, [1, 1, 2, 2]).then((z) => z.join()),
      ];
      // What was given is taken as it was then.
      x.fill(0);
      return Promise.all(calls);
    };
    return [await all(model, diffuser), await all(plain, plainDiffuser)];
  });
  assert.deepEqual(found, expected);
  assert.equal(started(), 2);
});

test("a model whose device is lost while it loads is loaded on the next one", async () => {
  const { page, started } = await pageWith([losing("Engine.load", 0)]);
  const [x, expected] = await page.evaluate(async () => {
    const o = { steps: 2, seed: 1 };
    return [await text(model.sample(o)), await text(plain.sample(o))];
  });
  assert.equal(x, expected);
  assert.equal(started(), 2);
});

test("a denoiser is asked once a step, whatever is lost", async () => {
  const { page, started } = await pageWith([losing("Run.advance", 1), losing("Run.input", 1)]);
  const { asked, x, expected } = await page.evaluate(async () => {
    const asked = [];
    const denoiser = (x, t) => {
      asked.push(t);
      return echo.denoiser(x);
    };
    const o = { ...echo, sampler: "ddpm", steps: 5, seed: 1, rng: "torch" };
    return { x: await text(diffuser.sample({ ...o, denoiser })), expected: await text(plainDiffuser.sample(o)), asked };
  });
  assert.deepEqual(asked, [800, 600, 400, 200, 0]);
  assert.equal(x, expected);
  assert.equal(started(), 3);
});

test("a measurement begins again, and its table outlives the device", async () => {
  const { page } = await pageWith([losing("Measurement.step", 5), losing("Run.step", 1)], { folder: "/short/" });
  const { fractions, same, x, expected, code } = await page.evaluate(async () => {
    const images = (await unnoise.noise(5, [1, 1, 8, 8])).map(Math.tanh);
    const fractions = [];
    const table = await model.estimateAnalytic(images, { onProgress: (fraction) => fractions.push(fraction) });
    const other = await plain.estimateAnalytic(images);
    const same = JSON.stringify(table) === JSON.stringify(other);
    const o = { sampler: "analytic-ddpm", steps: 4, seed: 1 };
    return {
      fractions,
      same,
      x: await text(model.sample(o)),
      expected: await text(plain.sample(o)),
      code: model.info.hasAnalytic,
    };
  });
  assert.deepEqual(fractions.filter((fraction) => fraction === 0).length, 2);
  assert.equal(fractions.at(-1), 1);
  assert.deepEqual([same, x === expected, code], [true, true, true]);
});

test("a run does not go on with a table that was measured after its start", async () => {
  const { page } = await pageWith([losing("Run.step", 1)], { folder: "/short/" });
  const code = await page.evaluate(async () => {
    const images = (await unnoise.noise(5, [1, 1, 8, 8])).map(Math.tanh);
    await model.estimateAnalytic(images);
    const run = model.sample({ sampler: "analytic-ddpm", steps: 4, seed: 1 });
    await run[Symbol.asyncIterator]().next();
    await model.estimateAnalytic(images, { seed: 2 });
    return codeOf(() => run.result());
  });
  assert.equal(code, "model-changed");
});

test("files in memory are loaded again, unless they are gone", async () => {
  const { page } = await pageWith([losing("Run.step", 1)]);
  const found = await page.evaluate(async () => {
    const config = await (await fetch("/tiny/unet/config.json")).json();
    const weights = await (await fetch("/tiny/unet/diffusion_pytorch_model.safetensors")).arrayBuffer();
    const gone = weights.slice();
    const o = { steps: 3, seed: 1, labels: [0], sampler: "ddpm" };
    const models = [];
    for (const given of [weights, new Blob([weights]), gone])
      models.push(await diffuser.load({ config, weights: given }));
    structuredClone(gone, { transfer: [gone] });
    const found = [];
    for (const model of models) found.push(await text(model.sample(o)).catch(({ code }) => code));
    return { found, expected: await text(plain.sample(o)), kept: weights.byteLength > 0 };
  });
  assert.deepEqual(found.found, [found.expected, found.expected, "model-changed"]);
  assert.ok(found.kept);
});

test("a model that has changed or is gone by then is an error, and the Diffuser lives on", async () => {
  const path = "/fickle/unet/diffusion_pytorch_model.safetensors";
  for (const [code, weights] of [
    ["model-changed", { type: "application/octet-stream", body: constantWeights(0.5) }],
    ["http-status", { status: 404 }],
  ]) {
    site.putModel("/fickle/", { weights: tinyWeights() });
    const { page } = await pageWith([losing("Run.step", 1)], { folder: "/fickle/" });
    site.put(path, weights);
    assert.equal(await page.evaluate(() => codeOf(() => model.sample({ steps: 3 }).result())), code);
    site.put(path, { type: "application/octet-stream", body: tinyWeights() });
    const [again, expected] = await page.evaluate(async () => {
      const o = { steps: 3, seed: 2 };
      return [await text(model.sample(o)), await text(plain.sample(o))];
    });
    assert.equal(again, expected);
  }
});

test("a Diffuser that is disposed of while it recovers leaves no worker", async () => {
  const { page, started } = await pageWith([losing("Run.step", 1), "Engine.open = () => new Promise(() => {});"]);
  await page.evaluate(() => {
    plainDiffuser.dispose();
    globalThis.pending = codeOf(() => model.sample({ steps: 3 }).result());
  });
  while (started() < 2) await setTimeout(20);
  await page.evaluate(() => diffuser.dispose());
  assert.equal(await page.evaluate(() => pending), "disposed");
  assert.equal(await page.evaluate(() => codeOf(() => model.plan())), "disposed");
  while (page.workers().length > 0) await setTimeout(20);
});

test("a run that is aborted while its Diffuser recovers rejects at once", async () => {
  const { page, started } = await pageWith([losing("Run.step", 1), "Engine.open = () => new Promise(() => {});"]);
  await page.evaluate(() => {
    globalThis.controller = new AbortController();
    const { signal } = controller;
    const x = new Float32Array(64);
    globalThis.pending = [model.sample({ steps: 3, signal }).result(), model.likelihood(x, { steps: 2, signal })].map(
      (work) => work.catch((reason) => reason),
    );
  });
  while (started() < 2) await setTimeout(20);
  const reasons = await page.evaluate(() => {
    controller.abort("enough");
    return Promise.all(pending);
  });
  assert.deepEqual(reasons, ["enough", "enough"]);
});

test("a callback that is none is an error", async () => {
  const { page } = await pageWith([]);
  assert.equal(
    await page.evaluate(() => codeOf(() => unnoise.Diffuser.create({ onBackend: 3 }))),
    "invalid-on-backend",
  );
});
