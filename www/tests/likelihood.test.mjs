// The variational bound through the public API.
import assert from "node:assert/strict";
import { test } from "node:test";
import { blankPage, codes, setUp } from "./helpers.mjs";
import { constantWeights, tinyScheduler } from "./tiny-model.mjs";

const { browser, site } = await setUp();
const scheduler = { ...tinyScheduler, num_train_timesteps: 20 };
const analytic = { mean_sq_eps: new Array(21).fill(0.9) };
site.putModel("/measured/", { weights: constantWeights(0), scheduler, analytic });
const page = await blankPage(browser, site);
await page.evaluate(async () => {
  globalThis.diffuser = await unnoise.Diffuser.create({ backend: "cpu" });
  globalThis.model = await diffuser.load("/tiny/");
  globalThis.measured = await diffuser.load("/measured/");
  globalThis.x = (await unnoise.noise(5, [3, 1, 8, 8])).map((v) => Math.max(-1, Math.min(1, v / 2)));
});

test("the terms of a bound sum to its bits per dimension, image by image", async () => {
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
  assert.deepEqual([reports.vdm.k, reports.vdm.lNull, reports.vdm.entropyBounds], [null, null, []]);
  // The continuous bound is measured between the levels of the discrete one, all at the same distance above them.
  const { vdm, continuous } = reports;
  const offsets = continuous.logSnr.map((level, i) => level - vdm.logSnr[i]);
  const width = vdm.logSnr[1] - vdm.logSnr[0];
  assert.ok(offsets[0] > 0 && offsets[0] < width, `${offsets}`);
  for (const offset of offsets) assert.ok(Math.abs(offset - offsets[0]) < 1e-9 * width, `${offsets}`);
  assert.ok(continuous.timesteps.every((t, i) => t < vdm.timesteps[i]));
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
  close(report.lNull, (-0.5 * (Math.log(2 * Math.PI) + squares)) / Math.LN2);
  assert.deepEqual(report.timesteps, plan.timesteps.slice(0, 5));
  assert.deepEqual(
    report.logSnr,
    plan.steps.slice(0, 5).map(({ logSnr }) => logSnr),
  );
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

test("options that only a bound has", async () => {
  const table = [
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

test("a schedule that ends in pure noise samples with every sampler, and has no prior term", async () => {
  const zeroSnr = { ...tinyScheduler, rescale_betas_zero_snr: true, prediction_type: "v_prediction" };
  site.putModel("/zero-snr/", { scheduler: zeroSnr, analytic: { mean_sq_eps: new Array(1001).fill(1) } });
  const { levels, finite, bound, encoded } = await page.evaluate(async () => {
    const model = await diffuser.load("/zero-snr/");
    const finite = {};
    for (const sampler of ["ddpm", "ddim", "analytic-ddpm", "analytic-ddim", "vdm"]) {
      const o = sampler === "vdm" ? {} : { trajectory: "trailing" };
      const { x } = await model.sample({ sampler, steps: 4, seed: 1, ...o }).result();
      finite[sampler] = x.every(Number.isFinite);
    }
    const plan = await model.plan({ sampler: "ddim", trajectory: "trailing", steps: 4 });
    const bound = await model.likelihood(x, { steps: 4 });
    const encoded = await model.encode(x, { steps: 4 });
    return { levels: plan.steps.map(({ logSnr }) => logSnr), finite, bound, encoded: encoded.every(Number.isFinite) };
  });
  assert.deepEqual(new Set(Object.values(finite)), new Set([true]), JSON.stringify(finite));
  assert.equal(levels[0], Number.NEGATIVE_INFINITY);
  assert.ok(levels.slice(1).every(Number.isFinite));
  assert.deepEqual([bound.prior, bound.logSnr[0]], [0, Number.NEGATIVE_INFINITY]);
  assert.ok(Number.isFinite(bound.bitsPerDim) && encoded);
  // No image follows from a predicted noise there.
  site.putModel("/zero-snr/", { scheduler: { ...zeroSnr, prediction_type: "epsilon" } });
  assert.equal(await page.evaluate(() => codeOf(() => diffuser.load("/zero-snr/"))), "config-unsupported");
});
