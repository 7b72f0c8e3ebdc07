// Encoding and the variational bound through the public API, on networks that are small or constant.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { blankPage, codes, launch, Site } from "./helpers.mjs";
import { tinyScheduler, tinyWeights } from "./tiny-model.mjs";

/** Weights of a network that answers `eps` whatever it is asked. */
const answering = (eps) =>
  tinyWeights((name, values) => {
    if (name === "conv_out.weight") values.fill(0);
    if (name === "conv_out.bias") values.fill(eps);
  });

/** Weights of a network whose answers are small and do not swing with the timestep, so that few steps follow them. */
const gentle = tinyWeights((name, values) => {
  if (name === "time_embedding.linear_2.weight") values.fill(0);
  if (name.startsWith("conv_out")) values.set(values.map((value) => value / 1000));
});

let browser;
let site;
let page;
before(async () => {
  browser = await launch();
  site = await Site.start();
  site.putModel("/constant/", { weights: answering(0.5) });
  site.putModel("/gentle/", { weights: gentle });
  const scheduler = { ...tinyScheduler, num_train_timesteps: 20 };
  site.putModel("/measured/", { weights: answering(0), scheduler, analytic: { mean_sq_eps: new Array(21).fill(0.9) } });
  // Counts in the worker what is made and what is freed.
  site.patch("/pkg/cpu/unnoise.js", { after: `(${count})(Network, Measurement);` });
  page = await blankPage(browser, site);
  await page.evaluate(async () => {
    globalThis.diffuser = await unnoise.Diffuser.create({ backend: "cpu" });
    globalThis.model = await diffuser.load("/tiny/");
    globalThis.gentle = await diffuser.load("/gentle/");
    globalThis.constant = await diffuser.load("/constant/");
    globalThis.measured = await diffuser.load("/measured/");
    globalThis.x = (await unnoise.noise(5, [3, 1, 8, 8])).map((v) => Math.max(-1, Math.min(1, v / 2)));
    globalThis.apart = (a, b) => Math.sqrt(a.reduce((sum, v, i) => sum + (v - b[i]) ** 2, 0) / a.length);
  });
});
after(() => browser.close());
after(() => site.close());

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

test("the terms of a bound sum to its bits a dimension, image by image", async () => {
  const reports = await page.evaluate(async () => {
    const reports = {};
    for (const variance of ["small", "large"]) reports[variance] = await model.likelihood(x, { variance, steps: 8 });
    reports.listed = await model.likelihood(x, { trajectory: [999, 700, 300, 0], labels: [1] });
    reports.vdm = await model.likelihood(x, { sampler: "vdm", steps: 8 });
    reports.continuous = await model.likelihood(x, { sampler: "vdm", steps: 8, continuous: true });
    reports.analytic = await measured.likelihood(x, { sampler: "analytic-ddpm" });
    reports.optimal = await measured.likelihood(x, { trajectory: "optimal", steps: 6 });
    return reports;
  });
  const mean = (values) => values.reduce((sum, v) => sum + v, 0) / values.length;
  for (const [name, report] of Object.entries(reports)) {
    const { bitsPerDim, standardError, prior, steps, decoder, images } = report;
    const sum = prior + decoder + steps.reduce((sum, term) => sum + term, 0);
    assert.ok(Math.abs(sum / bitsPerDim - 1) < 1e-12, name);
    assert.ok(Math.abs(mean(images) / bitsPerDim - 1) < 1e-12, name);
    const error = Math.sqrt(mean(images.map((v) => (v - bitsPerDim) ** 2)) / 2);
    assert.ok(Math.abs(standardError - error) < 1e-9 * error, name);
    assert.ok(
      [prior, decoder, ...steps].every((term) => term >= 0),
      name,
    );
  }
  const counts = Object.values(reports).map(({ steps }) => steps.length);
  assert.deepEqual(counts, [7, 7, 3, 8, 8, 19, 5]);
  assert.deepEqual([reports.vdm.k, reports.vdm.entropyBounds], [null, []]);
});

test("the prior, the entropy bounds and K are those of the schedule", async () => {
  const { report, plan, squares } = await page.evaluate(async () => ({
    report: await model.likelihood(x, { steps: 6 }),
    plan: await model.plan({ sampler: "ddpm", trajectory: "even", steps: 6 }),
    squares: x.reduce((sum, v) => sum + v * v, 0) / x.length,
  }));
  const close = (found, wanted) =>
    assert.ok(Math.abs(found - wanted) < 1e-6 * (1 + Math.abs(wanted)), `${found} ${wanted}`);
  const alphaBars = plan.steps.map(({ logSnr }) => 1 / (1 + Math.exp(-logSnr)));
  const entropy = (variance) => 0.5 * Math.log2(2 * Math.PI * Math.E * variance);

  const [a] = alphaBars;
  close(report.prior, (0.5 * (a * squares + (1 - a) - 1 - Math.log(1 - a))) / Math.LN2);
  assert.equal(report.entropyBounds.length, 5);
  report.entropyBounds.forEach(([low, high], i) => {
    const beta = 1 - alphaBars[i] / alphaBars[i + 1];
    close(low, entropy((beta * (1 - alphaBars[i + 1])) / (1 - alphaBars[i])));
    close(high, entropy(beta));
  });
  const divergences = report.steps.reduce((sum, term) => sum + term, 0);
  close(report.k, entropy(1 - a) - entropy(1 - alphaBars.at(-1)) - entropy(1) - divergences);
});

test("a bound's noise comes from the seed; one image has no standard error", async () => {
  const [bits, single] = await page.evaluate(async () => {
    const bits = [];
    for (const seed of [undefined, 0, 7]) bits.push((await model.likelihood(x, { seed, steps: 4 })).bitsPerDim);
    return [bits, await model.likelihood(x.slice(0, 64), { steps: 4 })];
  });
  assert.equal(bits[0], bits[1]);
  assert.notEqual(bits[1], bits[2]);
  assert.equal(single.standardError, null);
  assert.deepEqual(single.images, [single.bitsPerDim]);
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
  assert.equal(said.message, "`x` is -1.5 at element 0; allowed is images in [-1, 1]");
});

/** What all three take, and take no other way. */
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

test("options of encode", async () => {
  const table = [...BOTH, ["{ seed: 1 }", "unknown-option"], ["{ sampler: 'ddim' }", "unknown-option"]];
  assert.deepEqual(await codes(page, "model.encode(x, o)", table), table);
});

test("options of likelihood", async () => {
  const table = [
    ...BOTH,
    ["{ sampler: 'ddim' }", "invalid-sampler"],
    ["{ sampler: 'analytic-ddpm' }", "invalid-mean-sq-eps"],
    ["{ sampler: 'analytic-ddpm', variance: 'small' }", "invalid-variance"],
    ["{ sampler: 'vdm', variance: 'small' }", "invalid-variance"],
    ["{ sampler: 'vdm', trajectory: 'even' }", "invalid-trajectory"],
    ["{ sampler: 'vdm', steps: 0 }", "invalid-steps"],
    ["{ sampler: 'vdm', steps: 100001 }", "invalid-steps"],
    ["{ sampler: 'vdm', continuous: 1 }", "invalid-continuous"],
    ["{ continuous: true }", "invalid-continuous"],
    ["{ seed: -1 }", "invalid-seed"],
    ["{ variance: 'medium' }", "invalid-variance"],
  ];
  assert.deepEqual(await codes(page, "model.likelihood(x, o)", table), table);
});

test("after all of this nothing is left, and the model still answers", async () => {
  assert.equal((await inWorker())[0], 0);
  assert.equal(await page.evaluate(async () => (await model.sample({ steps: 2 }).result()).x.length), 64);
});
