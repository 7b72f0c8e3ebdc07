// Runs that start from a picture, keep pixels, or are conditioned on what was observed, through the public API, on both modules.
import assert from "node:assert/strict";
import { test } from "node:test";
import { givePicture, modelsPage } from "./edit-models.mjs";
import { setUp } from "./helpers.mjs";
import { losing, losingPage } from "./losing-device.mjs";

const { browser, site } = await setUp();
const page = await modelsPage(browser, site);

/** How far the two modules are apart in a run with these options. */
const apart = (options) =>
  page.evaluate(async (options) => {
    const given = new Function("picture", "mask", `return ${options}`)(picture, mask);
    const [cpu, webgpu] = await Promise.all(
      Object.values(models).map(async (model) => (await model.sample({ seed: 3, ...given }).result()).x),
    );
    return Math.max(...cpu.map((number, i) => Math.abs(number - webgpu[i])));
  }, options);

test("known pixels end exactly as they are given, and the others do not", async () => {
  for (const backend of ["cpu", "webgpu"]) {
    for (const method of ["noised", "clean", "repaint"]) {
      const { kept, others } = await page.evaluate(
        async ({ backend, method }) => {
          const known = { x: picture, mask, method, ...(method === "repaint" ? { jump: 2, resample: 2 } : {}) };
          const { x } = await models[backend].sample({ sampler: "ddpm", steps: 6, batch: 2, seed: 1, known }).result();
          const same = [...x].map((number, i) => number === picture[i % 64]);
          return {
            kept: same.filter((_, i) => mask[i % 64] === 1).every(Boolean),
            others: same.filter((_, i) => mask[i % 64] === 0).some(Boolean),
          };
        },
        { backend, method },
      );
      assert.deepEqual({ kept, others }, { kept: true, others: false }, `${backend}, ${method}`);
    }
  }
});

test("both modules change a step in the same way", async () => {
  for (const options of [
    '{ sampler: "ddim", steps: 5, known: { x: picture, mask: mask.map((m) => m * 0.7) } }',
    '{ sampler: "ddpm", steps: 7, known: { x: picture, mask, method: "repaint", jump: 2, resample: 3 } }',
    '{ sampler: "ddim", steps: 5, observed: { y: picture, sigma: 0.2, mask } }',
    '{ sampler: "ddpm", steps: 5, observed: { y: picture, sigma: mask } }',
    '{ sampler: "ddpm", steps: 5, clip: "x0-eps", observed: { y: picture, sigma: 0.2, method: "constant" } }',
    '{ sampler: "vdm", steps: 5, observed: { y: picture, sigma: 0.2, method: "annealed" } }',
    '{ sampler: "ddpm", steps: 9, batch: 2, observed: { y: picture, sigma: 0.4, method: "level" } }',
    '{ sampler: "ddpm", steps: 5, batch: 3, start: { x: picture, t: 400 } }',
    '{ rng: "torch", sampler: "ddpm", steps: 7, known: { x: picture, mask, method: "repaint", jump: 3, resample: 2 } }',
  ]) {
    const difference = await apart(options);
    assert.ok(difference < 1e-3, `${options}: ${difference}`);
  }
});

test("what was observed without noise is what comes, and the change tells on what was not", async () => {
  const { off, moved } = await page.evaluate(async () => {
    const of = async (options) => (await model.sample({ sampler: "ddim", steps: 8, seed: 2, ...options }).result()).x;
    const [plain, observed] = [await of({}), await of({ observed: { y: picture, sigma: 0, mask } })];
    const difference = (a, b, kind) => Math.max(...[...a].map((n, i) => (mask[i] === kind ? Math.abs(n - b[i]) : 0)));
    return { off: difference(observed, picture, 1), moved: difference(observed, plain, 0) };
  });
  assert.ok(off < 1e-6 && moved > 1e-3, `${off} ${moved}`);
});

test("a run from a picture is the run from its noised state", async () => {
  const [started, plain, timesteps] = await page.evaluate(async () => {
    const options = { sampler: "ddpm", seed: 5, steps: 10 };
    const start = { x: picture, t: 450 };
    const run = model.sample({ ...options, start });
    const { timesteps } = await run.plan;
    const noise = await model.diffuse(picture, 450, { seed: 5 });
    const [begun, end] = [await run.initial(), (await run.result()).x];
    const again = await model.sample({ ...options, steps: undefined, trajectory: timesteps, noise }).result();
    return [[begun.join(), end.join()], [noise.join(), again.x.join()], timesteps];
  });
  assert.deepEqual(started, plain);
  assert.equal(timesteps[0], 450);
  assert.ok(timesteps[1] < 450);
});

test("the plan has all steps of RePaint, as many as the run takes", async () => {
  const [planned, taken] = await page.evaluate(async () => {
    const known = { x: picture, mask, method: "repaint", jump: 2, resample: 3 };
    const plan = await model.plan({ steps: 6, known });
    const run = model.sample({ steps: 6, known });
    let taken = 0;
    for await (const step of run) taken += step.index === taken ? 1 : NaN;
    return [plan.steps.length, taken];
  });
  // Two stretches of two steps, twice more each.
  assert.deepEqual([planned, taken], [14, 14]);
});

test("an edited run goes on where the device is lost, with the same bits", async () => {
  for (const options of [
    "{ known: { x: picture, mask, method: 'repaint', jump: 1, resample: 2 } }",
    "{ observed: { y: picture, sigma: 0.3, mask } }",
    "{ observed: { y: picture, sigma: 20, method: 'level' } }",
    "{ start: { x: [...picture, ...picture.map((v) => -v)], t: 700, at: [0.2, 0.7], noise: 'own' } }",
    "{ potential: { r: 'symmetry' } }",
  ]) {
    const { page: other } = await losingPage(browser, site, Array(6).fill(losing("Run.step", 2)));
    await givePicture(other);
    const [x, expected, lost] = await other.evaluate(async (source) => {
      const edit = new Function("picture", "mask", `return ${source}`)(picture, mask);
      const o = { sampler: "ddpm", steps: 4, seed: 7, rng: "torch", ...edit };
      const watched = async (run) => {
        for await (const step of run) await step.xt();
        return (await run.result()).x.join();
      };
      const x = await watched(model.sample(o));
      return [x, await watched(plain.sample(o)), told.length];
    }, options);
    assert.ok(lost > 0, options);
    assert.equal(x, expected, options);
    await other.context().close();
  }
  site.drop("/pkg/webgpu/unnoise.js");
  site.drop("/pkg/webgpu/unnoise_bg.wasm");
});

test("a plan says whether what is open of a pixel was measured", async () => {
  const [before, after] = await page.evaluate(async () => {
    const diffuser = await unnoise.Diffuser.create({ backend: "cpu" });
    const fresh = await diffuser.load("/tiny/");
    const look = async () => {
      const { measured, steps } = await fresh.plan({ steps: 4 });
      return { measured, open: steps.map(({ x0Variance }) => x0Variance) };
    };
    const before = await look();
    await fresh.estimateAnalytic(
      picture.map((v) => Math.max(-1, Math.min(1, v))),
      { seed: 1 },
    );
    return [before, await look()];
  });
  assert.deepEqual([before.measured, after.measured], [false, true]);
  assert.equal(before.open[0], 1);
  assert.ok(
    after.open.every((open, i) => open >= 0 && open <= before.open[i]),
    `${after.open}`,
  );
  assert.ok(after.open.at(-1) < before.open.at(-1));
});

test("what is wrong is said by its name, and the model goes on", async () => {
  const told = await page.evaluate(async () => {
    const code = (options) => codeOf(() => model.sample({ steps: 2, ...options }).result());
    const wrong = [
      await code({ start: { x: picture, t: 1000 } }),
      await code({ start: { x: picture.slice(1), t: 3 } }),
      await code({ start: { x: picture, t: 3 }, noise: picture }),
      await code({ known: { x: picture, mask: mask.map((m) => m * 2) } }),
      await code({ known: { x: picture.map(() => Number.NaN), mask } }),
      await code({ known: { x: picture, mask, jump: 2 } }),
      await code({ observed: { y: picture, sigma: -1 } }),
      await code({ observed: { y: "picture", sigma: 1 } }),
      await code({ observed: { y: picture, sigma: 1 }, known: { x: picture, mask } }),
    ];
    const { message } = await failure(() =>
      model.sample({ known: { x: picture.map((n, i) => (i === 5 ? Number.NaN : n)), mask } }).result(),
    );
    await model.sample({ steps: 1 }).result();
    return { wrong, message };
  });
  const [start, known, observed] = ["invalid-start", "invalid-known", "invalid-observed"];
  assert.deepEqual(told.wrong, [start, start, start, known, known, known, observed, observed, known]);
  assert.match(told.message, /`known\.x` is not a number at element 5/);
});
