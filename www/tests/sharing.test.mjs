// Noise that images have in common: between seeds (`blend`), and up to a step (`branch`).
import assert from "node:assert/strict";
import { test } from "node:test";
import { blankPage, codes, setUp } from "./helpers.mjs";

const { browser, site } = await setUp();
const table = { mean_sq_eps: Array.from({ length: 1001 }, (_, n) => n / 1001) };
site.putModel("/measured/", { analytic: table });
const page = await blankPage(browser, site);
await page.evaluate(async () => {
  globalThis.diffuser = await unnoise.Diffuser.create({ backend: "cpu" });
  globalThis.model = await diffuser.load("/measured/");
  globalThis.echo = { denoiser: (x) => x.map((v) => 0.8 * v), shape: [1, 1, 4, 4], scheduler: {}, steps: 3 };
});

/** Samplers with and without noise of their own. */
const SAMPLERS = [
  { sampler: "ddim" },
  { sampler: "ddim", eta: 0.6 },
  { sampler: "ddpm", variance: "large" },
  { sampler: "analytic-ddpm" },
  { sampler: "vdm" },
  { sampler: "ddpm", guidance: 3 },
];

test("the ends of a blend are the images of its seeds, with all samplers and both generators", async () => {
  for (const options of SAMPLERS.flatMap((o) => [o, { ...o, rng: "torch" }])) {
    const { two, four, alone } = await page.evaluate(async (options) => {
      const o = { ...options, steps: 3, labels: [1] };
      const alone = [];
      for (const seed of [7, 11, 3, 5]) alone.push((await texts(model.sample({ ...o, seed })))[0]);
      const two = await texts(model.sample({ ...o, seed: 7, blend: { seeds: [11], at: [0, 0.5, 1] } }));
      const at = [
        [0, 0],
        [1, 0],
        [0, 1],
        [1, 1],
        [0.5, 0.5],
      ]; // prettier-ignore
      return { two, four: await texts(model.sample({ ...o, seed: 7, blend: { seeds: [11, 3, 5], at } })), alone };
    }, options);
    const name = JSON.stringify(options);
    assert.deepEqual([two[0], two[2]], alone.slice(0, 2), name);
    assert.deepEqual(four.slice(0, 4), alone, name);
    assert.equal(new Set([...alone, two[1], four[4]]).size, 6, name);
  }
});

test("the start of a blend is the slerp of the library, with a denoiser too", async () => {
  const [apart, steps] = await page.evaluate(async () => {
    const starts = [];
    const denoiser = (x) => {
      starts.push(x.slice());
      return x;
    };
    const blend = { seeds: [2], at: [0.3, 0.9] };
    await diffuser.sample({ ...echo, denoiser, shape: [2, 1, 4, 4], seed: 1, blend }).result();
    const [a, b] = [await unnoise.noise(1, [1, 1, 4, 4]), await unnoise.noise(2, [1, 1, 4, 4])];
    const arc = [...unnoise.slerp(a, b, 0.3), ...unnoise.slerp(a, b, 0.9)];
    return [Math.max(...arc.map((v, i) => Math.abs(v - starts[0][i]))), starts.length];
  });
  assert.ok(apart < 1e-6, `${apart}`);
  assert.equal(steps, 3);
});

test("the classes of the corners are those of the ends, with guidance too", async () => {
  for (const guidance of [1, 2]) {
    const [blended, alone] = await page.evaluate(async (guidance) => {
      const o = { sampler: "ddpm", steps: 2, guidance };
      const blend = { seeds: [4], at: [0, 0.5, 1], labels: [0, 1] };
      const alone = [
        await texts(model.sample({ ...o, seed: 3, labels: [0] })),
        await texts(model.sample({ ...o, seed: 4, labels: [1] })),
      ];
      return [await texts(model.sample({ ...o, seed: 3, blend })), alone.flat()];
    }, guidance);
    assert.deepEqual([blended[0], blended[2]], alone);
    assert.equal(new Set(blended).size, 3);
  }
});

test("images that branch part after as many steps as they have in common", async () => {
  const { distinct, first, plain } = await page.evaluate(async () => {
    const o = { sampler: "ddpm", steps: 4, seed: 2, labels: [0] };
    const distinct = [];
    let first;
    for await (const step of model.sample({ ...o, batch: 3, branch: 2 })) {
      const xt = await step.xt();
      const images = [0, 1, 2].map((i) => xt.slice(64 * i, 64 * i + 64).join());
      distinct.push(new Set(images).size);
      first = images[0];
    }
    return { distinct, first, plain: (await texts(model.sample(o)))[0] };
  });
  assert.deepEqual(distinct, [1, 1, 3, 3]);
  assert.equal(first, plain);
});

test("blends and branches that are not allowed say why", async () => {
  const [blend, branch] = ["invalid-blend", "invalid-branch"];
  const table = [
    ["{ blend: 3 }", blend],
    ["{ blend: { seeds: [1] } }", blend],
    ["{ blend: { seeds: [1, 2], at: [0] } }", blend],
    ["{ blend: { seeds: [1], at: [2] } }", blend],
    ["{ blend: { seeds: [1], at: [NaN] } }", blend],
    ["{ blend: { seeds: [() => 1], at: [0] } }", blend],
    ["{ blend: { seeds: [1], at: [0], sead: 2 } }", blend],
    ["{ blend: { seeds: [1], at: [0], labels: [0] } }", blend],
    ["{ blend: { seeds: [1], at: [0], labels: [0, 3] } }", blend],
    ["{ blend: { seeds: [1], at: [0], labels: [0, 1] }, labels: [0] }", blend],
    ["{ blend: { seeds: [1], at: [0] }, batch: 2 }", blend],
    ["{ blend: { seeds: [1], at: [0] }, branch: 1 }", blend],
    ["{ blend: { seeds: [1], at: [0] }, noise: new Float32Array(64) }", blend],
    ["{ branch: -1 }", branch],
    ["{ branch: 0.5 }", branch],
    ["{ branch: 51 }", branch],
    ["{ branch: 1, rng: 'torch' }", branch],
    ["{ resume: { index: 1 } }", "unknown-option"],
  ];
  for (const [o, found] of await codes(page, "model.sample(o).result()", table)) {
    assert.equal(found, table.find(([given]) => given === o)[1], o);
  }
  const own = [
    ["{ blend: { seeds: [1], at: [0, 1] } }", blend],
    ["{ blend: { seeds: [1], at: [0], labels: [0, 1] } }", blend],
    ["{ branch: 4 }", branch],
  ];
  for (const [o, found] of await codes(page, "diffuser.sample({ ...echo, ...o }).result()", own)) {
    assert.equal(found, own.find(([given]) => given === o)[1], o);
  }
});
