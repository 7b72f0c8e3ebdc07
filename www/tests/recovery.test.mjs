// A graphics device that is lost: runs go on, with the same bits. webgpu.test.mjs destroys a real device.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { setUp } from "./helpers.mjs";
import { LOST_AT_OPEN, losing, losingPage } from "./losing-device.mjs";

const { browser, site } = await setUp();
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

const pageWith = (codes, options) => losingPage(browser, site, codes, options);

/** Whatever a run must not forget. */
const RUNS = [
  { sampler: "ddim" },
  { sampler: "ddpm", batch: 2, labels: [0, 1], guidance: 2 },
  { sampler: "ddim", eta: 0.5, rng: "torch" },
  { sampler: "vdm", rng: "torch", noise: true },
  { sampler: "ddpm", batch: 3, branch: 2 },
  { sampler: "ddpm", rng: "torch", blend: { seeds: [3], at: [0.2, 0.7], labels: [0, 1] } },
  { sampler: "ddpm", rng: "torch", seeds: [3, 4] },
  { sampler: "ddpm", rng: "torch", first: [1, 4], batch: 2 },
];

test("a run goes on from its last finished step with the same bits", async () => {
  // Every device does three steps: the runs of four are cut before the last one, then before the third, and so on.
  const { page, started } = await pageWith(Array(11).fill(losing("Run.step", 3)));
  for (const options of RUNS) {
    const [steps, x, expected] = await page.evaluate(async (o) => {
      const options = { ...(o.seeds ? {} : { seed: 7 }), ...o, steps: 4 };
      const start = () => (o.noise ? { noise: new Float32Array(64).fill(0.25) } : {});
      const first = plain.sample({ ...options, ...start() });
      const beginning = async (run) => JSON.stringify([await run.plan, [...(await run.initial())]]);
      const begun = await beginning(first);
      const expected = await text(first);
      const given = start();
      const run = model.sample({ ...options, ...given });
      const steps = [];
      for await (const step of run) {
        // What the caller does with a step's floats, or with the start that he gave, is his own affair.
        if (step.index === 0 && o.noise) structuredClone(given.noise, { transfer: [given.noise.buffer] });
        if (step.next !== null) (await step.xt()).fill(0);
        steps.push(step.index);
        if (step.index === 2 && (await beginning(run)) !== begun) throw new Error("another beginning");
      }
      return [steps, await text(run), expected];
    }, options);
    const name = JSON.stringify(options);
    assert.deepEqual(steps, [0, 1, 2, 3], name);
    assert.equal(x, expected, name);
  }
  const [told, backend] = await page.evaluate(() => [told, diffuser.backend]);
  assert.equal(told.length, 10);
  assert.deepEqual(told[9], backend);
  assert.deepEqual([backend.kind, backend.reason], ["webgpu", "opened anew: the graphics device was lost: test"]);
  assert.equal(started(), 11);
  assert.equal(page.workers().length, 2, "only the last one is left, and the CPU's");
});

test("a worker whose device was lost leaves no listener behind", async () => {
  const { page } = await pageWith(Array(12).fill(losing("Run.step", 3)));
  const session = await page.context().newCDPSession(page);
  const listeners = async () => {
    await session.send("HeapProfiler.collectGarbage");
    return (await session.send("Memory.getDOMCounters")).jsEventListeners;
  };
  const once = () =>
    page.evaluate(async () => {
      for await (const step of model.sample({ seed: 7, steps: 4, labels: [0] })) await step.xt();
    });
  await once();
  const before = await listeners();
  for (let i = 0; i < 4; i++) await once();
  for (let tries = 0; (await listeners()) > before; tries++) {
    assert.ok(tries < 50, `${before} at first, ${await listeners()} after four more`);
    await setTimeout(20);
  }
});

test("a run whose floats nobody asked for is computed again from its start, with the same bits", async () => {
  // Each run is lost at its third step; the device after that takes its four steps, and two of the next run.
  const { page, started } = await pageWith(RUNS.map((_, i) => losing("Run.step", i === 0 ? 2 : 6)));
  for (const options of RUNS) {
    const [pixels, x, expected] = await page.evaluate(async (o) => {
      const options = { ...(o.seeds ? {} : { seed: 7 }), ...o, steps: 4 };
      const start = () => (o.noise ? { noise: new Float32Array(64).fill(0.25) } : {});
      const watched = async (run, given) => {
        const pixels = [];
        for await (const step of run) {
          if (given.noise && step.index === 0) given.noise.fill(0);
          pixels.push(step.pixels("x0").join(), step.pixels("xt").join());
        }
        return pixels.join();
      };
      const starts = [start(), start(), start()];
      const [run, other] = [model, plain].map((model, i) => model.sample({ ...options, ...starts[i] }));
      const pixels = [await watched(run, starts[0]), await watched(other, starts[1])];
      return [pixels, await text(run), await text(plain.sample({ ...options, ...starts[2] }))];
    }, options);
    const name = JSON.stringify(options);
    assert.equal(pixels[0], pixels[1], name);
    assert.equal(x, expected, name);
  }
  assert.equal(started(), RUNS.length + 1);
});

test("the floats of a step whose device is lost are those that it had", async () => {
  const { page, started } = await pageWith([0, 1, 1].map((at) => losing("Run.floats", at)));
  const [found, expected] = await page.evaluate(async () => {
    const all = async (model, diffuser) => {
      const floats = [];
      const o = { sampler: "ddpm", steps: 5, seed: 4, rng: "torch" };
      for (const run of [model.sample(o), diffuser.sample({ ...echo, ...o })]) {
        for await (const step of run) {
          if (step.index === 1 || step.index === 3) floats.push(...(await step.x0()), ...(await step.xt()));
        }
      }
      return floats.join();
    };
    return [await all(model, diffuser), await all(plain, plainDiffuser)];
  });
  assert.equal(found, expected);
  assert.equal(started(), 4);
});

test("a run goes on from the last state that was asked for", async () => {
  // The second device has three steps for it: enough from the third on, too few from the first.
  const { page, started } = await pageWith([losing("Run.step", 4), losing("Run.step", 3)]);
  const [x, expected] = await page.evaluate(async () => {
    const o = { sampler: "ddpm", steps: 6, seed: 4 };
    const run = model.sample(o);
    for await (const step of run) if (step.index === 2) await step.x0();
    return [await text(run), await text(plain.sample(o))];
  });
  assert.equal(x, expected);
  assert.equal(started(), 2);
});

test("a device that is lost at the same step again leaves the run to the CPU", async () => {
  const { page, started } = await pageWith([losing("Run.step", 2), losing("Run.step", 0)], { backend: "auto" });
  const [x, expected, told] = await page.evaluate(async () => {
    const o = { sampler: "ddpm", steps: 4, seed: 1, rng: "torch" };
    return [await text(model.sample(o)), await text(plain.sample(o)), told];
  });
  assert.equal(x, expected);
  assert.deepEqual(
    told.map(({ kind }) => kind),
    ["webgpu", "cpu"],
  );
  assert.equal(told[1].reason, "the graphics device was lost: test, and the new one too");
  assert.equal(started(), 2);
});

test("where no new device opens, the CPU takes over", async () => {
  const { page } = await pageWith([losing("Run.step", 1), LOST_AT_OPEN], { backend: "auto" });
  const [x, expected, told] = await page.evaluate(async () => {
    const o = { sampler: "ddpm", steps: 3, seed: 1 };
    return [await text(model.sample(o)), await text(plain.sample(o)), told];
  });
  assert.equal(x, expected);
  assert.deepEqual([told.length, told[0].kind], [1, "cpu"]);
  assert.match(told[0].reason, /^the graphics device was lost: test; WebGPU was tried and given up: no device$/);
});

test("WebGPU that was asked for is lost for good where no new device lasts, until one does", async () => {
  const codes = [losing("Run.step", 1), losing("Run.step", 0), losing("Run.step", 0), LOST_AT_OPEN];
  const { page } = await pageWith(codes);
  const found = await page.evaluate(async () => {
    const o = { steps: 3, seed: 1 };
    const run = model.sample(o);
    const failures = [await failure(() => run.result())];
    for (let i = 0; i < 2; i++) failures.push(await failure(() => model.sample(o).result()));
    const again = await text(model.sample(o));
    return { failures, again, expected: await text(plain.sample(o)), closed: await codeOf(() => run.result()) };
  });
  for (const { code, message } of found.failures) {
    assert.deepEqual([code, message], ["device", "the graphics device was lost: test"]);
  }
  assert.deepEqual([found.again, found.closed], [found.expected, "run-closed"]);
});

test("all that is under way goes on in one new worker", async () => {
  const { page, started } = await pageWith([losing("Run.step", 3)]);
  const [found, expected] = await page.evaluate(async () => {
    const all = (model, diffuser) => {
      const x = new Float32Array(64).fill(0.5);
      const calls = [
        text(model.sample({ sampler: "ddpm", steps: 4, seed: 1 })),
        text(model.sample({ sampler: "ddpm", steps: 4, seed: 2, rng: "torch" })),
        text(diffuser.sample({ ...echo, steps: 4, seed: 3, sampler: "ddpm" })),
        model.predict(x, 5, [1]).then((eps) => eps.join()),
        model.plan({ steps: 2 }).then(JSON.stringify),
        model.likelihood(x, { steps: 4 }).then(JSON.stringify),
        unnoise.noise(1, [1, 1, 2, 2]).then((z) => z.join()),
      ];
      // What was given is taken as it was then.
      x.fill(0);
      return Promise.all(calls);
    };
    return [await all(model, diffuser), await all(plain, plainDiffuser)];
  });
  assert.deepEqual(found, expected);
  assert.equal(started(), 2);
});

test("a denoiser is asked once a step, whatever is lost", async () => {
  const { page, started } = await pageWith([losing("Run.advance", 1), losing("Run.input", 1)]);
  const { asked, x, expected } = await page.evaluate(async () => {
    const asked = [];
    const denoiser = (x, t) => {
      asked.push(t);
      return echo.denoiser(x);
    };
    const o = { ...echo, sampler: "ddpm", steps: 5, seed: 1, rng: "torch" };
    return { x: await text(diffuser.sample({ ...o, denoiser })), expected: await text(plainDiffuser.sample(o)), asked };
  });
  assert.deepEqual(asked, [800, 600, 400, 200, 0]);
  assert.equal(x, expected);
  assert.equal(started(), 3);
});

test("a Diffuser that is disposed of while it recovers leaves no worker", async () => {
  const { page, started } = await pageWith([losing("Run.step", 1), "Engine.open = () => new Promise(() => {});"]);
  await page.evaluate(() => {
    plainDiffuser.dispose();
    globalThis.pending = codeOf(() => model.sample({ steps: 3 }).result());
  });
  while (started() < 2) await setTimeout(20);
  await page.evaluate(() => diffuser.dispose());
  assert.equal(await page.evaluate(() => pending), "disposed");
  assert.equal(await page.evaluate(() => codeOf(() => model.plan())), "disposed");
  while (page.workers().length > 0) await setTimeout(20);
});

test("a run that is aborted while its Diffuser recovers rejects at once", async () => {
  const { page, started } = await pageWith([losing("Run.step", 1), "Engine.open = () => new Promise(() => {});"]);
  await page.evaluate(() => {
    globalThis.controller = new AbortController();
    const { signal } = controller;
    const x = new Float32Array(64);
    globalThis.pending = [model.sample({ steps: 3, signal }).result(), model.likelihood(x, { steps: 2, signal })].map(
      (work) => work.catch((reason) => reason),
    );
  });
  while (started() < 2) await setTimeout(20);
  const reasons = await page.evaluate(() => {
    controller.abort("enough");
    return Promise.all(pending);
  });
  assert.deepEqual(reasons, ["enough", "enough"]);
});

test("a callback that is none is an error", async () => {
  const { page } = await pageWith([]);
  assert.equal(
    await page.evaluate(() => codeOf(() => unnoise.Diffuser.create({ onBackend: 3 }))),
    "invalid-on-backend",
  );
});
