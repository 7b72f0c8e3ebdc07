// A graphics device that is lost: models are loaded again, with what was measured of them.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { setUp } from "./helpers.mjs";
import { losing, losingPage } from "./losing-device.mjs";
import { constantWeights, tinyScheduler, tinyWeights } from "./tiny-model.mjs";

/** Few timesteps, so that a table is measured in a moment. */
const SHORT = { ...tinyScheduler, num_train_timesteps: 20 };

const { browser, site } = await setUp();
site.putModel("/short/", { scheduler: SHORT });
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

const pageWith = (codes, options) => losingPage(browser, site, codes, options);

test("a model whose device is lost while it loads is loaded on the next one", async () => {
  const { page, started } = await pageWith([losing("Engine.load", 0)]);
  const [x, expected] = await page.evaluate(async () => {
    const o = { steps: 2, seed: 1 };
    return [await text(model.sample(o)), await text(plain.sample(o))];
  });
  assert.equal(x, expected);
  assert.equal(started(), 2);
});

test("a measurement begins again, and its table outlives the device", async () => {
  const { page } = await pageWith([losing("Measurement.step", 5), losing("Run.step", 1)], { folder: "/short/" });
  const { fractions, same, x, expected, code } = await page.evaluate(async () => {
    const images = (await unnoise.noise(5, [1, 1, 8, 8])).map(Math.tanh);
    const fractions = [];
    const table = await model.estimateAnalytic(images, { onProgress: (fraction) => fractions.push(fraction) });
    const other = await plain.estimateAnalytic(images);
    const same = JSON.stringify(table) === JSON.stringify(other);
    const o = { sampler: "analytic-ddpm", steps: 4, seed: 1 };
    return {
      fractions,
      same,
      x: await text(model.sample(o)),
      expected: await text(plain.sample(o)),
      code: model.info.hasAnalytic,
    };
  });
  assert.deepEqual(fractions.filter((fraction) => fraction === 0).length, 2);
  assert.equal(fractions.at(-1), 1);
  assert.deepEqual([same, x === expected, code], [true, true, true]);
});

test("a run does not go on with a table that was measured after its start", async () => {
  const { page } = await pageWith([losing("Run.step", 1)], { folder: "/short/" });
  const code = await page.evaluate(async () => {
    const images = (await unnoise.noise(5, [1, 1, 8, 8])).map(Math.tanh);
    await model.estimateAnalytic(images);
    const run = model.sample({ sampler: "analytic-ddpm", steps: 4, seed: 1 });
    await run[Symbol.asyncIterator]().next();
    await model.estimateAnalytic(images, { seed: 2 });
    return codeOf(() => run.result());
  });
  assert.equal(code, "model-changed");
});

test("files in memory are loaded again, unless they are gone", async () => {
  const { page } = await pageWith([losing("Run.step", 1)]);
  const found = await page.evaluate(async () => {
    const config = await (await fetch("/tiny/unet/config.json")).json();
    const weights = await (await fetch("/tiny/unet/diffusion_pytorch_model.safetensors")).arrayBuffer();
    const gone = weights.slice();
    const o = { steps: 3, seed: 1, labels: [0], sampler: "ddpm" };
    const models = [];
    for (const given of [weights, new Blob([weights]), gone])
      models.push(await diffuser.load({ config, weights: given }));
    structuredClone(gone, { transfer: [gone] });
    const found = [];
    for (const model of models) found.push(await text(model.sample(o)).catch(({ code }) => code));
    return { found, expected: await text(plain.sample(o)), kept: weights.byteLength > 0 };
  });
  assert.deepEqual(found.found, [found.expected, found.expected, "model-changed"]);
  assert.ok(found.kept);
});

test("a model that has changed or is gone by then is an error, and the Diffuser lives on", async () => {
  const path = "/fickle/unet/diffusion_pytorch_model.safetensors";
  for (const [code, weights] of [
    ["model-changed", { type: "application/octet-stream", body: constantWeights(0.5) }],
    ["http-status", { status: 404 }],
  ]) {
    site.putModel("/fickle/", { weights: tinyWeights() });
    const { page } = await pageWith([losing("Run.step", 1)], { folder: "/fickle/" });
    site.put(path, weights);
    assert.equal(await page.evaluate(() => codeOf(() => model.sample({ steps: 3 }).result())), code);
    site.put(path, { type: "application/octet-stream", body: tinyWeights() });
    const [again, expected] = await page.evaluate(async () => {
      const o = { steps: 3, seed: 2 };
      return [await text(model.sample(o)), await text(plain.sample(o))];
    });
    assert.equal(again, expected);
  }
});
