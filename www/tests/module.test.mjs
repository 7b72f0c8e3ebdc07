// The modules themselves, without the worker around them: what their runs throw, and what is left of a run then.
import assert from "node:assert/strict";
import { test } from "node:test";
import { blankPage, setUp } from "./helpers.mjs";

const { browser, site } = await setUp();
const page = await blankPage(browser, site);
await page.evaluate(() => {
  /** A module, and the tiny network in it. */
  globalThis.opened = async (kind) => {
    const glue = await import(`/pkg/${kind}/unnoise.js`);
    await glue.default();
    const file = (path) => fetch(`/tiny/${path}`);
    const config = await (await file("unet/config.json")).json();
    const scheduler = await (await file("scheduler/scheduler_config.json")).json();
    const bytes = await (await file("unet/diffusion_pytorch_model.safetensors")).bytes();
    const weights = { length: bytes.length, at: (first, end) => bytes.subarray(first, end), release: () => {} };
    const engine = await glue.Engine.open(kind);
    return { glue, scheduler, network: engine.load({ config, scheduler, weights }).finish() };
  };
});

test("a step whose numbers cannot be read leaves PyTorch's stream where it was", async () => {
  const { codes, steps, undisturbed } = await page.evaluate(async () => {
    const { network } = await opened("webgpu");
    const codes = [];
    const { mapAsync } = GPUBuffer.prototype;
    /** Every state of a run that draws noise at each step; the second step fails `failures` times. */
    const sample = async (failures) => {
      const run = network.run({ sampler: "ddpm", steps: 4, seed: 5, rng: "torch", labels: [1] });
      const state = async () => {
        const { floats } = await run.step(network, true);
        return (floats ?? (await run.floats())).xt.join();
      };
      const states = [await state()];
      GPUBuffer.prototype.mapAsync = () => Promise.reject(new DOMException("no", "OperationError"));
      for (let i = 0; i < failures; i++) codes.push(await codeOf(() => run.step(network, true)));
      GPUBuffer.prototype.mapAsync = mapAsync;
      while (states.length < 4) states.push(await state());
      return states;
    };
    return { undisturbed: await sample(0), steps: await sample(2), codes };
  });
  assert.deepEqual(codes, ["device", "device"]);
  assert.equal(new Set(undisturbed).size, 4);
  assert.deepEqual(steps, undisturbed);
});

test("a fault of the program is no failure of the device: it has no code", async () => {
  const error = await page.evaluate(async () => {
    const { glue, scheduler, network } = await opened("cpu");
    const run = glue.runWithDenoiser({ steps: 2 }, scheduler, [1, 1, 8, 8], undefined);
    const thrown = await run.step(network, true).catch((error) => error);
    return [thrown instanceof Error, thrown.code, thrown.message].map(String);
  });
  assert.deepEqual(error, ["true", "undefined", "a run without a network has no step of its own"]);
});

test("a call of the burn module costs what it does: the module's constructors run once", async () => {
  const quickest = await page.evaluate(async () => {
    const glue = await import("/pkg/burn/unnoise.js");
    await glue.default();
    const times = Array.from({ length: 200 }, (_, call) => {
      const begin = performance.now();
      glue.noise(call, [1, 1, 1, 1]);
      return performance.now() - begin;
    });
    return Math.min(...times);
  });
  // Where every export runs them, each call takes milliseconds. The quickest one was not held up by what else the machine does.
  assert.ok(quickest < 2, `the quickest of 200 calls took ${quickest} ms`);
});
