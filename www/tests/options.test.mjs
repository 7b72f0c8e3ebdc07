// Bad input to runs, plans and predictions: each has its code, and the engine goes on.
import assert from "node:assert/strict";
import { test } from "node:test";
import { blankPage, codes, setUp } from "./helpers.mjs";

const { browser, site } = await setUp();
const page = await blankPage(browser, site);
await page.evaluate(async () => {
  globalThis.diffuser = await unnoise.Diffuser.create({ backend: "cpu" });
  globalThis.model = await diffuser.load("/tiny/");
  globalThis.scheduler = model.info.scheduler;
  globalThis.echo = { denoiser: (x) => x, shape: [1, 1, 4, 4], scheduler };
});

/** Options of a plan, as JSON or as code, and the code of their error. */
const PLAN = [
  ["{ steps: 0 }", "invalid-steps"],
  ["{ steps: 1001 }", "invalid-steps"],
  ["{ steps: 2.5 }", "invalid-steps"],
  ["{ steps: '50' }", "invalid-steps"],
  ["{ steps: NaN }", "invalid-steps"],
  ["{ steps: null }", "invalid-steps"],
  ["{ steps: () => 5 }", "invalid-steps"],
  ["{ sampler: 'euler' }", "invalid-sampler"],
  ["{ sampler: Symbol('ddim') }", "invalid-sampler"],
  ["{ eta: -0.1 }", "invalid-eta"],
  ["{ eta: 1.1 }", "invalid-eta"],
  ["{ eta: 0.5, sampler: 'ddpm' }", "invalid-eta"],
  ["{ variance: 'medium', sampler: 'ddpm' }", "invalid-variance"],
  ["{ variance: 'small' }", "invalid-variance"],
  ["{ trajectory: 'sideways' }", "invalid-trajectory"],
  ["{ trajectory: [] }", "invalid-trajectory"],
  ["{ trajectory: [1, 2] }", "invalid-trajectory"],
  ["{ trajectory: [1000, 0] }", "invalid-trajectory"],
  ["{ trajectory: [5.5, 0] }", "invalid-trajectory"],
  ["{ trajectory: [9, 5, 5, 1] }", "invalid-trajectory"],
  ["{ trajectory: [9, 3, 4, 1] }", "invalid-trajectory"],
  ["{ trajectory: [9, -1] }", "invalid-trajectory"],
  ["{ trajectory: [9, NaN] }", "invalid-trajectory"],
  ["{ trajectory: 'even', steps: 1 }", "invalid-steps"],
  ["{ trajectory: 'even', steps: 1001 }", "invalid-steps"],
  ["{ trajectory: 'optimal', steps: 0 }", "invalid-steps"],
  ["{ trajectory: 'optimal', steps: 1 }", "invalid-steps"],
  ["{ trajectory: 'optimal', steps: 1001 }", "invalid-steps"],
  ["{ trajectory: 'quadratic', steps: 0 }", "invalid-steps"],
  ["{ sampler: 'vdm', steps: 0 }", "invalid-steps"],
  ["{ sampler: 'vdm', steps: 100001 }", "invalid-steps"],
  ["{ trajectory: [9, 5, 1], steps: 2 }", "invalid-steps"],
  ["{ trajectory: 'optimal' }", "invalid-mean-sq-eps"],
  ["{ sampler: 'analytic-ddpm' }", "invalid-mean-sq-eps"],
  ["{ sampler: 'analytic-ddim' }", "invalid-mean-sq-eps"],
  ["{ sampler: 'analytic-ddpm', eta: 0.5 }", "invalid-eta"],
  ["{ sampler: 'vdm', eta: 0.5 }", "invalid-eta"],
  ["{ sampler: 'analytic-ddpm', variance: 'small' }", "invalid-variance"],
  ["{ sampler: 'vdm', variance: 'small' }", "invalid-variance"],
  ["{ sigmaClip: 1 }", "invalid-sigma-clip"],
  ["{ sampler: 'vdm', sigmaClip: 1 }", "invalid-sigma-clip"],
  ["{ sampler: 'ddpm', sigmaClip: 256 }", "invalid-sigma-clip"],
  ["{ sampler: 'analytic-ddim', sigmaClip: -1 }", "invalid-sigma-clip"],
  ["{ sampler: 'analytic-ddim', sigmaClip: 256 }", "invalid-sigma-clip"],
  ["{ sampler: 'analytic-ddim', sigmaClip: NaN }", "invalid-sigma-clip"],
  ["{ sampler: 'analytic-ddim', sigmaClip: '1' }", "invalid-sigma-clip"],
  ["{ clip: true }", "invalid-clip"],
  ["{ stpes: 5 }", "unknown-option"],
  ["{ stpes: () => 5 }", "unknown-option"],
  ["5", "invalid-options"],
  ["null", "invalid-options"],
  ["[]", "invalid-options"],
];

/** What only a run takes. */
const SAMPLE = [
  ["{ seed: -1 }", "invalid-seed"],
  ["{ seed: 0.5 }", "invalid-seed"],
  ["{ seed: 2 ** 60 }", "invalid-seed"],
  ["{ seed: '7' }", "invalid-seed"],
  ["{ seed: null }", "invalid-seed"],
  ["{ rng: 'numpy' }", "invalid-rng"],
  ["{ batch: 0 }", "invalid-batch"],
  ["{ batch: 5000 }", "invalid-batch"],
  ["{ labels: [3] }", "invalid-labels"],
  ["{ labels: [-1] }", "invalid-labels"],
  ["{ labels: [0, 1] }", "invalid-labels"],
  ["{ labels: 1 }", "invalid-labels"],
  ["{ labels: [0, 1, 2], batch: 2 }", "invalid-labels"],
  ["{ guidance: -1 }", "invalid-guidance"],
  ["{ guidance: Infinity }", "invalid-guidance"],
  ["{ noise: new Float32Array(63) }", "invalid-noise"],
  ["{ noise: new Float32Array(64).fill(NaN) }", "invalid-noise"],
  ["{ noise: [1, 2] }", "invalid-noise"],
  ["{ noise: document.body }", "invalid-noise"],
  ["{ signal: 5 }", "invalid-signal"],
  ["{ workers: 2 }", "unknown-option"],
];

test("options of a model's plan", async () => {
  assert.deepEqual(await codes(page, "model.plan(o)", PLAN), PLAN);
});

test("options of a plan with a scheduler", async () => {
  const objects = PLAN.filter(([o]) => o.startsWith("{"));
  assert.deepEqual(await codes(page, "diffuser.plan({ ...o, scheduler })", objects), objects);
  const more = [
    ["{}", "invalid-scheduler"],
    ["{ scheduler: 5 }", "invalid-scheduler"],
    ["{ scheduler: { beta_start: 2 } }", "config-invalid"],
    ["{ scheduler: { beta_schedule: 'wavy' } }", "config-unsupported"],
    ["{ scheduler: { prediction_type: () => 5 } }", "config-unsupported"],
  ];
  assert.deepEqual(await codes(page, "diffuser.plan(o)", more), more);
});

test("options of a model's run reject its first step", async () => {
  const both = [...PLAN, ...SAMPLE];
  assert.deepEqual(await codes(page, "model.sample(o).result()", both), both);
  const sampled = await page.evaluate(() => typeof model.sample({ steps: 0 }).result);
  assert.equal(sampled, "function");
});

test("options of a denoiser's run reject its first step", async () => {
  const table = [
    ...[...PLAN, ...SAMPLE].filter(([o]) => o.startsWith("{") && !/labels|noise: new/.test(o)),
    ["{ denoiser: undefined }", "invalid-denoiser"],
    ["{ denoiser: 'unet' }", "invalid-denoiser"],
    ["{ shape: undefined }", "invalid-shape"],
    ["{ shape: [1, 1, 4] }", "invalid-shape"],
    ["{ shape: [1, 1, 4, 0] }", "invalid-shape"],
    ["{ scheduler: undefined }", "invalid-scheduler"],
    ["{ batch: 2 }", "invalid-batch"],
    ["{ labels: [0] }", "invalid-labels"],
    ["{ guidance: 2 }", "invalid-guidance"],
    ["{ noise: new Float32Array(15) }", "invalid-noise"],
  ];
  assert.deepEqual(await codes(page, "diffuser.sample({ ...echo, ...o }).result()", table), table);
  const none = [["undefined", "invalid-options"]];
  assert.deepEqual(await codes(page, "diffuser.sample(o).result()", none), none);
});

test("a denoiser that misbehaves", async () => {
  const table = [
    ["() => [1]", "invalid-denoiser"],
    ["() => undefined", "invalid-denoiser"],
    ["(x) => new Float64Array(x)", "invalid-denoiser"],
    ["(x) => x.subarray(1)", "denoiser-length"],
    ["() => new Float32Array(0)", "denoiser-length"],
    ["(x) => (structuredClone(x, { transfer: [x.buffer] }), x)", "denoiser-length"],
    ["(x) => x.fill(NaN)", "not-finite"],
    ["async (x) => x.fill(Infinity)", "not-finite"],
    ["() => { throw new Error('mine') }", "denoiser-failed"],
    ["async () => { throw new Error('mine') }", "denoiser-failed"],
    ["() => { throw undefined }", "denoiser-failed"],
  ];
  assert.deepEqual(await codes(page, "diffuser.sample({ ...echo, denoiser: o, steps: 2 }).result()", table), table);
  const failed = await page.evaluate(() => {
    const denoiser = () => {
      throw new Error("mine");
    };
    return failure(() => diffuser.sample({ ...echo, denoiser, steps: 2 }).result());
  });
  assert.equal(failed.cause, "mine");
  assert.match(failed.message, /timestep 500: mine/);
});

test("arguments of predict", async () => {
  const table = [
    ["[[1, 2], 5]", "invalid-x"],
    ["[undefined, 5]", "invalid-x"],
    ["[new Float64Array(64), 5]", "invalid-x"],
    ["[new Float32Array(0), 5]", "invalid-x"],
    ["[new Float32Array(65), 5]", "invalid-x"],
    ["[new Float32Array(64).fill(NaN), 5]", "invalid-x"],
    ["[new Float32Array(64), -1]", "invalid-t"],
    ["[new Float32Array(64), 1000]", "invalid-t"],
    ["[new Float32Array(64), '5']", "invalid-t"],
    ["[new Float32Array(64), [1, 2]]", "invalid-t"],
    ["[new Float32Array(64)]", "invalid-t"],
    ["[new Float32Array(64), () => 5]", "invalid-t"],
    ["[new Float32Array(64), 5, [3]]", "invalid-labels"],
    ["[new Float32Array(64), 5, [0, 1]]", "invalid-labels"],
    ["[new Float32Array(64), 5, 'shirt']", "invalid-labels"],
  ];
  assert.deepEqual(await codes(page, "model.predict(...o)", table), table);
});

test("pictures that there are not", async () => {
  const table = [
    ["['x1']", "invalid-which"],
    ["[undefined]", "invalid-which"],
    ["['x0', 1]", "invalid-image"],
    ["['x0', -1]", "invalid-image"],
    ["['xt', 0.5]", "invalid-image"],
  ];
  await page.evaluate(async () => {
    globalThis.step = (await model.sample({ steps: 2 })[Symbol.asyncIterator]().next()).value;
  });
  assert.deepEqual(await codes(page, "(async () => step.rgba(...o))()", table), table);
  const which = table.slice(0, 2);
  assert.deepEqual(await codes(page, "(async () => step.pixels(...o))()", which), which);
  const twoChannels = await page.evaluate(async () => {
    const run = diffuser.sample({ ...echo, shape: [1, 2, 4, 4], steps: 2 });
    const { value } = await run[Symbol.asyncIterator]().next();
    return codeOf(async () => value.rgba("xt"));
  });
  assert.equal(twoChannels, "invalid-image");
});

test("an error is a sentence with the value and what is allowed, in one class", async () => {
  const failed = await page.evaluate(async () => {
    const error = await model.plan({ steps: 0 }).catch((e) => e);
    return [error instanceof unnoise.UnnoiseError, error instanceof Error, error.name, error.message];
  });
  assert.deepEqual(failed, [true, true, "UnnoiseError", "`steps` is 0; it must be an integer from 1 to 1000"]);
  const unknown = await page.evaluate(() => failure(() => model.sample({ stpes: 5 }).result()));
  assert.match(unknown.message, /there is no option `stpes`; the options are sampler, variance, eta, steps, /);
});

test("after all of this the model still answers", async () => {
  assert.equal(await page.evaluate(async () => (await model.sample({ steps: 2 }).result()).x.length), 64);
});
