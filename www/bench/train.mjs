// A training step of the burn module beside tf.js, on the same network and batch, both in Node.js: an MLP for points (3 layers of 128,
// batch 256), and a U-Net for pictures (16 x 16 x 3, channels 16, 32 and 32, batch 16).
//   npm install --no-save @tensorflow/tfjs@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0 && node www/bench/train.mjs
// tf.js gets its inputs ready made; our step includes drawing examples, times and noise, the time's features and the averaged weights.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { unetStep } from "./tf-unet.mjs";

/** Two coordinates and 32 features of the timestep, three hidden layers, two coordinates. */
const SIZES = [34, 128, 128, 128, 2];
const BATCH = 256;
/** Pictures per step. */
const PICTURES = 16;

/** Of each contestant the best round of so many steps, in milliseconds per step; the rounds take turns. */
async function best(contestants, rounds, steps) {
  const found = new Map();
  for (let round = 0; round < rounds; round++) {
    for (const [name, step] of contestants) {
      const begin = performance.now();
      for (let index = 0; index < steps; index++) await step();
      const ms = (performance.now() - begin) / steps;
      found.set(name, Math.min(ms, found.get(name) ?? Number.POSITIVE_INFINITY));
    }
  }
  return found;
}

/** Begins trainings in the burn module. */
async function ours() {
  const pkg = new URL("../../pkg/burn/", import.meta.url);
  const glue = await import(new URL("unnoise.js", pkg));
  const module = new WebAssembly.Module(await readFile(new URL("unnoise_bg.wasm", pkg)));
  await glue.default({ module_or_path: module });
  const engine = await glue.Engine.open("cpu");
  return (data, batch) => {
    const trainer = glue.Trainer.start(engine, data, { batch }, undefined, undefined);
    return { step: () => trainer.step(), parameters: trainer.info().parameters };
  };
}

/** tf.js on a back end. */
async function theirs(backend) {
  const tf = await import("@tensorflow/tfjs");
  const { setWasmPaths } = await import("@tensorflow/tfjs-backend-wasm");
  setWasmPaths(`${dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm"))}/`);
  await tf.setBackend(backend);
  await tf.ready();
  return tf;
}

/** The same MLP, with SiLU, the mean square error and Adam. */
function mlpStep(tf) {
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

/** Says what was measured, ours first. */
function tell(what, found) {
  const [[, ms], [, other]] = found;
  const rows = [...found].map(([name, ms]) => `${name} ${ms.toFixed(1)} ms per step`);
  console.log(`${what}: ${rows.join(", ")}; ratio ${(ms / other).toFixed(2)}`);
}

const numbers = (count) => new Float32Array(count).map((_, index) => Math.sin(index));
const begin = await ours();
const points = begin({ points: numbers(8000) }, BATCH);
const mlp = mlpStep(await theirs("wasm"));
tell(
  "points",
  await best(
    [
      ["unnoise", points.step],
      ["tf.js (wasm)", mlp],
    ],
    12,
    20,
  ),
);

// Its other back end, which could be the faster one.
const plain = mlpStep(await theirs("cpu"));
tell(
  "points",
  await best(
    [
      ["unnoise", points.step],
      ["tf.js (cpu)", plain],
    ],
    3,
    4,
  ),
);

const pictures = begin({ images: numbers(48 * 768), shape: [3, 16, 16] }, PICTURES);
// Its wasm back end has no gradient of a convolution's weights; the other takes many seconds per step.
const unet = unetStep(await theirs("cpu"), PICTURES);
const found = await best(
  [
    ["unnoise", pictures.step],
    ["tf.js (cpu)", unet.step],
  ],
  2,
  1,
);
tell(`pictures (${pictures.parameters} weights, tf.js ${unet.parameters})`, found);
console.log(`unnoise learns from ${((1000 * PICTURES) / found.get("unnoise")).toFixed(0)} pictures per second`);
