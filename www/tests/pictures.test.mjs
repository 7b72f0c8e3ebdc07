// What leaves the worker of a step: its pictures in bytes, and its floats only where they are asked for.
import assert from "node:assert/strict";
import { test } from "node:test";
import { blankPage, setUp } from "./helpers.mjs";

const { browser, site } = await setUp();
site.patch("/pkg/cpu/unnoise.js", { before: `(${countPosted})();` });
const page = await blankPage(browser, site);
await page.evaluate(async () => {
  globalThis.diffuser = await unnoise.Diffuser.create({ backend: "cpu", workers: 1 });
  globalThis.model = await diffuser.load("/tiny/");
  globalThis.echo = { denoiser: (x) => x.map((v) => 0.8 * v), shape: [1, 1, 4, 4], scheduler: {} };
  globalThis.bytesOf = (x) => [...Uint8ClampedArray.from(x, (v) => (v / 2 + 0.5) * 255)].join();
  // Both kinds of run, which must not differ in any of this.
  globalThis.runs = (o) => [model.sample({ seed: 1, ...o }), diffuser.sample({ ...echo, seed: 1, ...o })];
  globalThis.stepsOf = (run) => run[Symbol.asyncIterator]();
});

/** Runs in the worker before the glue: adds up the bytes of the buffers that it posts. */
function countPosted() {
  const { postMessage } = globalThis;
  globalThis.posted = 0;
  const bytesIn = (value) => {
    if (ArrayBuffer.isView(value)) return value.byteLength;
    if (typeof value !== "object" || value === null) return 0;
    return Object.values(value).reduce((sum, part) => sum + bytesIn(part), 0);
  };
  globalThis.postMessage = (message, ...more) => {
    globalThis.posted += bytesIn(message);
    postMessage(message, ...more);
  };
}
const posted = () => page.workers()[0].evaluate(() => globalThis.posted);

test("pixels are round((x / 2 + 0.5) * 255), halves to even, clamped, of every number", async () => {
  const [found, expected] = await page.evaluate(async () => {
    // Every border between two bytes, the floats beside it, and what lies beyond both ends.
    const borders = Array.from({ length: 258 }, (_, k) => (2 * (k - 1.5)) / 255 - 1);
    const beside = borders.flatMap((x) => [x, x - 6e-8, x + 6e-8]);
    const values = Float32Array.from([...beside, 0, -0, 1e-30, -1e-30, 1e30, -1e30, 1, -1]).slice(0, 780);
    const sampleIsX0 = { prediction_type: "sample", clip_sample: false };
    const o = { denoiser: () => values, shape: [1, 1, 1, values.length], scheduler: sampleIsX0, steps: 2 };
    const { value: step } = await stepsOf(diffuser.sample(o)).next();
    return [step.pixels("x0"), values].map((list, i) => (i === 0 ? [...list].join() : bytesOf(list)));
  });
  assert.equal(found, expected);
  assert.equal(found.split(",").length, 780);
  assert.equal(new Set(found.split(",")).size, 256);
});

test("the pixels of every step are those of its floats", async () => {
  const found = await page.evaluate(async () => {
    const found = [];
    for (const run of runs({ sampler: "ddpm", clip: "none", steps: 4 })) {
      for await (const step of run) {
        for (const which of ["x0", "xt"]) {
          const floats = await step[which]();
          found.push([...step.pixels(which)].join() === bytesOf(floats), new Set(floats).size >= 12);
        }
      }
    }
    return found;
  });
  assert.equal(found.length, 32);
  assert.ok(found.every(Boolean), `${found}`);
});

test("a watched step posts a byte for each number of its two pictures", async () => {
  const steps = (kind) =>
    page.evaluate(async (kind) => {
      const o = { steps: 4, batch: 2, seed: 1 };
      const all =
        kind === "network"
          ? model.sample(o)
          : diffuser.sample({ ...echo, shape: [2, 1, 8, 8], ...o, batch: undefined });
      globalThis.iterator = stepsOf(all);
      await iterator.next();
    }, kind);
  for (const [kind, more] of [
    ["network", 0],
    ["denoiser", 4 * 2 * 64],
  ]) {
    await steps(kind);
    const before = await posted();
    await page.evaluate(() => iterator.next());
    // A denoiser is sent the state, in floats.
    assert.equal((await posted()) - before, 2 * 2 * 64 + more, kind);
    await page.evaluate(async () => (await iterator.next()).value.xt());
    assert.equal((await posted()) - before, 2 * (2 * 2 * 64 + more) + 2 * 4 * 2 * 64, `${kind}, with its floats`);
    await page.evaluate(() => iterator.return());
  }
});

test("floats can be asked for until the next step is, and are kept from then on", async () => {
  const found = await page.evaluate(async () => {
    const found = [];
    for (const run of runs({ steps: 4 })) {
      const iterator = stepsOf(run);
      const first = (await iterator.next()).value;
      // Asked for, but not waited for: the promise is kept.
      const asked = first.xt();
      const second = (await iterator.next()).value;
      const same = (await asked) === (await first.xt());
      const third = (await iterator.next()).value;
      const passed = [await failure(() => second.x0()), await failure(() => second.xt())];
      const rest = iterator.next();
      const late = await codeOf(() => third.x0());
      const last = (await rest).value;
      const { x } = await run.result();
      found.push({
        same,
        passed,
        late,
        last: (await last.xt()) === x,
        x0: (await last.x0()).length,
        pixels: second.pixels("x0").length,
      });
    }
    return found;
  });
  for (const [{ passed, ...rest }, length] of found.map((run, i) => [run, [64, 16][i]])) {
    assert.deepEqual(rest, { same: true, late: "step-passed", last: true, x0: length, pixels: length });
    for (const { code, message, hint } of passed) {
      assert.deepEqual([code, message], ["step-passed", "step 1 of 4 has passed, and its floats are gone"]);
      assert.match(hint, /before the run's next step/);
    }
  }
});

test("a step that others wait behind has passed before it is there", async () => {
  const codes = await page.evaluate(async () => {
    const iterator = stepsOf(model.sample({ steps: 3 }));
    const [first, second] = await Promise.all([iterator.next(), iterator.next()]);
    const codes = [await codeOf(() => first.value.xt()), (await second.value.xt()).length];
    const run = model.sample({ steps: 3 });
    const { value } = await stepsOf(run).next();
    const result = run.result();
    codes.push(await codeOf(() => value.xt()));
    await result;
    return codes;
  });
  assert.deepEqual(codes, ["step-passed", 64, "step-passed"]);
});

test("the floats of a run that is left are gone, unless they were asked for", async () => {
  const found = await page.evaluate(async () => {
    let kept;
    let asked;
    for await (const step of model.sample({ steps: 3 })) {
      kept = step;
      asked = step.xt();
      break;
    }
    const found = [(await asked).length, (await kept.x0()).length];
    for await (const step of model.sample({ steps: 3 })) {
      kept = step;
      break;
    }
    found.push(await codeOf(() => kept.xt()));
    const controller = new AbortController();
    const iterator = stepsOf(model.sample({ steps: 3, signal: controller.signal }));
    const { value } = await iterator.next();
    controller.abort("enough");
    return [...found, await value.xt().catch((reason) => reason)];
  });
  assert.deepEqual(found, [64, 64, "run-closed", "enough"]);
});

test("what is asked for between two steps changes none of them", async () => {
  const [looked, alone] = await page.evaluate(async () => {
    const all = async (look) => {
      const texts = [];
      for (const run of runs({ sampler: "ddpm", rng: "torch", steps: 5, seed: 9 })) {
        for await (const step of run) if (look && step.next !== null) (await step.xt()).fill(7);
        texts.push((await run.result()).x.join());
      }
      return texts;
    };
    return [await all(true), await all(false)];
  });
  assert.deepEqual(looked, alone);
});
