// Analytic-DPM's table of a loaded model: beside its other files, in memory, or measured.
import assert from "node:assert/strict";
import { test } from "node:test";
import { blankPage, codes, setUp } from "./helpers.mjs";
import { constantWeights, tinyConfig, tinyScheduler } from "./tiny-model.mjs";

/** A network that answers 0.5 whatever it is asked, on a schedule of 20 timesteps. */
const constant = {
  weights: constantWeights(0.5),
  scheduler: { ...tinyScheduler, num_train_timesteps: 20 },
};
const table = (length, value) => ({ mean_sq_eps: new Array(length).fill(value) });

const { browser, site } = await setUp();
site.putModel("/constant/", constant);
site.putModel("/measured/", { ...constant, analytic: table(21, 0.25) });
const page = await blankPage(browser, site);
await page.evaluate(async () => {
  globalThis.diffuser = await unnoise.Diffuser.create({ backend: "cpu" });
  globalThis.model = await diffuser.load("/constant/");
  globalThis.x = (await unnoise.noise(5, [3, 1, 8, 8])).map((v) => Math.max(-1, Math.min(1, v / 2)));
});

test("a folder's analytic_dpm.json makes the analytic samplers usable", async () => {
  const [hasAnalytic, steps, reference] = await page.evaluate(async () => {
    const measured = await diffuser.load("/measured/");
    const o = { sampler: "analytic-ddpm", trajectory: "optimal", steps: 5 };
    const { scheduler } = measured.info;
    const given = await diffuser.plan({ ...o, scheduler, meanSqEps: new Array(21).fill(0.25) });
    return [measured.info.hasAnalytic, (await measured.plan(o)).steps, given.steps];
  });
  assert.equal(hasAnalytic, true);
  assert.deepEqual(steps, reference);
});

test("files in memory bring their table", async () => {
  const seen = await page.evaluate(async (config) => {
    const weights = await (await fetch("/tiny/unet/diffusion_pytorch_model.safetensors")).arrayBuffer();
    const load = (analytic) => diffuser.load({ config, weights, analytic });
    return [
      (await load(undefined)).info.hasAnalytic,
      (await load({ mean_sq_eps: new Array(1001).fill(1) })).info.hasAnalytic,
      await codeOf(() => load({ mean_sq_eps: [1] })),
      await codeOf(() => load({ mean_sq_eps: new Array(1001).fill(NaN) })),
      await codeOf(() => load("table")),
      await codeOf(() => load(null)),
    ];
  }, tinyConfig);
  const wrong = "invalid-mean-sq-eps";
  assert.deepEqual(seen, [false, true, wrong, wrong, wrong, wrong]);
});

test("a damaged analytic_dpm.json has its code, and leaves the loaded model working", async () => {
  const cases = [
    [table(20, 1), "invalid-mean-sq-eps"],
    [table(22, 1), "invalid-mean-sq-eps"],
    [table(21, -1), "invalid-mean-sq-eps"],
    [table(21, "1"), "invalid-mean-sq-eps"],
    [{ mean_sq_eps: null }, "invalid-mean-sq-eps"],
    [{}, "invalid-mean-sq-eps"],
    [[1, 2], "invalid-mean-sq-eps"],
    [5, "invalid-mean-sq-eps"],
    [null, "invalid-mean-sq-eps"],
  ];
  for (const [analytic, code] of cases) {
    site.putModel("/damaged/", { ...constant, analytic });
    assert.equal(await page.evaluate(() => codeOf(() => diffuser.load("/damaged/"))), code, JSON.stringify(analytic));
  }
  // As Python writes it, and what is no JSON at all.
  for (const [body, code] of [
    ['{"mean_sq_eps": [0, NaN]}', "invalid-mean-sq-eps"],
    ['{"mean_sq_eps": [0, nan]}', "config-invalid"],
  ]) {
    site.put("/damaged/analytic_dpm.json", { type: "application/json", body });
    assert.equal(await page.evaluate(() => codeOf(() => diffuser.load("/damaged/"))), code, body);
  }
  assert.equal(await page.evaluate(async () => (await model.sample({ steps: 2 }).result()).x.length), 64);
});

test("a measured table is that of the network, with progress, and the model has it from then on", async () => {
  const seen = await page.evaluate(async () => {
    const fresh = await diffuser.load("/constant/");
    const analytic = { sampler: "analytic-ddpm", steps: 4 };
    const before = [fresh.info.hasAnalytic, await codeOf(() => fresh.sample(analytic).result())];
    const progress = [];
    const { mean_sq_eps } = await fresh.estimateAnalytic(x, {
      labels: [1],
      onProgress: (share) => progress.push(share),
    });

    const { steps } = await fresh.plan(analytic);
    const { scheduler } = fresh.info;
    const reference = await diffuser.plan({ ...analytic, scheduler, meanSqEps: mean_sq_eps });
    const same = JSON.stringify(steps) === JSON.stringify(reference.steps);
    const sampled = (await fresh.sample(analytic).result()).x.every(Number.isFinite);
    return { before, progress, mean_sq_eps, after: [fresh.info.hasAnalytic, same, sampled, model.info.hasAnalytic] };
  });
  assert.deepEqual(seen.before, [false, "invalid-mean-sq-eps"]);
  assert.deepEqual(
    seen.progress,
    Array.from({ length: 21 }, (_, done) => done / 20),
  );
  assert.deepEqual(seen.mean_sq_eps, [0, ...new Array(20).fill(0.25)]);
  // Another model of the same files keeps to itself.
  assert.deepEqual(seen.after, [true, true, true, false]);
});

test("the measured table depends on the seed alone, and can be loaded again", async () => {
  const seen = await page.evaluate(async (config) => {
    const weights = await (await fetch("/tiny/unet/diffusion_pytorch_model.safetensors")).arrayBuffer();
    const files = { config, weights, scheduler: { num_train_timesteps: 10 } };
    const tiny = await diffuser.load(files);
    const tables = [];
    for (const seed of [undefined, 0, 1]) tables.push(await tiny.estimateAnalytic(x, { seed, labels: [2] }));
    const again = await diffuser.load({ ...files, analytic: tables[1] });
    const o = { sampler: "analytic-ddim", steps: 3 };
    await tiny.estimateAnalytic(x, { labels: [2] });
    const same = JSON.stringify(await again.plan(o)) === JSON.stringify(await tiny.plan(o));
    return [tables.map((table) => JSON.stringify(table)), same];
  }, tinyConfig);
  const [[first, zero, one], same] = seen;
  assert.equal(first, zero);
  assert.notEqual(zero, one);
  assert.ok(same);
});

test("an aborted measurement leaves the model without a table", async () => {
  const seen = await page.evaluate(async () => {
    const aborted = async (when) => {
      const stop = new AbortController();
      const onProgress = (share) => share === when && stop.abort("enough");
      return model.estimateAnalytic(x, { signal: stop.signal, onProgress }).catch((reason) => reason);
    };
    const reasons = [await aborted(0), await aborted(0.5), await aborted(1)];
    return [reasons, model.info.hasAnalytic, await codeOf(() => model.plan({ sampler: "analytic-ddpm" }))];
  });
  assert.deepEqual(seen, [["enough", "enough", "enough"], false, "invalid-mean-sq-eps"]);
});

test("bad input to estimateAnalytic", async () => {
  const table = [
    ["[]", "invalid-x"],
    ["[[1, 2]]", "invalid-x"],
    ["[new Float32Array(0)]", "invalid-x"],
    ["[new Float32Array(63)]", "invalid-x"],
    ["[new Float32Array(64).fill(1.01)]", "invalid-x"],
    ["[x, { labels: [3] }]", "invalid-labels"],
    ["[x, { labels: [0, 1] }]", "invalid-labels"],
    ["[x, { seed: -1 }]", "invalid-seed"],
    ["[x, { signal: 5 }]", "invalid-signal"],
    ["[x, { onProgress: 5 }]", "invalid-on-progress"],
    ["[x, { steps: 5 }]", "unknown-option"],
    ["[x, null]", "invalid-options"],
  ];
  assert.deepEqual(await codes(page, "model.estimateAnalytic(...o)", table), table);
  assert.equal(await page.evaluate(() => model.info.hasAnalytic), false);
});
