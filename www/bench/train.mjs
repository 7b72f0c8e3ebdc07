// A training step of the burn module beside tf.js, on the same MLP for points (3 layers of 128) and the same batch (256), both in Node.js:
//   npm install --no-save @tensorflow/tfjs@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0 && node www/bench/train.mjs
// tf.js gets its inputs ready made; our step includes drawing examples, times and noise, the time's features and the averaged weights.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname } from "node:path";

const ROUNDS = 12;
const STEPS = 20;
/** Two coordinates and 32 features of the timestep, three hidden layers, two coordinates. */
const SIZES = [34, 128, 128, 128, 2];
const BATCH = 256;

/** Of each contestant the best round, in milliseconds per step; the rounds take turns. */
async function best(contestants) {
  const found = new Map();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, step] of contestants) {
      const begin = performance.now();
      for (let index = 0; index < STEPS; index++) await step();
      const ms = (performance.now() - begin) / STEPS;
      found.set(name, Math.min(ms, found.get(name) ?? Number.POSITIVE_INFINITY));
    }
  }
  return found;
}

async function ours() {
  const pkg = new URL("../../pkg/burn/", import.meta.url);
  const glue = await import(new URL("unnoise.js", pkg));
  const module = new WebAssembly.Module(await readFile(new URL("unnoise_bg.wasm", pkg)));
  await glue.default({ module_or_path: module });
  const points = new Float32Array(8000).map((_, index) => Math.sin(index));
  const trainer = glue.Trainer.start(await glue.Engine.open("cpu"), { points }, { batch: BATCH }, undefined, undefined);
  return () => trainer.step();
}

/** The same network, with SiLU, the mean square error and Adam. */
async function theirs() {
  const tf = await import("@tensorflow/tfjs");
  const { setWasmPaths } = await import("@tensorflow/tfjs-backend-wasm");
  setWasmPaths(`${dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm"))}/`);
  await tf.setBackend("wasm");
  await tf.ready();
  const weights = SIZES.slice(1).map((outputs, layer) => {
    return [tf.variable(tf.randomUniform([SIZES[layer], outputs], -0.1, 0.1)), tf.variable(tf.zeros([outputs]))];
  });
  const last = weights.length - 1;
  const layer = (h, [weight, bias], index) => {
    const y = h.matMul(weight).add(bias);
    return index < last ? y.mul(y.sigmoid()) : y;
  };
  const [x, target] = [tf.randomNormal([BATCH, SIZES[0]]), tf.randomNormal([BATCH, SIZES[last + 1]])];
  const loss = () => weights.reduce(layer, x).sub(target).square().mean();
  const adam = tf.train.adam(2e-3);
  return () => {
    const found = adam.minimize(loss, true);
    found.dataSync();
    found.dispose();
  };
}

const found = await best([
  ["unnoise", await ours()],
  ["tf.js (wasm)", await theirs()],
]);
for (const [name, ms] of found) console.log(`${name}: ${ms.toFixed(1)} ms per step`);
console.log(`ratio: ${(found.get("unnoise") / found.get("tf.js (wasm)")).toFixed(2)}`);
