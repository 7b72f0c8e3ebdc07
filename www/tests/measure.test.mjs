// Encoding through the public API, and what it shares with the bound: progress, aborting, bad input.
import assert from "node:assert/strict";
import { test } from "node:test";
import { blankPage, codes, setUp } from "./helpers.mjs";
import { constantWeights, tinyWeights } from "./tiny-model.mjs";

/** Weights of a network whose answers are small and do not swing with the timestep, so that few steps follow them. */
const gentle = tinyWeights((name, values) => {
  if (name === "time_embedding.linear_2.weight") values.fill(0);
  if (name.startsWith("conv_out")) values.set(values.map((value) => value / 1000));
});

const { browser, site } = await setUp();
site.putModel("/constant/", { weights: constantWeights(0.5) });
site.putModel("/gentle/", { weights: gentle });
// Counts in the worker what is made and what is freed.
site.patch("/pkg/cpu/unnoise.js", { after: `(${count})(Network, Measurement);` });
const page = await blankPage(browser, site);
await page.evaluate(async () => {
  globalThis.diffuser = await unnoise.Diffuser.create({ backend: "cpu" });
  globalThis.model = await diffuser.load("/tiny/");
  globalThis.gentle = await diffuser.load("/gentle/");
  globalThis.constant = await diffuser.load("/constant/");
  globalThis.x = (await unnoise.noise(5, [3, 1, 8, 8])).map((v) => Math.max(-1, Math.min(1, v / 2)));
  globalThis.apart = (a, b) => Math.sqrt(a.reduce((sum, v, i) => sum + (v - b[i]) ** 2, 0) / a.length);
});

function count(Network, Measurement) {
  globalThis.alive = 0;
  globalThis.stepsTaken = 0;
  for (const kind of ["encode", "likelihood", "estimateAnalytic"]) {
    const make = Network.prototype[kind];
    Network.prototype[kind] = function (...given) {
      const made = make.apply(this, given);
      globalThis.alive += 1;
      return made;
    };
  }
  const { step, free } = Measurement.prototype;
  Measurement.prototype.step = function (network) {
    globalThis.stepsTaken += 1;
    return step.call(this, network);
  };
  Measurement.prototype.free = function () {
    globalThis.alive -= 1;
    free.call(this);
  };
}

/** After all that was asked of the worker so far: how many measurements it holds, and how many steps they took. */
async function inWorker() {
  await page.evaluate(() => diffuser.memory());
  const [worker] = page.workers();
  return worker.evaluate(() => [globalThis.alive, globalThis.stepsTaken]);
}

test("encode then decode gives the image back, the closer the more steps", async () => {
  const errors = await page.evaluate(async () => {
    const errors = [];
    for (const steps of [10, 40, 160]) {
      const o = { steps, trajectory: "even", labels: [0, 1, 2] };
      const noise = await gentle.encode(x, o);
      const decoded = await gentle.sample({ ...o, batch: 3, noise, sampler: "ddim", clip: "none" }).result();
      errors.push(apart(decoded.x, x));
    }
    return errors;
  });
  // Of first order: four times the steps, a quarter of the error.
  assert.ok(errors[1] < errors[0] / 2.5 && errors[2] < errors[1] / 2.5, `${errors}`);
});

test("with a network whose answer is constant an encoding is exact, on every trajectory", async () => {
  const worst = await page.evaluate(async () => {
    const worst = [];
    for (const o of [{}, { steps: 1 }, { trajectory: "even", steps: 7 }, { trajectory: [999, 40, 3] }]) {
      const { steps } = await constant.plan(o);
      const a = 1 / (1 + Math.exp(-steps[0].logSnr));
      const encoded = await constant.encode(x, o);
      const wanted = x.map((v) => Math.sqrt(a) * v + Math.sqrt(1 - a) * 0.5);
      worst.push(Math.max(...encoded.map((v, i) => Math.abs(v - wanted[i]))));
      const decoded = await constant.sample({ ...o, batch: 3, noise: encoded, clip: "none" }).result();
      worst.push(apart(decoded.x, x) / 100);
    }
    return worst;
  });
  for (const error of worst) assert.ok(error < 1e-5, `${worst}`);
});

test("progress runs from 0 to 1, and other calls go between the steps", async () => {
  const { shares, order } = await page.evaluate(async () => {
    const [shares, order] = [[], []];
    await Promise.all([
      model
        .likelihood(x, { steps: 10, onProgress: (share) => shares.push(share) })
        .then(() => order.push("likelihood")),
      model.encode(x, { steps: 5 }).then(() => order.push("encode")),
      model.predict(x, 5).then(() => order.push("predict")),
      model
        .sample({ steps: 3 })
        .result()
        .then(() => order.push("sample")),
    ]);
    return { shares, order };
  });
  assert.deepEqual(
    shares,
    Array.from({ length: 11 }, (_, done) => done / 10),
  );
  assert.deepEqual(order, ["predict", "sample", "encode", "likelihood"]);
});

test("a progress callback that throws does not end the work", async () => {
  const thrown = page.waitForEvent("pageerror");
  const length = await page.evaluate(async () => {
    const onProgress = () => {
      throw new Error("mine");
    };
    return (await model.encode(x, { steps: 2, onProgress })).length;
  });
  assert.equal(length, 192);
  assert.equal((await thrown).message, "mine");
});

test("an abort acts within one step, and all is freed however it ends", async () => {
  const [, from] = await inWorker();
  const reasons = await page.evaluate(async () => {
    const aborted = async (when, o) => {
      const stop = new AbortController();
      const onProgress = (share) => {
        if (share >= when) stop.abort("enough");
      };
      return model.likelihood(x, { ...o, signal: stop.signal, onProgress }).catch((reason) => reason);
    };
    const pending = new AbortController();
    setTimeout(() => pending.abort("while pending"), 20);
    return [
      await aborted(0, { steps: 10 }),
      await aborted(0.4, { steps: 10 }),
      await aborted(1, { steps: 10 }),
      await model.encode(x, { signal: AbortSignal.abort("before") }).catch((reason) => reason),
      await model.encode(x, { steps: 1000, signal: pending.signal }).catch((reason) => reason),
      await codeOf(() => model.likelihood(x, { steps: 0 })),
    ];
  });
  assert.deepEqual(reasons, ["enough", "enough", "enough", "before", "while pending", "invalid-steps"]);
  const [alive, to] = await inWorker();
  assert.equal(alive, 0);
  // 0, 4 and 10 steps of the bounds, and some of the thousand of the encoding.
  assert.ok(to - from >= 14 && to - from < 900, `${to - from} steps`);
  const [, later] = await inWorker();
  assert.equal(later, to);
  assert.equal(await page.evaluate(async () => (await model.encode(x, { steps: 2 })).length), 192);
});

test("images that are none", async () => {
  const table = [
    ["undefined", "invalid-x"],
    ["[0.5]", "invalid-x"],
    ["new Float64Array(64)", "invalid-x"],
    ["new Float32Array(0)", "invalid-x"],
    ["new Float32Array(63)", "invalid-x"],
    ["new Float32Array(65)", "invalid-x"],
    ["new Float32Array(64 * 4097)", "invalid-x"],
    ["new Float32Array(64).fill(1.001)", "invalid-x"],
    ["new Float32Array(64).fill(-1.001)", "invalid-x"],
    ["new Float32Array(64).fill(NaN)", "invalid-x"],
    ["new Float32Array(64).fill(Infinity)", "invalid-x"],
  ];
  assert.deepEqual(await codes(page, "model.encode(o)", table), table);
  assert.deepEqual(await codes(page, "model.likelihood(o)", table), table);
  const said = await page.evaluate(() => failure(() => model.encode(new Float32Array(64).fill(-1.5))));
  assert.equal(said.message, "`x` is -1.5 at element 0; it must be images in [-1, 1]");
});

/** Options that encode and likelihood check alike. */
const BOTH = [
  ["{ steps: 0 }", "invalid-steps"],
  ["{ steps: 1001 }", "invalid-steps"],
  ["{ steps: NaN }", "invalid-steps"],
  ["{ steps: 1, trajectory: 'even' }", "invalid-steps"],
  ["{ steps: 1, trajectory: 'optimal' }", "invalid-steps"],
  ["{ steps: 5, trajectory: 'optimal' }", "invalid-mean-sq-eps"],
  ["{ steps: 2, trajectory: [9, 5, 1] }", "invalid-steps"],
  ["{ trajectory: 'sideways' }", "invalid-trajectory"],
  ["{ trajectory: [1, 2] }", "invalid-trajectory"],
  ["{ trajectory: [5, 5, 1] }", "invalid-trajectory"],
  ["{ trajectory: [] }", "invalid-trajectory"],
  ["{ labels: [3] }", "invalid-labels"],
  ["{ labels: [0, 1] }", "invalid-labels"],
  ["{ labels: 1 }", "invalid-labels"],
  ["{ signal: 5 }", "invalid-signal"],
  ["{ onProgress: 5 }", "invalid-on-progress"],
  ["{ eta: 0 }", "unknown-option"],
  ["{ clip: 'none' }", "unknown-option"],
  ["null", "invalid-options"],
  ["5", "invalid-options"],
];

test("options that encode does not have", async () => {
  const table = [
    ["{ seed: 1 }", "unknown-option"],
    ["{ sampler: 'ddim' }", "unknown-option"],
  ];
  assert.deepEqual(await codes(page, "model.encode(x, o)", table), table);
});

test("options of both", async () => {
  assert.deepEqual(await codes(page, "model.encode(x, o)", BOTH), BOTH);
  assert.deepEqual(await codes(page, "model.likelihood(x, o)", BOTH), BOTH);
});

test("after all of this nothing is left, and the model still answers", async () => {
  assert.equal((await inWorker())[0], 0);
  assert.equal(await page.evaluate(async () => (await model.sample({ steps: 2 }).result()).x.length), 64);
});
