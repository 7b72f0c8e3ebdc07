// What a training does not take: data, options, and what they say of it. After all of it everything lives.
import assert from "node:assert/strict";
import { test } from "node:test";
import { codes, setUp } from "./helpers.mjs";
import { trainingPage } from "./train-site.mjs";

const { browser, site } = await setUp();
const page = await trainingPage(browser, site);
await page.evaluate(async () => {
  globalThis.points = { points: moons(20) };
  globalThis.model = await diffuser.load("/tiny/");
  globalThis.trainer = await diffuser.train(points, { network: small.points, batch: 8 });
  globalThis.ofPoints = (o) => diffuser.train(points, { network: small.points, batch: 8, ...o });
  globalThis.ofImages = (data, o) =>
    diffuser.train({ ...halves(4), ...data }, { network: small.images, batch: 2, ...o });
});

/** The codes of a table's rows, one after the other, so that they share a worker. */
async function each(call, table) {
  const found = [];
  for (const [o, wanted] of table) found.push(...(await codes(page, call, [[o, wanted]])));
  return found;
}

test("data that is none", async () => {
  const table = [
    ["undefined", "invalid-data"],
    ["null", "invalid-data"],
    ["5", "invalid-data"],
    ["{}", "invalid-data"],
    ["new Float32Array(8)", "invalid-data"],
    ["{ points: moons(4), images: moons(4) }", "unknown-option"],
    ["{ points: moons(4), labels: [0, 0, 0, 0] }", "unknown-option"],
    ["{ points: [1, 2] }", "invalid-data"],
    ["{ points: new Float64Array(2) }", "invalid-data"],
    ["{ points: new Float32Array(0) }", "invalid-data"],
    ["{ points: new Float32Array(3) }", "invalid-data"],
    ["{ points: Float32Array.of(1, NaN) }", "invalid-data"],
    ["{ points: Float32Array.of(1, Infinity) }", "invalid-data"],
    ["{ get points() { throw new Error('mine'); } }", "invalid-data"],
  ];
  assert.deepEqual(await each("diffuser.train(o, { network: small.points })", table), table);
});

test("images that are none, of wrong sizes or with wrong classes", async () => {
  const table = [
    ["{ images: undefined }", "invalid-data"],
    ["{ images: new Float32Array(0) }", "invalid-data"],
    ["{ images: new Float32Array(65) }", "invalid-data"],
    ["{ images: new Float32Array(256).fill(NaN) }", "invalid-data"],
    ["{ images: new Float32Array(256).fill(1.5) }", "invalid-data"],
    ["{ shape: undefined }", "invalid-data"],
    ["{ shape: [8, 8] }", "invalid-data"],
    ["{ shape: [1, 8, -8] }", "invalid-data"],
    ["{ shape: [0, 8, 8] }", "invalid-data"],
    ["{ shape: [1, 8.5, 8] }", "invalid-data"],
    ["{ shape: 'large' }", "invalid-data"],
    // The network halves each side once.
    ["{ images: new Float32Array(4 * 9 * 8), shape: [1, 9, 8] }", "config-invalid"],
    ["{ labels: [0, 1, 0] }", "invalid-data"],
    ["{ labels: [0, 1, 0, 1, 0] }", "invalid-data"],
    ["{ labels: [0, 1, 0, -1] }", "invalid-labels"],
    ["{ labels: [0, 1, 0, 0.5] }", "invalid-labels"],
    ["{ labels: [0, 1, 0, NaN] }", "invalid-labels"],
    ["{ labels: new Int32Array(4) }", "invalid-labels"],
    ["{ labels: 'cats' }", "invalid-labels"],
  ];
  assert.deepEqual(await each("ofImages(o)", table), table);
});

test("options that there are not, and values that they do not take", async () => {
  const bad = (name, ...values) => {
    const code = `invalid-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    return values.map((value) => [`{ ${name}: ${value} }`, code]);
  };
  const table = [
    ["null", "invalid-options"],
    ["5", "invalid-options"],
    ["{ lr: 1 }", "unknown-option"],
    ...bad("objective", "'elbo'", "5"),
    ...bad("prediction", "'x0'", "null"),
    ...bad("weighting", "'snr'"),
    ["{ objective: 'vdm_weighted', weighting: 'inverse' }", "invalid-weighting"],
    ...bad("eta", "0.5"),
    ["{ objective: 'j_sigma', eta: 0 }", "invalid-eta"],
    ["{ objective: 'j_sigma', eta: 1.5 }", "invalid-eta"],
    ...bad("times", "5"),
    ["{ objective: 'vdm_discrete', times: 0 }", "invalid-times"],
    ...bad("variance", "'small'"),
    ["{ objective: 'l_vlb', variance: 'medium' }", "invalid-variance"],
    ...bad("betas", "'learned'"),
    ["{ objective: 'k_2015', betas: 'free' }", "invalid-betas"],
    ["{ objective: 'k_2015', betas: 'learned', scheduler: { num_train_timesteps: 1 } }", "invalid-betas"],
    ...bad("flip", "1", "true"),
    ...bad("classDropout", "0.5"),
    ...bad("batch", "0", "-1", "1.5", "NaN", "'8'", "1e9"),
    ...bad("learningRate", "-1", "0", "NaN", "Infinity", "'fast'"),
    ...bad("warmup", "-1", "0.5"),
    ...bad("decaySteps", "-1", "0"),
    ...bad("weightDecay", "-0.1"),
    ...bad("clipNorm", "0", "-1"),
    ...bad("ema", "1", "-0.1", "2"),
    ...bad("seed", "-1", "0.5", "2 ** 53"),
    ...bad("antithetic", "1"),
    ...bad("classes", "2"),
    ...bad("network", "5", "{ layers: 0 }", "{ width: -1 }", "{ depth: 2 }"),
    ["{ scheduler: 5 }", "config-invalid"],
    ...bad("from", "5", "{}"),
    ...bad("state", "5"),
    ...bad("device", "'gpu'", "null"),
    ...bad("signal", "5"),
    ...bad("onProgress", "5"),
  ];
  assert.deepEqual(await each("o && typeof o === 'object' ? ofPoints(o) : diffuser.train(points, o)", table), table);
});

test("options of images", async () => {
  const table = [
    ["{ prediction: 'mu' }", "invalid-prediction"],
    ["{ classes: 0 }", "invalid-classes"],
    ["{ classes: 1 }", "invalid-classes"],
    ["{ classDropout: -0.1 }", "invalid-class-dropout"],
    ["{ classDropout: 1.1 }", "invalid-class-dropout"],
    ["{ flip: 1 }", "invalid-flip"],
    ["{ scheduler: { beta_schedule: 'wavy' } }", "config-unsupported"],
    ["{ network: { ...small.images, block_out_channels: [6, 16] } }", "config-invalid"],
  ];
  assert.deepEqual(await each("ofImages({}, o)", table), table);
  const unlabelled = [["{ classDropout: 0.5 }", "invalid-class-dropout"]];
  assert.deepEqual(await each("ofImages({ labels: undefined }, o)", unlabelled), unlabelled);
});

test("a message names the option, its value and what is allowed, and is an UnnoiseError wherever it comes from", async () => {
  const said = await page.evaluate(async () => {
    const calls = [
      () => diffuser.train({}),
      () => ofPoints({ learningRate: -1 }),
      () => ofPoints({ batch: Number.NaN }),
    ];
    const errors = [];
    for (const call of calls) errors.push(await call().catch((error) => error));
    return errors.map((error) => [error instanceof unnoise.UnnoiseError, error.message]);
  });
  assert.deepEqual(
    said.map(([isOurs]) => isOurs),
    [true, true, true],
  );
  const [, [, rate], [, batch]] = said;
  assert.match(rate, /^`learningRate` is -1(\.0)?; it must be /);
  assert.match(batch, /^`batch` is not a number; it must be /);
});

test("a state of another training is refused", async () => {
  const found = await page.evaluate(async () => {
    const state = await trainer.state();
    const wide = { layers: 2, width: 64 };
    return [
      await codeOf(() => ofPoints({ state: state.slice(0, state.size - 5) })),
      await codeOf(() => ofPoints({ state: new Blob(["no state"]) })),
      await codeOf(() => ofPoints({ state: new Blob([]) })),
      await codeOf(() => ofPoints({ state, network: wide })),
      await codeOf(() => ofImages({}, { state })),
    ];
  });
  assert.deepEqual(found, Array(5).fill("invalid-state"));
});

test("after all of this what was there still works", async () => {
  const [found, length] = await page.evaluate(async () => [
    await losses(trainer, 3),
    (await model.predict(new Float32Array(64), 5)).length,
  ]);
  assert.ok(found.length >= 3 && found.every(Number.isFinite));
  assert.equal(length, 64);
});
