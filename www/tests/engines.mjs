// What Firefox and WebKit are both asked, as functions that run in a page with the library, and what must come of it.
import assert from "node:assert/strict";
import { defineModels } from "./fuzz-models.mjs";
import { defineValues } from "./fuzz-values.mjs";
import { tinyConfig, tinyScheduler } from "./tiny-model.mjs";

/** What "auto" takes. */
export async function automatic() {
  const diffuser = await unnoise.Diffuser.create();
  const { kind, adapter, reason } = diffuser.backend;
  diffuser.dispose();
  return { kind, adapter, reason };
}

/** The CPU, because there is no WebGPU to compute on. */
export function isCpu({ kind, adapter, reason }) {
  assert.equal(kind, "cpu");
  assert.match(adapter, /SIMD128/);
  assert.match(reason, /WebGPU|adapter/);
}

/** The bits of every step of three samplers with a denoiser of one's own. */
export async function ownDenoiser() {
  const diffuser = await unnoise.Diffuser.create({ backend: "cpu" });
  const bits = {};
  for (const sampler of ["ddpm", "ddim", "vdm"]) {
    const denoiser = (x, t) => x.map((v) => (v * t) / (t + 1));
    const run = diffuser.sample({ denoiser, shape: [2, 1, 4, 4], scheduler: {}, sampler, steps: 9, seed: 11 });
    for await (const step of run)
      bits[`${sampler} ${step.index}`] = [...new Uint32Array((await step.xt()).buffer)].join();
  }
  diffuser.dispose();
  return bits;
}

/** As many different steps, with the same bits in both. */
export function haveSameBits([found, other]) {
  assert.equal(Object.keys(found).length, 27);
  assert.equal(new Set(Object.values(found)).size, 27);
  assert.deepEqual(found, other);
}

/** The outcome and the picture of two elements that run at once. */
export async function twoElements() {
  await import("/pkg/element.js");
  const ended = ["3", "4"].map(async (seed) => {
    const element = document.createElement("diffusion-sampler");
    const attributes = { model: "/tiny/", backend: "cpu", steps: "5", labels: "a", seed };
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.style.width = "100px";
    document.body.append(element);
    return [await element.generate(), element.current.rgba("xt").data.join()];
  });
  return Promise.all(ended);
}

/** Both ran to their own picture, and `requests` asked for the weights once. */
export function shareAnEngine([first, second], requests) {
  assert.deepEqual([first[0], second[0]], ["complete", "complete"]);
  assert.notEqual(first[1], second[1]);
  assert.equal(requests.filter(({ path }) => path.endsWith("model.safetensors")).length, 1);
}

/** Needs `defineValues` and `defineModels` before: what becomes of the first changed models. */
async function changedModels(count) {
  const found = [];
  for (let seed = 1; seed <= count; seed++) found.push(await tried(seed));
  return found.map(({ problem, said }) => problem ?? said);
}

/** Needs `defineValues` and `defineModels` before: what becomes of every odd value of some options. */
async function oddOptions() {
  const found = {};
  for (const option of ["steps", "labels", "start", "signal"]) {
    for (const [name, value] of Object.entries(values)) {
      const run = model.sample.bind(model, { steps: 2, labels: [0], [option]: value() });
      found[`${option} ${name}`] = await codeOf(async () => {
        const steps = run()[Symbol.asyncIterator]();
        await steps.next();
        await steps.return();
      });
    }
  }
  return found;
}

/**
 * In a page with the library, and in another one, of another browser or on the CPU, the same changed models are loaded, and the others
 * refused in the same words. The site has the tiny model's weights at /weights.
 */
export async function areRefusedAlike(page, other, { backend = "cpu", count = 50 } = {}) {
  const become = async (one, backend) => {
    await one.evaluate(defineValues);
    await one.evaluate(defineModels, { backend, config: tinyConfig, scheduler: tinyScheduler });
    return one.evaluate(changedModels, count);
  };
  const [found, expected] = [await become(page, backend), await become(other, "cpu")];
  assert.deepEqual(found, expected);
  assert.ok(found.filter(Boolean).length > found.length / 3);
}

/** In a page after `areRefusedAlike`: odd values of options are refused by codes of the library's own. */
export async function areRefusedByCodes(page) {
  const codes = await page.evaluate(oddOptions);
  const foreign = Object.entries(codes).filter(
    ([, code]) => code === undefined || ["engine-crashed", "not-sent"].includes(code),
  );
  // A signal that is aborted already gives its own reason.
  assert.deepEqual(
    foreign.filter(([name]) => name !== "signal an aborted signal"),
    [],
  );
  assert.ok(Object.values(codes).filter((code) => code === "nothing was thrown").length > 10);
}
