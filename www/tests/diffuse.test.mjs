// q(x_t | x_0) through the public API.
import assert from "node:assert/strict";
import { test } from "node:test";
import { blankPage, codes, setUp } from "./helpers.mjs";

/** What a pixel of 0.75 is at a timestep with a noise of -1.25: diffusers' add_noise in f64, as in tests/golden/forward.rs. */
const ADD_NOISE = [
  [0, 0.7374624990624531],
  [10, 0.6906344606223549],
  [10.5, 0.6885586451403755],
  [500, -0.9912023437369948],
  [999, -1.245210162243785],
];

const { browser, site } = await setUp();
const page = await blankPage(browser, site);
await page.evaluate(async () => {
  globalThis.diffuser = await unnoise.Diffuser.create({ backend: "cpu" });
  globalThis.model = await diffuser.load("/tiny/");
  globalThis.x = new Float32Array(64).fill(0.75);
});

test("images are noised as the formula says, at one timestep or at one for each", async () => {
  const timesteps = ADD_NOISE.map(([t]) => t);
  const { alone, together } = await page.evaluate(async (timesteps) => {
    const noise = new Float32Array(64).fill(-1.25);
    const alone = [];
    for (const t of timesteps) alone.push(...(await model.diffuse(x, t, { noise })));
    const many = new Float32Array(64 * timesteps.length);
    const together = await model.diffuse(
      many.map(() => 0.75),
      timesteps,
      { noise: many.map(() => -1.25) },
    );
    return { alone, together: [...together] };
  }, timesteps);
  assert.deepEqual(together, alone);
  for (const [i, value] of alone.entries()) {
    const [t, expected] = ADD_NOISE[Math.floor(i / 64)];
    assert.ok(Math.abs(value - expected) < 1e-7, `${t}: ${value} ${expected}`);
  }
});

test("a seed draws what a run with it begins with, 0 where there is none", async () => {
  const same = await page.evaluate(async () => {
    const by = async (o) => (await model.diffuse(x, 300, o)).join();
    const noise = (seed, rng) => unnoise.noise(seed, [1, 1, 8, 8], rng);
    return [
      [await by({}), await by({ seed: 0 }), await by({ noise: await noise(0) })],
      [await by({ seed: 7 }), await by({ noise: await noise(7) })],
      [await by({ seed: 7, rng: "torch" }), await by({ noise: await noise(7, "torch") })],
    ].map((outputs) => [...new Set(outputs)]);
  });
  assert.deepEqual(
    same.map(({ length }) => length),
    [1, 1, 1],
  );
  assert.equal(new Set(same.flat()).size, 3);
});

test("the images and the noise may be changed while the call waits", async () => {
  const [early, late] = await page.evaluate(async () => {
    const [image, noise] = [x.slice(), new Float32Array(64).fill(-1.25)];
    const before = await model.diffuse(image, 300, { noise });
    const waiting = model.diffuse(image, 300, { noise });
    for (const floats of [image, noise]) floats.fill(9);
    return [before.join(), (await waiting).join()];
  });
  assert.equal(early, late);
});

test("what cannot be noised, and with what", async () => {
  const table = [
    ["[[1, 2], 5]", "invalid-x"],
    ["[undefined, 5]", "invalid-x"],
    ["[new Float32Array(0), 5]", "invalid-x"],
    ["[new Float32Array(65), 5]", "invalid-x"],
    ["[new Float32Array(64).fill(NaN), 5]", "invalid-x"],
    ["[x, -1]", "invalid-t"],
    ["[x, 999.5]", "invalid-t"],
    ["[x, '5']", "invalid-t"],
    ["[x, [1, 2]]", "invalid-t"],
    ["[x]", "invalid-t"],
    ["[x, 5, { noise: new Float32Array(63) }]", "invalid-noise"],
    ["[x, 5, { noise: new Float32Array(64).fill(Infinity) }]", "invalid-noise"],
    ["[x, 5, { noise: [1, 2] }]", "invalid-noise"],
    ["[x, 5, { noise: x, seed: 1 }]", "invalid-seed"],
    ["[x, 5, { noise: x, rng: 'torch' }]", "invalid-rng"],
    ["[x, 5, { seed: -1 }]", "invalid-seed"],
    ["[x, 5, { rng: 'dice' }]", "invalid-rng"],
    ["[x, 5, { labels: [1] }]", "unknown-option"],
    ["[x, 5, null]", "invalid-options"],
    ["[x.map(() => 3), 5]", "nothing was thrown"],
  ];
  assert.deepEqual(await codes(page, "model.diffuse(...o)", table), table);
});
