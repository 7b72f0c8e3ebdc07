// Noise and the arc between two noises.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { blankPage, setUp } from "./helpers.mjs";

const { browser, site } = await setUp();
const page = await blankPage(browser, site);

const draw = (...given) => page.evaluate(async (given) => [...(await unnoise.noise(...given))], given);

/** The first numbers of torch.manual_seed(0); torch.randn(16). */
const TORCH = [-1.1258398, -1.1523602, -0.25057858, -0.43387884, 0.8487103];

test("noise without a Diffuser starts a CPU worker of its own", async () => {
  const from = site.requests.length;
  await Promise.all([draw(1, [1, 1, 2, 2]), draw(2, [1, 1, 2, 2])]);
  const started = site.requests.slice(from).filter(({ path }) => path.endsWith("worker.js"));
  assert.equal(started.length, 1);
  assert.equal(site.bytes(/webgpu/, from), 0);
});

test("torch's noise is what PyTorch draws", async () => {
  const x = await draw(0, [1, 1, 4, 4], "torch");
  assert.equal(x.length, 16);
  for (const [i, expected] of TORCH.entries()) assert.ok(Math.abs(x[i] - expected) < 1e-6, `${i}: ${x[i]}`);
});

test("philox is the default, and gives standard normal numbers", async () => {
  const x = await draw(7, [1, 1, 100, 100]);
  assert.deepEqual(x, await draw(7, [1, 1, 100, 100], "philox"));
  const mean = x.reduce((sum, v) => sum + v) / x.length;
  const variance = x.reduce((sum, v) => sum + (v - mean) ** 2) / x.length;
  // Four standard errors of 10,000 numbers.
  assert.ok(Math.abs(mean) < 0.04, `mean ${mean}`);
  assert.ok(Math.abs(variance - 1) < 4 * Math.SQRT2 * 0.01, `variance ${variance}`);
});

test("image k of philox does not depend on the size of the batch, but on the seed", async () => {
  const four = await draw(7, [4, 3, 5, 5]);
  assert.deepEqual(four.slice(0, 150), await draw(7, [2, 3, 5, 5]));
  assert.notDeepEqual(four.slice(0, 75), four.slice(75, 150));
  assert.notDeepEqual(four.slice(0, 75), await draw(8, [1, 3, 5, 5]));
});

test("a run starts from the noise of its seed", async () => {
  const same = await page.evaluate(async () => {
    const diffuser = await unnoise.Diffuser.create({ backend: "cpu" });
    const seen = [];
    for (const rng of ["philox", "torch"]) {
      const shape = [2, 1, 4, 4];
      const denoiser = (x) => {
        seen.push([...x]);
        return x;
      };
      await diffuser.sample({ denoiser, shape, scheduler: {}, steps: 1, seed: 11, rng }).result();
      seen.push([...(await unnoise.noise(11, shape, rng))]);
    }
    diffuser.dispose();
    return [seen[0].join() === seen[1].join(), seen[2].join() === seen[3].join(), seen[0].join() === seen[2].join()];
  });
  assert.deepEqual(same, [true, true, false]);
});

test("noise goes on after the Diffuser that made it is gone", async () => {
  const x = await page.evaluate(async () => {
    const diffuser = await unnoise.Diffuser.create({ backend: "cpu" });
    const first = await unnoise.noise(1, [1, 1, 4, 4]);
    diffuser.dispose();
    return [[...first], [...(await unnoise.noise(1, [1, 1, 4, 4]))]];
  });
  assert.deepEqual(x[0], x[1]);
});

test("the worker that only makes noise goes away when it is idle, and comes back", async () => {
  const other = await (await browser.newContext()).newPage();
  await other.clock.install();
  await other.goto(`${site.origin}/blank.html`);
  await other.waitForFunction(() => globalThis.ready === true);
  const call = () => other.evaluate(async () => (await unnoise.noise(1, [1, 1, 2, 2])).length);
  await call();
  await other.clock.fastForward(9_000);
  await call();
  await other.clock.fastForward(9_000);
  assert.equal(other.workers().length, 1);
  await other.clock.fastForward(2_000);
  while (other.workers().length > 0) await setTimeout(20);
  assert.equal(await call(), 4);
});

test("noise says what is wrong with its arguments", async () => {
  const codes = await page.evaluate(() =>
    Promise.all([
      codeOf(() => unnoise.noise(-1, [1, 1, 2, 2])),
      codeOf(() => unnoise.noise(0.5, [1, 1, 2, 2])),
      codeOf(() => unnoise.noise(2 ** 60, [1, 1, 2, 2])),
      codeOf(() => unnoise.noise(undefined, [1, 1, 2, 2])),
      codeOf(() => unnoise.noise(1, [1, 2, 2])),
      codeOf(() => unnoise.noise(1, [1, 1, 0, 2])),
      codeOf(() => unnoise.noise(1, [1e9, 1e9, 1e9, 1e9])),
      codeOf(() => unnoise.noise(1, undefined)),
      codeOf(() => unnoise.noise(1, [1, 1, 2, 2], "numpy")),
      codeOf(() => unnoise.noise(() => 1, [1, 1, 2, 2])),
    ]),
  );
  const [seed, shape] = ["invalid-seed", "invalid-shape"];
  assert.deepEqual(codes, [seed, seed, seed, seed, shape, shape, shape, shape, "invalid-rng", seed]);
});

const arc = (...given) =>
  page.evaluate(([a, b, fraction]) => [...unnoise.slerp(new Float32Array(a), new Float32Array(b), fraction)], given);

test("slerp goes along the arc", async () => {
  const [x, y] = await arc([1, 0], [0, 1], 1 / 3);
  assert.ok(Math.abs(x - Math.cos(Math.PI / 6)) < 1e-7 && Math.abs(y - Math.sin(Math.PI / 6)) < 1e-7);
  assert.deepEqual(await arc([3, 4], [-4, 3], 0), [3, 4]);
  assert.deepEqual(await arc([3, 4], [-4, 3], 1), [-4, 3]);
});

test("slerp is the straight line where there is no arc", async () => {
  assert.deepEqual(await arc([1, 2], [3, 6], 0.5), [2, 4]);
  assert.deepEqual(await arc([1, 2], [1, 2], 0.3), [1, 2]);
  assert.deepEqual(await arc([0, 0], [2, 4], 0.25), [0.5, 1]);
  assert.deepEqual(await arc([1, -2], [-1, 2], 0.5), [0, 0]);
});

test("slerp keeps the length of noise", async () => {
  const lengths = await page.evaluate(async () => {
    const [a, b] = [await unnoise.noise(1, [1, 1, 64, 64]), await unnoise.noise(2, [1, 1, 64, 64])];
    const length = (x) => Math.sqrt(x.reduce((sum, v) => sum + v * v, 0) / x.length);
    return [a, b, unnoise.slerp(a, b, 0.5)].map(length);
  });
  // The straight line would shrink it to 0.71.
  for (const length of lengths) assert.ok(Math.abs(length - 1) < 0.05, `${length}`);
});

test("slerp says what is wrong with its arguments", async () => {
  const codes = await page.evaluate(() => {
    const two = new Float32Array(2);
    const { slerp } = unnoise;
    return Promise.all([
      codeOf(async () => slerp([1, 2], two, 0.5)),
      codeOf(async () => slerp(new Float32Array(0), new Float32Array(0), 0.5)),
      codeOf(async () => slerp(two, new Float32Array(3), 0.5)),
      codeOf(async () => slerp(two, "b", 0.5)),
      codeOf(async () => slerp(two, two, Number.NaN)),
      codeOf(async () => slerp(two, two, "0.5")),
    ]);
  });
  const [a, b, fraction] = ["invalid-a", "invalid-b", "invalid-fraction"];
  assert.deepEqual(codes, [a, a, b, b, fraction, fraction]);
});
