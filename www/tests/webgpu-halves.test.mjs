// Weights that are halves, on a device that has them. No adapter of a headless Chromium does: SwiftShader has no 16-bit floats. What
// has them is Dawn, Chromium's own WebGPU, in Node on Mesa's llvmpipe (24 or newer). So these run where both are installed:
//   npm install --no-save webgpu@0.6.2; VK_ICD_FILENAMES=/usr/share/vulkan/icd.d/lvp_icd.json node --test www/tests/webgpu-halves.test.mjs
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { tinyConfig, tinyScheduler, tinyWeights } from "./tiny-model.mjs";

const TOLERANCE = 2e-5;
const pkg = new URL("../../pkg/", import.meta.url);
const config = { ...tinyConfig, num_class_embeds: null };

const dawn = await import("webgpu").catch(() => undefined);
const gpu = dawn?.create([]);
const adapter = await gpu?.requestAdapter();
const skip = adapter?.features.has("shader-f16") ? false : "needs the package webgpu and an adapter with shader-f16";
/** The sources that the device was asked to compile. */
const sources = [];
if (!skip) poseAsWorker();

/** Gives the module what it finds in a browser's worker. */
function poseAsWorker() {
  Object.assign(globalThis, dawn.globals);
  globalThis.WorkerGlobalScope = { [Symbol.hasInstance]: (value) => value === globalThis };
  Object.defineProperty(globalThis, "navigator", { value: { gpu }, configurable: true });
  const { createShaderModule } = GPUDevice.prototype;
  GPUDevice.prototype.createShaderModule = function (descriptor) {
    sources.push(descriptor.code);
    return createShaderModule.call(this, descriptor);
  };
}

async function open(kind) {
  const glue = await import(new URL(`${kind}/unnoise.js`, pkg));
  const wasm = await readFile(new URL(`${kind}/unnoise_bg.wasm`, pkg));
  await glue.default({ module_or_path: await WebAssembly.compile(wasm) });
  return glue.Engine.open();
}

/** What both modules predict, how far they are apart, and the kernels with halves that were compiled for it. */
async function compared(engines, weights, { rehearsed }) {
  const before = sources.length;
  if (rehearsed) engines[0].rehearse(config, true);
  const x = Float32Array.from({ length: 2 * 64 }, (_, i) => Math.sin(0.37 * i));
  const outputs = [];
  const compiled = [];
  for (const engine of engines) {
    const bytes = new Uint8Array(weights);
    const parts = { length: bytes.length, at: (first, end) => bytes.subarray(first, end), release: () => {} };
    const network = engine.load({ config, scheduler: tinyScheduler, weights: parts }).finish();
    compiled.push(sources.length - before);
    outputs.push(await network.predict(x, [300, 700], undefined));
    compiled.push(sources.length - before);
    network.free();
  }
  const norm = (values) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  const apart = norm(outputs[0].map((value, i) => value - outputs[1][i])) / norm(outputs[1]);
  return { apart, compiled, halves: sources.slice(before).filter((source) => source.includes("enable f16")).length };
}

test("weights that are halves in all but their type are kept as halves, and the sums are those of f32", {
  skip,
}, async () => {
  const engines = [await open("webgpu"), await open("cpu")];
  const weights = Buffer.from(tinyWeights(undefined, config));

  const whole = await compared(engines, weights, {});
  assert.equal(whole.halves, 0, "weights of 24 bits stay as they are");
  assert.ok(whole.apart < TOLERANCE, `${whole.apart}`);

  const first = 8 + Number(weights.readBigUInt64LE(0));
  for (let at = first; at < weights.length; at += 4) weights.writeFloatLE(rounded(weights.readFloatLE(at)), at);
  const half = await compared(engines, weights, { rehearsed: true });
  assert.ok(half.halves > 0, "no kernel reads halves");
  assert.ok(half.apart < TOLERANCE, `${half.apart}`);
  assert.equal(new Set(half.compiled).size, 1, "what was rehearsed is all that is compiled");
});

/** A number with the 11 bits of a half. */
function rounded(number) {
  if (number === 0) return 0;
  const unit = 2 ** (Math.floor(Math.log2(Math.abs(number))) - 10);
  return Math.round(number / unit) * unit;
}
