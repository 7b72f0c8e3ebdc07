// Variational diffusion models: features of the image and a gamma of one's own, by vdm.json; on every module.
import assert from "node:assert/strict";
import { test } from "node:test";
import { blankPage, setUp } from "./helpers.mjs";
import { tinyConfig, tinyScheduler, tinyWeights } from "./tiny-model.mjs";

const { browser, site } = await setUp();
const page = await blankPage(browser, site);

/** An image of one channel with two sines and two cosines. */
const config = { in_channels: 5 };
const weights = tinyWeights(undefined, { ...tinyConfig, ...config });
const gamma = [-8, -3, -1, 0, 6];
site.putModel("/vdm/", { config, weights, vdm: { fourier: [0, 1], gamma } });
site.putModel("/gamma/", { vdm: { gamma } });

const load = (folder) =>
  page.evaluate(async (folder) => {
    globalThis.cpu ??= await unnoise.Diffuser.create({ backend: "cpu" });
    let info;
    const failed = await failure(async () => {
      globalThis.model = await cpu.load(folder);
      info = model.info;
    });
    return info ?? failed;
  }, folder);

test("a model with features takes images of its own channels, and says what it is", async () => {
  const info = await load("/vdm/");
  assert.deepEqual([info.shape, info.vdm], [[1, 8, 8], { fourier: [0, 1], gamma }]);
  assert.equal((await load("/tiny/")).vdm, undefined);
});

test("every module computes the same features", async () => {
  const found = await page.evaluate(async () => {
    const x = Float32Array.from({ length: 3 * 64 }, (_, i) => 1.5 * Math.cos(0.7 * i));
    const answers = [];
    for (const o of [
      { backend: "cpu", workers: 2 },
      { backend: "webgpu" },
      { backend: "burn", device: "cpu" },
      { backend: "burn", device: "webgpu" },
    ]) {
      const diffuser = await unnoise.Diffuser.create(o);
      const model = await diffuser.load("/vdm/");
      const predicted = await model.predict(x, [10, 400.5, 999]);
      const run = await model.sample({ sampler: "vdm", steps: 3, seed: 4, batch: 2 }).result();
      answers.push({ kind: diffuser.backend.kind, predicted: [...predicted], x: [...run.x] });
      diffuser.dispose();
    }
    return answers;
  });
  const [first, ...others] = found;
  for (const other of others) {
    // The first of the run's steps divides by the square root of the signal, a twentieth.
    for (const [name, most] of Object.entries({ predicted: 1e-3, x: 2e-2 })) {
      const largest = Math.max(...first[name].map((value, i) => Math.abs(value - other[name][i])));
      assert.ok(largest < most, `${other.kind}, ${name}: ${largest}`);
    }
  }
  // Features that are not computed, or in another order, move the prediction far more than that.
  assert.ok(Math.max(...first.predicted.map(Math.abs)) > 0.1);
});

test("sampler vdm and its bounds go along gamma", async () => {
  await load("/gamma/");
  const { levels, timesteps, continuous, linear } = await page.evaluate(async () => {
    const plan = await model.plan({ sampler: "vdm", steps: 4 });
    const x = new Float32Array(64).fill(0.25);
    const o = { sampler: "vdm", continuous: true, steps: 4 };
    const { logSnr } = await model.likelihood(x, o);
    const tiny = await cpu.load("/tiny/");
    return {
      levels: plan.steps.map(({ logSnr }) => -logSnr),
      timesteps: plan.timesteps,
      continuous: [...logSnr],
      linear: (await tiny.plan({ sampler: "vdm", steps: 4 })).steps.map(({ logSnr }) => -logSnr),
    };
  });
  for (const [i, expected] of [6, 0, -1, -3].entries()) {
    assert.ok(Math.abs(levels[i] - expected) < 1e-9, `step ${i}: ${levels[i]}`);
  }
  assert.ok(timesteps.every((t, i) => i === 0 || t < timesteps[i - 1]));
  assert.ok(linear[0] > 10 && Math.abs(linear[1] - (linear[0] + 3 * linear[0]) / 4) > 0.1);
  // One time in each quarter, at the same place of it.
  const places = continuous.map((logSnr, i) => {
    const [start, end] = [gamma[3 - i], gamma[4 - i]];
    return (-logSnr - start) / (end - start);
  });
  assert.ok(
    places.every((place) => Math.abs(place - places[0]) < 1e-6 && place >= 0 && place < 1),
    `${places}`,
  );
});

test("a vdm.json that does not fit is told by name, and the loaded model keeps working", async () => {
  await load("/tiny/");
  for (const [parts, code, told] of [
    [{ vdm: { fourier: [0, 1] } }, "config-unsupported", /in_channels.*multiple of 5.*vdm\.json/],
    [{ vdm: { fourier: [1, 0] } }, "config-invalid", /fourier.*vdm\.json/],
    [{ vdm: { gamma: [3, 1] } }, "config-invalid", /gamma.*vdm\.json.*rise/],
    [{ vdm: { gamma: [-30, 5] } }, "config-invalid", /gamma.*first and last timestep/],
    [{ vdm: { frequencies: [6, 7] } }, "config-invalid", /frequencies.*`fourier` and `gamma`/],
    [{ vdm: [] }, "config-invalid", /vdm\.json.*object/],
    [{ config }, "config-unsupported", /out_channels/],
  ]) {
    site.drop("/damaged/vdm.json");
    site.putModel("/damaged/", { ...parts, ...(parts.config && { weights }) });
    const failed = await load("/damaged/");
    assert.equal(failed.code, code, JSON.stringify([parts, failed]));
    assert.match(failed.message, told);
  }
  assert.equal(await page.evaluate(async () => (await model.sample({ steps: 1 }).result()).x.length), 64);
});

test("a pipeline of diffusers' own is not asked for a vdm.json; one that lists it is", async () => {
  const index = (more) => ({
    type: "application/json",
    body: JSON.stringify({ _class_name: "DDPMPipeline", unet: ["diffusers", "UNet2DModel"], ...more }),
  });
  for (const [more, asked] of [
    [{}, 0],
    [{ vdm: true }, 1],
  ]) {
    site.putModel("/listed/", { vdm: { gamma } });
    site.put("/listed/model_index.json", index(more));
    const before = site.requests.length;
    const info = await load("/listed/");
    const requests = site.requests.slice(before).filter(({ path }) => path.endsWith("vdm.json"));
    assert.deepEqual([requests.length, info.vdm !== undefined], [asked, asked === 1]);
  }
});

test("a network that learns a variance has two halves; DDPM takes both, and other samplers the first", async () => {
  const learns = { config: { out_channels: 2 }, scheduler: { ...tinyScheduler, variance_type: "learned_range" } };
  site.putModel("/learned/", { ...learns, weights: tinyWeights(undefined, { ...tinyConfig, out_channels: 2 }) });
  await load("/learned/");
  const found = await page.evaluate(async () => {
    const o = { sampler: "ddpm", steps: 3, seed: 2, batch: 3, labels: [1] };
    const scheduler = model.info.scheduler;
    const answers = async (x, t) => model.predict(x, t, [1]);
    const given = { denoiser: answers, shape: [3, 1, 8, 8], scheduler };
    const { labels: _, batch: __, ...own } = o;
    const crew = await unnoise.Diffuser.create({ backend: "cpu", workers: 3 });
    const gpu = await unnoise.Diffuser.create({ backend: "webgpu" });
    const [spread, there] = [await crew.load("/learned/"), await gpu.load("/learned/")];
    const x = async (run) => [...(await run.result()).x];
    const found = {
      raw: (await model.predict(new Float32Array(64), 5)).length,
      learned: await x(model.sample(o)),
      spread: await x(spread.sample(o)),
      there: await x(there.sample(o)),
      denoiser: await x(cpu.sample({ ...given, ...own })),
      small: await x(model.sample({ ...o, variance: "small" })),
      guided: await x(model.sample({ ...o, guidance: 2 })),
      ddim: await x(model.sample({ steps: 3, seed: 2, labels: [1] })),
      bits: (await model.likelihood(new Float32Array(64), { steps: 4 })).bitsPerDim,
      refused: [],
    };
    const tiny = await cpu.load("/tiny/");
    const refused = async (model, more) => failure(() => model.sample({ ...o, ...more }).result());
    found.refused.push(await refused(tiny, { variance: "learned" }), await refused(model, { sigmaClip: 1 }));
    found.refused.push(await refused(model, { observed: { y: new Float32Array(64), sigma: 1 } }));
    crew.dispose();
    gpu.dispose();
    return found;
  });
  assert.equal(found.raw, 128);
  assert.deepEqual(found.spread, found.learned);
  assert.deepEqual(found.denoiser, found.learned);
  const largest = Math.max(...found.learned.map((value, i) => Math.abs(value - found.there[i])));
  assert.ok(largest < 1e-3, `WebGPU: ${largest}`);
  assert.notDeepEqual(found.small, found.learned);
  assert.ok([...found.guided, ...found.ddim, found.bits].every(Number.isFinite));
  assert.deepEqual(
    found.refused.map(({ code }) => code),
    ["invalid-variance", "invalid-sigma-clip", "invalid-observed"],
  );
});

test("a trained model keeps its features, its gamma and its variance", async () => {
  const found = await page.evaluate(async () => {
    const images = Float32Array.from({ length: 8 * 64 }, (_, i) => (i % 8 === Math.floor(i / 64) ? 1 : -1));
    const network = { block_out_channels: [8, 16], norm_num_groups: 4, fourier: [0, 2] };
    const data = { images, shape: [1, 8, 8] };
    const all = [];
    for (const o of [
      { network, objective: "vdm_continuous", gamma: "learned" },
      { network, objective: "l_hybrid" },
    ]) {
      const trainer = await cpu.train(data, { ...o, batch: 4, device: "cpu" });
      for await (const { step } of trainer) if (step >= 3) break;
      const files = await trainer.save();
      const x = Float32Array.from({ length: 64 }, (_, i) => Math.sin(i));
      const model = await cpu.load(files);
      const [own, theirs] = [await trainer.predict(x, 300), await model.predict(x, 300)];
      const { vdm, scheduler } = model.info;
      const again = await cpu.train(data, { from: model, batch: 4, device: "cpu", objective: o.objective });
      for await (const _ of again) break;
      const sampled = await model.sample({ sampler: "ddpm", steps: 2 }).result();
      all.push({
        fourier: vdm.fourier,
        gamma: vdm.gamma?.length,
        variance: scheduler.variance_type,
        apart: Math.max(...own.map((value, i) => Math.abs(value - theirs[i]))),
        kept: (await again.save()).vdm,
        vdm,
        finite: sampled.x.every(Number.isFinite),
      });
      trainer.dispose();
      again.dispose();
    }
    return all;
  });
  const [continuous, hybrid] = found;
  assert.deepEqual([continuous.fourier, continuous.gamma, continuous.variance], [[0, 2], 257, undefined]);
  assert.deepEqual([hybrid.fourier, hybrid.gamma, hybrid.variance], [[0, 2], undefined, "learned_range"]);
  for (const { apart, kept, vdm, finite } of found) {
    assert.ok(apart < 1e-4, `${apart}`);
    assert.deepEqual(kept, vdm);
    assert.ok(finite);
  }
});
