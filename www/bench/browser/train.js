// A training step of the burn module and one of tf.js on the same network and batch, in one page: on its main thread, where neither waits
// for a message. tf.js is the page's `tf`.
import { unetStep } from "./tf-unet.js";

/** Two coordinates and 32 features of the timestep, three hidden layers, two coordinates. */
const SIZES = [34, 128, 128, 128, 2];
const POINTS = 256;
const PICTURES = 16;

/**
 * Milliseconds per step of both, the best of the rounds, in which they take turns, and the count of weights of both.
 *
 * @param {object} o
 * @param {"points" | "pictures"} o.network An MLP of 3 layers of 128 at a batch of 256, or the default U-Net for 16 x 16 x 3 pixels at 16.
 * @param {string} o.backend tf.js's.
 * @param {number} o.rounds
 * @param {number} o.steps Steps of a round.
 */
export async function timesOf({ network, backend, rounds, steps }) {
  const { tf } = globalThis;
  tf.wasm.setWasmPaths("/bench/tf/");
  await tf.setBackend(backend);
  await tf.ready();
  // Its inputs are ready made; a step of ours draws examples, times and noise, and averages the weights.
  const [ours, theirs] =
    network === "points"
      ? [await start({ points: numbers(8000) }, { batch: POINTS, network: { fourier: [] } }), mlpStep(tf)]
      : [await start({ images: numbers(48 * 768), shape: [3, 16, 16] }, { batch: PICTURES }), unetStep(tf, PICTURES)];
  if (ours.parameters !== theirs.parameters) throw new Error(`${ours.parameters} weights beside ${theirs.parameters}`);
  const best = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; round < rounds; round++) {
    for (const [which, { step }] of [ours, theirs].entries()) {
      const begin = performance.now();
      for (let index = 0; index < steps; index++) await step();
      best[which] = Math.min(best[which], (performance.now() - begin) / steps);
    }
  }
  const perSecond = ((network === "points" ? POINTS : PICTURES) * 1000) / best[0];
  return { ours: best[0], theirs: best[1], perSecond, parameters: ours.parameters };
}

/** The losses of the first steps of pictures on a device; and what the last of them asked of it, which `globalThis.probe` counts. */
export async function lossesOn({ device, steps }) {
  const trainer = await start({ images: numbers(48 * 768), shape: [3, 16, 16] }, { batch: PICTURES }, device);
  const losses = [];
  let before = {};
  for (let index = 0; index < steps; index++) {
    before = globalThis.probe.read();
    losses.push((await trainer.step()).loss);
  }
  const { dispatches, submits } = globalThis.probe.read();
  return { losses, dispatches: dispatches - before.dispatches, submits: submits - before.submits };
}

function numbers(count) {
  return new Float32Array(count).map((_, index) => Math.sin(index));
}

/** A training in the burn module. */
async function start(data, options, device = "cpu") {
  const glue = await import("/pkg/burn/unnoise.js");
  await glue.default({ module_or_path: "/pkg/burn/unnoise_bg.wasm" });
  const engine = await glue.Engine.open(device);
  const trainer = glue.Trainer.start(engine, data, options, undefined, undefined);
  return { step: () => trainer.step(), parameters: trainer.info().parameters };
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
  const [x, target] = [tf.randomNormal([POINTS, SIZES[0]]), tf.randomNormal([POINTS, SIZES[last + 1]])];
  const loss = () => weights.reduce(layer, x).sub(target).square().mean();
  const adam = tf.train.adam(2e-3);
  const step = () => {
    const found = adam.minimize(loss, true);
    found.dataSync();
    found.dispose();
  };
  return { step, parameters: weights.flat().reduce((sum, { size }) => sum + size, 0) };
}
