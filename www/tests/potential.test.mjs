// Runs that follow a function of the image, and runs between pictures, through the public API, on both modules.
import assert from "node:assert/strict";
import { test } from "node:test";
import { modelsPage } from "./edit-models.mjs";
import { setUp } from "./helpers.mjs";
import { losing, losingPage } from "./losing-device.mjs";

const { browser, site } = await setUp();
const page = await modelsPage(browser, site);
await page.evaluate(() => {
  globalThis.apart = (a, b) => Math.max(...a.map((number, i) => Math.abs(number - b[i])));
  /** log r = -|x - 0.5|^2 / 2, and how often it was asked. */
  globalThis.calls = [];
  globalThis.towardsHalf = async (x, t, variance) => {
    calls.push([t, variance]);
    const off = x.map((v) => 0.5 - v);
    return { gradient: off, logR: -off.reduce((sum, v) => sum + v * v, 0) / 2 };
  };
});

test("both modules follow a potential in the same way", async () => {
  const found = await page.evaluate(async () => {
    const regions = [{ colour: [0.5], mask }, { colour: [-0.5] }];
    const potentials = [
      { r: "mean-colour", regions },
      { r: "mean-colour", regions: regions.slice(0, 1), sigma: 0 },
      { r: "mean-colour", regions, method: "constant", sigma: 0.01 },
      { r: "symmetry" },
      { r: "symmetry", method: "annealed", sigma: 0 },
      towardsHalf,
      { r: towardsHalf, method: "constant" },
    ];
    const found = [];
    for (const [i, potential] of potentials.entries()) {
      const known = i % 2 === 0 ? { known: { x: picture, mask: mask.map((m) => m * 0.7) } } : {};
      const options = { sampler: "ddpm", steps: 5, batch: 2, seed: 3, potential, ...known, labels: [0, 1] };
      const ends = [];
      for (const model of Object.values(models))
        ends.push((await model.sample({ ...options, guidance: i === 0 ? 2 : 1 }).result()).x);
      const plain = (await models.cpu.sample({ ...options, potential: undefined }).result()).x;
      found.push([apart(...ends), apart(ends[0], plain)]);
    }
    return found;
  });
  for (const [i, [difference, moved]] of found.entries()) {
    assert.ok(difference < 1e-3, `potential ${i}: ${difference}`);
    assert.ok(moved > 1e-2, `potential ${i} moves by ${moved}`);
  }
});

test("on WebGPU an edited run reads back as much as a plain one, seen or not", async () => {
  site.patch("/pkg/webgpu/unnoise.js", { before: `(${countReads})();` });
  const other = await modelsPage(browser, site);
  const worker = other.workers().at(-1);
  const read = async (options, seen) => {
    const before = await worker.evaluate(() => globalThis.bytesRead);
    await other.evaluate(
      async ([source, seen]) => {
        const edit = new Function("picture", "mask", `return ${source}`)(picture, mask);
        const run = models.webgpu.sample({ sampler: "ddpm", steps: 4, seed: 1, ...edit });
        if (seen) for await (const _ of run);
        await run.result();
      },
      [options, seen],
    );
    return (await worker.evaluate(() => globalThis.bytesRead)) - before;
  };
  for (const seen of [true, false]) {
    const plain = await read("{}", seen);
    assert.ok(plain > 0);
    for (const options of [
      "{ known: { x: picture, mask } }",
      "{ observed: { y: picture, sigma: 0.2 } }",
      "{ potential: { r: 'mean-colour', regions: [{ colour: [0.5], mask }] } }",
      "{ potential: { r: 'symmetry', method: 'constant' } }",
    ]) {
      assert.equal(await read(options, seen), plain, `${options}, ${seen ? "seen" : "unseen"}`);
    }
  }
  site.drop("/pkg/webgpu/unnoise.js");
  await other.close();
});

/** Runs in the worker before the glue: counts the bytes that are read back. */
function countReads() {
  globalThis.bytesRead = 0;
  const { getMappedRange } = GPUBuffer.prototype;
  GPUBuffer.prototype.getMappedRange = function (...range) {
    const bytes = getMappedRange.apply(this, range);
    if (this.usage & GPUBufferUsage.MAP_READ) globalThis.bytesRead += bytes.byteLength;
    return bytes;
  };
}

test("what is wanted exactly comes exactly", async () => {
  for (const backend of ["cpu", "webgpu"]) {
    const [mean, off] = await page.evaluate(async (backend) => {
      const of = async (potential) => (await models[backend].sample({ steps: 6, seed: 1, potential }).result()).x;
      const coloured = await of({ r: "mean-colour", regions: [{ colour: [0.25], mask }], sigma: 0 });
      const symmetric = await of({ r: "symmetry", sigma: 0 });
      const mirrored = symmetric.map((_, i) => symmetric[i - (i % 8) + 7 - (i % 8)]);
      return [coloured.reduce((sum, v, i) => sum + v * mask[i], 0) / 32, apart(symmetric, mirrored)];
    }, backend);
    assert.ok(Math.abs(mean - 0.25) < 1e-5 && off < 1e-5, `${backend}: ${mean} ${off}`);
  }
});

test("a function of one's own is asked once per step, seen or not, and what it says of log r is told", async () => {
  const [told, calls, unseen] = await page.evaluate(async () => {
    calls.length = 0;
    const options = { sampler: "ddpm", steps: 4, seed: 2, potential: towardsHalf };
    const told = [];
    for await (const step of model.sample(options)) told.push([step.timestep, step.logR < 0]);
    const asked = calls.splice(0);
    await model.sample(options).result();
    return [told, asked, calls.length];
  });
  assert.deepEqual(
    told.map(([t]) => t),
    calls.map(([t]) => t),
  );
  assert.ok(told.every(([, negative]) => negative) && calls.every(([, variance]) => variance > 0));
  assert.equal(unseen, 4);
});

test("a denoiser of one's own and a potential of one's own go together", async () => {
  const [moved, timesteps] = await page.evaluate(async () => {
    const diffuser = await unnoise.Diffuser.create({ backend: "cpu" });
    const options = { denoiser: (x) => x.map((v) => 0.3 * v), shape: [1, 1, 8, 8], scheduler: {}, steps: 4, seed: 1 };
    const timesteps = [];
    const potential = (x, t) => {
      timesteps.push(t);
      return { gradient: x.map(() => 0.5) };
    };
    const ends = [await diffuser.sample({ ...options, potential }).result(), await diffuser.sample(options).result()];
    diffuser.dispose();
    return [ends[0].x.every((v, i) => v >= ends[1].x[i]) && apart(ends[0].x, ends[1].x) > 0.01, timesteps];
  });
  assert.equal(moved, true);
  assert.deepEqual(timesteps, [750, 500, 250, 0]);
});

test("a batch that is spread over workers is that of one worker", async () => {
  const difference = await page.evaluate(async () => {
    const diffuser = await unnoise.Diffuser.create({ backend: "cpu", workers: 2 });
    const options = { steps: 3, batch: 3, seed: 4, potential: towardsHalf };
    const ends = [await (await diffuser.load("/tiny/")).sample(options).result(), await model.sample(options).result()];
    diffuser.dispose();
    return apart(ends[0].x, ends[1].x);
  });
  assert.equal(difference, 0);
});

test("images between pictures begin and end at them", async () => {
  const { ends, same, middle } = await page.evaluate(async () => {
    const other = picture.map((v) => -v);
    const x = [...picture, ...other];
    const of = async (start, more = {}) =>
      (await model.sample({ sampler: "ddpm", steps: 10, seed: 5, start, ...more }).result()).x;
    const between = await of({ x, t: 0, at: [0, 0.5, 1] });
    const alone = await of({ x: picture, t: 300 });
    const shared = await of({ x, t: 300, at: [0, 0.5, 1] });
    const own = await of({ x, t: 300, at: [0, 0.5, 1], noise: "own" });
    const square = await of({
      x: [...x, ...x],
      t: 300,
      at: [
        [0, 0],
        [0, 1],
        [1, 1],
      ],
    });
    return {
      ends: [apart(between.slice(0, 64), picture), apart(between.slice(128), other)],
      same: [apart(shared.slice(0, 64), alone), apart(square.slice(0, 64), square.slice(64, 128))],
      middle: [apart(shared, own), apart(shared.slice(64, 128), alone)],
    };
  });
  // sigma_0 is 0.01.
  assert.ok(
    ends.every((off) => off < 0.05),
    `${ends}`,
  );
  assert.deepEqual(same, [0, 0]);
  assert.ok(
    middle.every((off) => off > 1e-3),
    `${middle}`,
  );
});

test("a run with a function of one's own goes on where the device is lost, and asks no step twice", async () => {
  const { page: other } = await losingPage(browser, site, Array(4).fill(losing("Run.advance", 2)));
  const [x, expected, steps] = await other.evaluate(async () => {
    const steps = [];
    const potential = (x, t) => {
      steps.push(t);
      return { gradient: x.map((v) => 0.5 - v) };
    };
    const options = { sampler: "ddpm", steps: 4, seed: 7, potential };
    const expected = [...(await plain.sample(options).result()).x];
    steps.length = 0;
    const x = [...(await model.sample(options).result()).x];
    return [x, expected, steps];
  });
  assert.deepEqual(x, expected);
  assert.equal(new Set(steps).size, steps.length);
});

test("what is wrong is said, and the model goes on", async () => {
  const told = await page.evaluate(async () => {
    const said = async (options) => {
      const error = await failure(() => model.sample({ steps: 2, ...options }).result());
      return [error.code, error.message];
    };
    const told = [
      await said({ potential: () => ({ gradient: new Float32Array(3) }) }),
      await said({ potential: () => ({ gradient: [1, 2] }) }),
      await said({ potential: () => null }),
      await said({ potential: (x) => ({ gradient: x.fill(Number.NaN) }) }),
      await said({ potential: (x) => ({ gradient: x, logR: "much" }) }),
      await said({
        potential: () => {
          throw new Error("no idea");
        },
      }),
      await said({ potential: "symmetry" }),
      await said({ potential: { r: "colour" } }),
      await said({ potential: { r: "function" } }),
      await said({ potential: { r: "mean-colour", regions: [{ colour: [0, 0, 0] }] } }),
      await said({ start: { x: picture, t: 5, at: [0, 1] } }),
      await said({ start: { x: picture, t: 5, noise: "own" } }),
      await said({ start: { x: [...picture, ...picture], t: 5, at: [0, 1.5] } }),
      await said({ start: { x: [...picture, ...picture], t: 5, at: [0, 1] }, blend: { seeds: [1], at: [0, 1] } }),
    ];
    await model.sample({ steps: 1 }).result();
    return told;
  });
  const expected = [
    ["invalid-potential", /3 numbers.*64 finite numbers/],
    ["invalid-potential", /must be a function that returns \{ gradient, logR\? \}/],
    ["invalid-potential", /is null/],
    ["invalid-potential", /not a number at element 0/],
    ["invalid-potential", /`potential\.logR` is "much"/],
    ["potential-failed", /failed at timestep 500: no idea/],
    ["invalid-potential", /is "symmetry".*an object of `r`/],
    ["invalid-potential", /is "colour"; it must be "mean-colour", "symmetry" or a function/],
    ["invalid-potential", /is "function"; it must be "mean-colour", "symmetry" or a function/],
    ["invalid-potential", /3 numbers.*1, one per channel/],
    ["invalid-start", /64 numbers.*128 numbers, those of 2 pictures/],
    ["invalid-start", /works only with `start\.at`/],
    ["invalid-start", /1\.5.*a number from 0 to 1/],
    ["invalid-start", /given beside `blend`/],
  ];
  assert.equal(told.length, expected.length);
  for (const [i, [code, message]] of expected.entries()) {
    assert.equal(told[i][0], code, `${i}: ${told[i]}`);
    assert.match(told[i][1], message);
  }
});
