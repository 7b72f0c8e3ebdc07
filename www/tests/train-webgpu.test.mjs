// Training on burn-wgpu (SwiftShader, which takes a minute to compile its kernels): the same losses as on the CPU.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setUp } from "./helpers.mjs";
import { trainingPage } from "./train-site.mjs";

/** The project's promise, relative. */
const ON_WGPU = 1e-3;

const { browser, site } = await setUp();

test("three steps on images have the CPU's losses, and again the same to the last bit", async () => {
  const page = await trainingPage(browser, site);
  const [cpu, webgpu, again] = await page.evaluate(async () => {
    const all = [];
    for (const device of ["cpu", "webgpu", "webgpu"]) {
      const trainer = await diffuser.train(halves(4), { network: small.images, batch: 4, device });
      all.push({ first: (await losses(trainer, 3)).slice(0, 3), device: trainer.info.backend.device });
      trainer.dispose();
    }
    return all;
  });
  assert.deepEqual([cpu.device, webgpu.device], ["cpu", "webgpu"]);
  assert.equal(webgpu.first.length, 3);
  assert.deepEqual(again, webgpu);
  for (const [i, loss] of webgpu.first.entries()) {
    assert.ok(Math.abs(loss - cpu.first[i]) < ON_WGPU * cpu.first[i], `${webgpu.first} and ${cpu.first}`);
  }
});

test("without WebGPU a training on it is refused", async () => {
  const page = await trainingPage(browser, site, { init: () => delete Navigator.prototype.gpu });
  const code = await page.evaluate(() => codeOf(() => diffuser.train({ points: moons(4) }, { device: "webgpu" })));
  assert.equal(code, "webgpu-unavailable");
});
