// One seed per image (`seeds`), and some images of a batch without the others (`first`): each as alone, to the last bit.
import assert from "node:assert/strict";
import { test } from "node:test";
import { blankPage, codes, setUp } from "./helpers.mjs";

const { browser, site } = await setUp();
const table = { mean_sq_eps: Array.from({ length: 1001 }, (_, n) => n / 1001) };
site.putModel("/measured/", { analytic: table });
const page = await blankPage(browser, site);
await page.evaluate(async () => {
  globalThis.models = [];
  for (const workers of [1, 3]) {
    const diffuser = await unnoise.Diffuser.create({ backend: "cpu", workers });
    globalThis.diffuser ??= diffuser;
    models.push(await diffuser.load("/measured/"));
  }
});

/** Every sampler, with and without noise of its own, with both generators. */
const SAMPLERS = [
  { sampler: "ddim" },
  { sampler: "ddim", eta: 0.6 },
  { sampler: "ddpm", variance: "large", guidance: 3 },
  { sampler: "analytic-ddpm" },
  { sampler: "analytic-ddim", eta: 1 },
  { sampler: "vdm" },
].flatMap((o) => [o, { ...o, rng: "torch" }]);

test("images with a seed each are those of three runs, with one worker and with three", async () => {
  for (const options of SAMPLERS) {
    const [alone, ...together] = await page.evaluate(async (options) => {
      const o = { ...options, steps: 3 };
      const alone = [];
      for (const seed of [0, 1, 2]) alone.push((await texts(models[0].sample({ ...o, seed, labels: [seed % 2] })))[0]);
      const run = (model) => texts(model.sample({ ...o, seeds: [0, 1, 2], labels: [0, 1, 0] }));
      return [alone, await run(models[0]), await run(models[1])];
    }, options);
    const name = JSON.stringify(options);
    assert.equal(new Set(alone).size, 3, name);
    for (const images of together) assert.deepEqual(images, alone, name);
  }
});

test("a batch from an image on is the rest of the whole batch, with one worker and with three", async () => {
  for (const options of SAMPLERS) {
    const [whole, ...parts] = await page.evaluate(async (options) => {
      const o = { ...options, steps: 3, seed: 9 };
      const part = (model, first, labels) => texts(model.sample({ ...o, first, batch: labels.length, labels }));
      const whole = await texts(models[0].sample({ ...o, batch: 5, labels: [0, 1, 0, 1, 1] }));
      const [one, many] = models;
      return [whole, await part(one, [1, 5], [1]), await part(one, [2, 5], [0, 1, 1]), await part(many, [2, 5], [0, 1, 1])];
    }, options); // biome-ignore format: one call
    const name = JSON.stringify(options);
    assert.deepEqual(parts, [whole.slice(1, 2), whole.slice(2), whole.slice(2)], name);
  }
  const [plain, whole] = await page.evaluate(async () => {
    const o = { sampler: "ddpm", steps: 3, seed: 9 };
    return [await texts(models[0].sample({ ...o, first: 5 })), await texts(models[0].sample({ ...o, batch: 7 }))];
  });
  assert.deepEqual(plain, [whole[5]]);
});

test("a denoiser of one's own begins with that noise, and noise() gives it", async () => {
  const [starts, noises, seed] = await page.evaluate(async () => {
    const starts = [];
    const denoiser = (x) => {
      if (starts.length < 3) starts.push(String(x));
      return x;
    };
    const o = { denoiser, scheduler: {}, steps: 1, rng: "torch" };
    const run = diffuser.sample({ ...o, shape: [2, 1, 3, 3], seeds: [4, 2 ** 32] });
    await run.result();
    await diffuser.sample({ ...o, shape: [1, 1, 3, 3], seed: 4, first: [2, 3] }).result();
    await diffuser.sample({ ...o, shape: [1, 1, 3, 3], seeds: [0] }).result();
    const whole = await unnoise.noise(4, [3, 1, 3, 3], "torch");
    const listed = await unnoise.noise([4, 0], [2, 1, 3, 3], "torch");
    return [starts, [String(listed), String(whole.slice(18)), String(listed.slice(9))], run.seed];
  });
  assert.deepEqual(starts, noises);
  assert.equal(seed, 4);
});

/** Calls that are not allowed, and the code that each rejects with. */
const REFUSED = [
  ["models[0].sample({ seeds: [] }).result()", "invalid-seeds"],
  ["models[0].sample({ seeds: null }).result()", "invalid-seeds"],
  ["models[0].sample({ seeds: [1, 2], batch: 3 }).result()", "invalid-seeds"],
  ["models[0].sample({ seeds: [1], seed: 1 }).result()", "invalid-seeds"],
  ["diffuser.sample({ denoiser: (x) => x, shape: [3, 1, 2, 2], scheduler: {}, seeds: [1] }).result()", "invalid-seeds"],
  ["unnoise.noise([1, 2], [3, 1, 2, 2])", "invalid-seeds"],
  ["models[0].sample({ first: -1 }).result()", "invalid-first"],
  ["models[0].sample({ first: [4, 5], batch: 2 }).result()", "invalid-first"],
  ["models[0].sample({ first: 1, rng: 'torch' }).result()", "invalid-first"],
  ["models[0].sample({ first: 0, blend: { seeds: [1], at: [0] } }).result()", "invalid-first"],
  ["models[0].plan({ seeds: [1] })", "unknown-option"],
  ["models[0].plan({ first: 1 })", "unknown-option"],
];

test("what is not allowed says why", async () => {
  const table = REFUSED.map(([call, code]) => [`() => ${call}`, code]);
  assert.deepEqual(await codes(page, "o()", table), table);
});
