// A batch spread over workers: the same bits as with one, no worker before there is a batch, and none is missed when it fails.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { blankPage, codes, setUp } from "./helpers.mjs";

const { browser, site } = await setUp();
afterEach(() => {
  for (const path of ["/pkg/cpu/unnoise.js", "/pkg/worker.js"]) site.drop(path);
  return Promise.all(browser.contexts().map((context) => context.close()));
});

/** Glue code: each instance holds a lock of its own for as long as its worker lives, and counts what it predicts for a batch. */
const COUNTED = `
  const id = String(Math.random());
  navigator.locks.request("module " + id, () => new Promise(() => {}));
  const channel = new BroadcastChannel("asked");
  const predictImages = Network.prototype.predictImages;
  Network.prototype.predictImages = function (x, t, options, first) {
    channel.postMessage({ id, first, images: x.length / 64 });
    return predictImages.call(this, x, t, options, first);
  };`;

/** A page whose modules are counted, with Diffusers of 1 and of `workers` workers and the tiny model in each. */
async function pageWith(workers, code = "") {
  site.patch("/pkg/cpu/unnoise.js", { after: COUNTED + code });
  const page = await blankPage(browser, site);
  await page.evaluate(async (workers) => {
    globalThis.asked = [];
    // Floats from -1 to 1. The library's own noise would start a worker more.
    globalThis.wave = (count) => Float32Array.from({ length: count }, (_, i) => Math.sin(0.37 * i * i));
    new BroadcastChannel("asked").onmessage = ({ data }) => asked.push(data);
    globalThis.open = async (workers) => {
      const diffuser = await unnoise.Diffuser.create({ backend: "cpu", workers });
      return { diffuser, model: await diffuser.load("/tiny/") };
    };
    [globalThis.one, globalThis.many] = [await open(1), await open(workers)];
  }, workers);
  return page;
}

/** How many modules live in the page's workers, beside those of the two Diffusers' first ones. */
const further = (page) => page.evaluate(async () => (await navigator.locks.query()).held.length - 2);

/** All floats of a run of both Diffusers: [those of one worker, those of many], as text. */
const bothRuns = (page, options) =>
  page.evaluate(async (options) => {
    const { noise: given, ...o } = options;
    if (given) o.noise = wave(given);
    const floats = async ({ model }) => {
      const all = [];
      for await (const step of model.sample(o)) all.push(...(await step.x0()), ...(await step.xt()));
      return String(all);
    };
    return Promise.all([floats(one), floats(many)]);
  }, options);

const RUNS = {
  "one image": { batch: 1 },
  "two images": { batch: 2 },
  "five images with a class each": { batch: 5, labels: [0, 1, 2, 1, 0] },
  "sixteen images of one class": { batch: 16, labels: [1] },
  guidance: { batch: 5, labels: [0, 1, 0, 1, 0], guidance: 3 },
  DDPM: { batch: 5, sampler: "ddpm" },
  "DDPM with PyTorch's numbers": { batch: 5, sampler: "ddpm", rng: "torch" },
  VDM: { batch: 3, sampler: "vdm" },
  "a blend of seeds and classes": { blend: { seeds: [2], at: [0, 0.25, 0.5, 0.75, 1], labels: [0, 1] }, guidance: 2 },
  "a branch": { batch: 4, sampler: "ddpm", branch: 2 },
  "a start of one's own": { batch: 3, noise: 3 * 64 },
};

test("the images are to the last bit those of one worker", async () => {
  for (const workers of [2, 3]) {
    const page = await pageWith(workers);
    for (const [name, options] of Object.entries(RUNS)) {
      const [one, many] = await bothRuns(page, { steps: 4, seed: 5, ...options });
      assert.ok(one.length > 64);
      assert.ok(one === many, `${name}, ${workers} workers`);
    }
    assert.equal(await further(page), workers - 1);
  }
});

test("predict gives the same, with times and classes for each image too, and says the same of what is wrong", async () => {
  const page = await pageWith(2);
  const [one, many] = await page.evaluate(() => {
    const x = wave(5 * 64);
    const asked = [
      [x, 500],
      [x, [1, 20, 300, 400.5, 999], [0, 1, 2, 1, 0]],
      [x, [7], [1]],
      [x.slice(1), 5],
      [x, [1, 2]],
      [x, 5, [0, 1]],
      [x, [0, 1, 2, 3, 1000]],
      [x.slice().fill(Number.NaN, 64 * 4 + 3, 64 * 4 + 4), 5],
    ];
    const answers = ({ model }) =>
      Promise.all(
        asked.map((call) => model.predict(...call).then(String, ({ code, message }) => `${code}: ${message}`)),
      );
    return Promise.all([answers(one), answers(many)]);
  });
  assert.deepEqual(many, one);
  assert.match(many[7], /^invalid-x: .* at element 259/);
  assert.equal(await further(page), 1);
});

for (const [gigabytes, workers] of [
  [0.5, 3],
  [0.9, 2],
  [1.9, 1],
  [2.1, 0],
]) {
  test(`copies of a network take 2 GB at most: of ${gigabytes} GB each, ${workers} further workers have one`, async () => {
    const bytes = `Object.defineProperty(Network.prototype, "bytes", { get: () => ${gigabytes * 1e9} });`;
    const page = await pageWith(4, bytes);
    // Two images for each of four.
    const [one, many] = await bothRuns(page, { steps: 2, seed: 5, batch: 8 });
    assert.ok(one.length > 64 && one === many);
    assert.equal(await further(page), workers);
  });
}

test("a single image starts no further worker, and a batch no more than make it faster", async () => {
  const page = await pageWith(8);
  await bothRuns(page, { steps: 2, seed: 1 });
  assert.equal(await further(page), 0);
  // Nine images: two per worker at the most, for which five workers are enough.
  await bothRuns(page, { steps: 1, batch: 9, seed: 1 });
  assert.equal(await further(page), 4);
  const shares = await page.evaluate(() => asked.map(({ images }) => images));
  assert.deepEqual(shares.sort(), [1, 2, 2, 2, 2]);
});

test("a further worker downloads neither module nor weights", async () => {
  const page = await pageWith(2);
  const before = site.requests.length;
  await bothRuns(page, { steps: 2, batch: 4, seed: 1 });
  assert.equal(await further(page), 1);
  assert.deepEqual(
    site.requests.slice(before).filter(({ path }) => /\.(wasm|safetensors|json)$/.test(path)),
    [],
  );
});

test("models are told apart, and one that is measured anew samples with its table", async () => {
  const page = await pageWith(2);
  const same = await page.evaluate(async () => {
    const x = wave(6 * 64);
    const runs = async ({ diffuser, model }) => {
      const second = await diffuser.load("/tiny/");
      const o = { steps: 3, batch: 4, seed: 8 };
      const before = await model.sample(o).result();
      await second.estimateAnalytic(x);
      const table = await second.sample({ ...o, sampler: "analytic-ddpm" }).result();
      return String([...before.x, ...table.x]);
    };
    return (await runs(one)) === (await runs(many));
  });
  assert.ok(same);
});

/** Glue code that fails in further workers only. */
const FURTHER = `
  const bytes = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 116, 0, 0, 10, 5, 1, 3, 0, 0, 11];
  const trap = () => new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(bytes))).exports.t();
  const further = (prototype, name, fail) => {
    const usual = prototype[name];
    let calls = 0;
    prototype[name] = function (...given) { return self.name === "unnoise, further" && fail(++calls) ? trap() : usual.apply(this, given); };
  };`;

const FAILURES = {
  "crashes in its second step": 'further(Network.prototype, "predictImages", (calls) => calls === 2);',
  "cannot load the model": 'further(Engine.prototype, "load", () => true);',
  "throws outside of any call":
    "if (self.name.endsWith('further')) setTimeout(() => { throw new Error('stray'); }, 40);",
  "does not open": 'further(Engine.prototype, "selfTest", () => true);',
};

for (const [what, code] of Object.entries(FAILURES)) {
  test(`a further worker that ${what} loses nothing`, async () => {
    const page = await pageWith(3, FURTHER + code);
    for (const seed of [1, 2]) {
      const [one, many] = await bothRuns(page, { steps: 5, batch: 6, seed });
      assert.ok(one === many);
    }
    if (/crashes|throws/.test(what)) assert.equal(await further(page), 0);
  });
}

// There `new Worker` sometimes never returns in Firefox.
test("further workers are not started inside of a worker", async () => {
  site.patch("/pkg/worker.js", { before: "delete self.Worker;" });
  const page = await pageWith(3);
  const [one, many] = await bothRuns(page, { steps: 3, batch: 6, seed: 1 });
  assert.ok(one === many);
  assert.equal(await further(page), 2);
});

test("a worker script that is gone by then leaves the first worker to do all", async () => {
  const page = await pageWith(2);
  site.put("/pkg/worker.js", { status: 404, body: "" });
  const [one, many] = await bothRuns(page, { steps: 3, batch: 6, seed: 1 });
  assert.ok(one === many);
  assert.equal(await further(page), 0);
});

test("a crash of the first worker, an abort and dispose end what they should", async () => {
  const page = await pageWith(3);
  const aborted = await page.evaluate(async () => {
    const controller = new AbortController();
    const run = many.model.sample({ steps: 1000, batch: 6, seed: 1, signal: controller.signal });
    let steps = 0;
    try {
      for await (const _ of run) if (++steps === 3) controller.abort(new Error("enough"));
    } catch (error) {
      return [steps, error.message];
    }
  });
  assert.deepEqual(aborted, [3, "enough"]);
  assert.equal(await further(page), 2);
  const code = await page.evaluate(() => {
    const pending = codeOf(() => many.model.sample({ steps: 1000, batch: 6 }).result());
    globalThis.setTimeout(() => many.diffuser.dispose(), 30);
    return pending;
  });
  assert.equal(code, "disposed");
  // The one that is left is the Diffuser of one worker.
  while ((await further(page)) > -1) await setTimeout(20);
});

test("a model that is given back is freed in all workers", async () => {
  const page = await pageWith(
    2,
    `const free = Network.prototype.free;
    Network.prototype.free = function () { channel.postMessage({ freed: id }); free.call(this); };`,
  );
  await page.evaluate(async () => {
    await (await many.diffuser.load("/tiny/")).sample({ steps: 1, batch: 2, seed: 1 }).result();
  });
  const freed = () =>
    page.evaluate(() => {
      gc();
      return new Set(asked.filter(({ freed }) => freed).map(({ freed }) => freed)).size;
    });
  while ((await freed()) < 2) await setTimeout(20);
});

test("workers is an integer from 1 to 32, and only for the CPU", async () => {
  const page = await blankPage(browser, site);
  const table = ["0", "33", "1.5", "NaN", '"2"', "null"].map((workers) => [
    `{ workers: ${workers} }`,
    "invalid-workers",
  ]);
  table.push(['{ workers: 2, backend: "webgpu" }', "invalid-workers"]);
  const found = await codes(page, "unnoise.Diffuser.create(o)", table);
  assert.deepEqual(found, table);
  const workers = await page.evaluate(async () => {
    const of = async (o) => (await unnoise.Diffuser.create({ backend: "cpu", ...o })).backend.workers;
    return [await of({}), await of({ workers: 1 }), await of({ workers: 5 }), navigator.hardwareConcurrency];
  });
  assert.deepEqual(workers, [Math.min(workers[3], 8), 1, 5, workers[3]]);
});
