// Training on images: what comes out is a model like any other, and a model can go on learning.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setUp } from "./helpers.mjs";
import { trainingPage } from "./train-site.mjs";

const { browser, site } = await setUp();
const page = await trainingPage(browser, site);

test("images with classes are learnt, and the model that comes out samples them", async () => {
  const { info, found, kept, moved } = await page.evaluate(async () => {
    const data = halves(8);
    const o = { network: small.images, batch: 4, prediction: "sample", learningRate: 1e-2, warmup: 10, ema: 0.9 };
    const trainer = await diffuser.train(data, { ...o, classDropout: 0 });
    await losses(trainer, 40);
    const model = await trainer.model();
    const asked = { batch: 4, labels: [0, 1, 0, 1], steps: 5, seed: 2 };
    const { x } = await model.sample(asked).result();
    // How much brighter the left half is than the right.
    const found = Array.from({ length: 4 }, (_, image) =>
      x.subarray(64 * image, 64 * (image + 1)).reduce((sum, v, i) => sum + (i % 8 < 4 ? v : -v) / 64, 0),
    );
    await losses(trainer, 3);
    const kept =
      (await texts(model.sample(asked))).join() === [...x].reduce((all, v, i) => all + (i ? "," : "") + v, "");
    const later = await trainer.model();
    const moved = (await texts(later.sample(asked))).join() !== (await texts(model.sample(asked))).join();
    trainer.dispose();
    return { info: [trainer.info, model.info], found, kept, moved };
  });
  const [trained, loaded] = info;
  assert.deepEqual(trained.shape, [1, 8, 8]);
  assert.equal(trained.parameters, loaded.parameters);
  assert.deepEqual([loaded.classes, loaded.noClass, loaded.shape], [3, 2, [1, 8, 8]]);
  for (const [image, bright] of found.entries()) assert.ok((image % 2 ? -bright : bright) > 0.6, `${found}`);
  assert.ok(kept, "a model changed while its trainer went on");
  assert.ok(moved, "a later model is the same as an earlier one");
});

test("what is saved loads in this and in another Diffuser, and gives the same pictures", async () => {
  const [own, here, there, kinds] = await page.evaluate(async () => {
    const { images, shape } = halves(4);
    const trainer = await diffuser.train({ images, shape }, { network: small.images, batch: 4 });
    await losses(trainer, 3);
    const files = await trainer.save();
    const other = await unnoise.Diffuser.create({ backend: "cpu", workers: 1 });
    const o = { steps: 3, seed: 5, batch: 2 };
    const models = [await trainer.model(), await diffuser.load(files), await other.load(files)];
    const all = [];
    for (const model of models) all.push(await texts(model.sample(o)));
    other.dispose();
    trainer.dispose();
    return [...all, [files.weights instanceof Blob, typeof files.config, files.scheduler._class_name]];
  });
  assert.deepEqual(kinds, [true, "object", "DDPMScheduler"]);
  assert.deepEqual(here, own);
  assert.deepEqual(there, own);
});

test("a trainer's prediction is the one of its model", async () => {
  const apart = await page.evaluate(async () => {
    const trainer = await diffuser.train(halves(4), { network: small.images, batch: 4 });
    await losses(trainer, 3);
    const model = await trainer.model();
    const x = await unnoise.noise(1, [2, 1, 8, 8]);
    const worst = [];
    for (const labels of [undefined, [0], [1, 0]]) {
      const [a, b] = [await trainer.predict(x, [600, 3.5], labels), await model.predict(x, [600, 3.5], labels)];
      worst.push(Math.max(...a.map((v, i) => Math.abs(v - b[i]))));
    }
    trainer.dispose();
    return worst;
  });
  assert.ok(Math.max(...apart) < 1e-4, `${apart}`);
});

test("a state goes on to the very same weights", async () => {
  const same = await page.evaluate(async () => {
    const [data, o] = [halves(6), { network: small.images, batch: 4, flip: true }];
    const until = async (trainer, step) => {
      for await (const report of trainer) if (report.step >= step) return report.step;
    };
    const first = await diffuser.train(data, o);
    await until(first, 2);
    const state = await first.state();
    const second = await diffuser.train(data, { ...o, state });
    // A message may be of several steps: both go on until they meet.
    let [a, b] = [await until(first, 4), await until(second, 4)];
    while (a !== b) [a, b] = a < b ? [await until(first, a + 1), b] : [a, await until(second, b + 1)];
    const bytes = async (trainer) => new Uint8Array(await (await trainer.save()).weights.arrayBuffer());
    const [one, two] = [await bytes(first), await bytes(second)];
    for (const trainer of [first, second]) trainer.dispose();
    return one.length === two.length && one.every((byte, i) => byte === two[i]);
  });
  assert.ok(same);
});

test("a loaded model is fine-tuned, from a folder and from files, in whatever Diffuser it is", async () => {
  const found = await page.evaluate(async () => {
    const config = await (await fetch("/tiny/unet/config.json")).json();
    const weights = await (await fetch("/tiny/unet/diffusion_pytorch_model.safetensors")).arrayBuffer();
    const other = await unnoise.Diffuser.create({ backend: "cpu", workers: 1 });
    const x = await unnoise.noise(1, [1, 1, 8, 8]);
    const all = [];
    for (const from of [
      await diffuser.load("/tiny/"),
      await diffuser.load({ config, weights }),
      await other.load({ config, weights: new Blob([weights]) }),
    ]) {
      const trainer = await diffuser.train(halves(4), { from, batch: 4, learningRate: 3e-3, warmup: 0 });
      const untrained = await trainer.predict(x, 500, [1]);
      const before = await from.predict(x, 500, [1]);
      const fell = await losses(trainer, 10);
      const after = await (await trainer.model()).predict(x, 500, [1]);
      const apart = (a, b) => Math.max(...a.map((v, i) => Math.abs(v - b[i])));
      const { labels } = (await trainer.model()).info;
      all.push({ start: apart(before, untrained), moved: apart(before, after), fell: fell.at(-1) / fell[0], labels });
      trainer.dispose();
    }
    other.dispose();
    return { all, alive: weights.byteLength > 0 };
  });
  assert.ok(found.alive, "the caller's weights are gone");
  for (const { start, moved, fell } of found.all) {
    assert.ok(start < 1e-4 && moved > 1e-3 && fell < 0.9, JSON.stringify(found.all));
  }
  assert.deepEqual(found.all[0].labels, ["a", "b", "no class"]);
});

test("a model whose files are gone is not fine-tuned", async () => {
  const codes = await page.evaluate(async () => {
    const config = await (await fetch("/tiny/unet/config.json")).json();
    const weights = await (await fetch("/tiny/unet/diffusion_pytorch_model.safetensors")).arrayBuffer();
    const model = await diffuser.load({ config, weights });
    structuredClone(weights, { transfer: [weights] });
    const { images } = halves(2);
    const small = await diffuser.load("/tiny/");
    return [
      await codeOf(() => diffuser.train(halves(2), { from: model })),
      await codeOf(() => diffuser.train({ images, shape: [2, 8, 4] }, { from: small })),
      await codeOf(() => diffuser.train({ points: moons(4) }, { from: small })),
      await codeOf(() => diffuser.train(halves(2), { from: small, network: {} })),
      await codeOf(() => diffuser.train(halves(2), { from: small, prediction: "sample" })),
      await codeOf(() => diffuser.train(halves(2), { from: small, scheduler: {} })),
    ];
  });
  assert.equal(codes[0], "model-changed");
  assert.deepEqual(codes.slice(1), [
    "invalid-data",
    "invalid-data",
    "invalid-network",
    "invalid-prediction",
    "invalid-scheduler",
  ]);
});
