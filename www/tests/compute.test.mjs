// What the engine computes: with a denoiser of one's own, for a prediction, for a plan.
import assert from "node:assert/strict";
import { test } from "node:test";
import { blankPage, setUp } from "./helpers.mjs";

const { browser, site } = await setUp();
const page = await blankPage(browser, site);
await page.evaluate(async () => {
  globalThis.diffuser = await unnoise.Diffuser.create({ backend: "cpu" });
  globalThis.model = await diffuser.load("/tiny/");
  globalThis.scheduler = model.info.scheduler;
  // A network that sees nothing but noise: it answers its input.
  globalThis.echo = { denoiser: (x) => x, shape: [1, 1, 4, 4], scheduler };
});

test("a denoiser is asked with x_t and t, and its answer drives the run", async () => {
  const seen = await page.evaluate(async () => {
    const asked = [];
    // The data is 0.5 everywhere: the prediction of the noise is then exact, and so is every step.
    const alphaBar = (t) => {
      let product = 1;
      for (let i = 0; i <= t; i++) product *= 1 - (1e-4 + (0.02 - 1e-4) * (i / 999));
      return product;
    };
    const denoiser = async (x, t) => {
      asked.push([t, x.length]);
      const a = alphaBar(t);
      return x.map((value) => (value - Math.sqrt(a) * 0.5) / Math.sqrt(1 - a));
    };
    const run = diffuser.sample({ denoiser, shape: [2, 3, 4, 4], scheduler, sampler: "ddim", steps: 4 });
    const { x, images } = await run.result();
    return { asked, worst: Math.max(...x.map((v) => Math.abs(v - 0.5))), images: images.length };
  });
  assert.deepEqual(seen.asked, [
    [750, 96],
    [500, 96],
    [250, 96],
    [0, 96],
  ]);
  assert.ok(seen.worst < 1e-4, `${seen.worst}`);
  assert.equal(seen.images, 2);
});

test("images that cannot be drawn still have a result", async () => {
  const seen = await page.evaluate(async () => {
    const { x, images } = await diffuser.sample({ ...echo, shape: [3, 2, 1, 1], steps: 2 }).result();
    return [x.length, images.length];
  });
  assert.deepEqual(seen, [6, 0]);
});

test("predict answers each image by itself, at one timestep or at its own", async () => {
  const worst = await page.evaluate(async () => {
    const x = await unnoise.noise(1, [2, 1, 8, 8]);
    const both = await model.predict(x, [10, 900], [0, 1]);
    const apart = [await model.predict(x.slice(0, 64), 10, [0]), await model.predict(x.slice(64), 900, [1])];
    return Math.max(...both.map((v, i) => Math.abs(v - apart[i >> 6][i & 63])));
  });
  assert.ok(worst < 1e-5, `${worst}`);
});

test("a plan lists the timesteps and the coefficients of a run", async () => {
  const [plan, same] = await page.evaluate(async () => {
    const o = { sampler: "ddim", steps: 5, trajectory: "trailing" };
    const plan = await model.plan(o);
    return [plan, JSON.stringify(plan) === JSON.stringify(await diffuser.plan({ ...o, scheduler }))];
  });
  assert.deepEqual(plan.timesteps, [999, 799, 599, 399, 199]);
  assert.deepEqual(
    plan.steps.map(({ t, s }) => [t, s]),
    [
      [999, 799],
      [799, 599],
      [599, 399],
      [399, 199],
      [199, null],
    ],
  );
  assert.equal(plan.steps.at(-1).z, 0);
  assert.ok(Math.abs(plan.steps.at(-1).x0 - 1) < 1e-12);
  assert.ok(same);
});

test("what the caller gives stays the caller's", async () => {
  const lengths = await page.evaluate(async () => {
    const x = await unnoise.noise(1, [1, 1, 8, 8]);
    await model.predict(x, 5);
    await model.sample({ steps: 1, noise: x }).result();
    const answer = new Float32Array(16);
    await diffuser.sample({ ...echo, denoiser: () => answer, steps: 3 }).result();
    return [x.length, answer.length];
  });
  assert.deepEqual(lengths, [64, 16]);
});
