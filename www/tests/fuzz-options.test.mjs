// Any value for any option of any call gives a result or an UnnoiseError that is a sentence, within a bounded time. The same cases
// at every run; UNNOISE_FUZZ=10 makes ten times as many.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { defineValues } from "./fuzz-values.mjs";
import { blankPage, setUp } from "./helpers.mjs";
import { tinyConfig, tinyScheduler, tinyWeights } from "./tiny-model.mjs";

const TIMES = Number(process.env.UNNOISE_FUZZ ?? 1);

const { browser, site } = await setUp();
site.putModel("/short/", { scheduler: { ...tinyScheduler, num_train_timesteps: 12 } });
site.put("/weights", { type: "application/octet-stream", body: tinyWeights() });
const page = await pageOn("cpu");

async function pageOn(backend) {
  const page = await blankPage(browser, site, { init: defineValues });
  await page.evaluate(define, { backend, config: tinyConfig, scheduler: tinyScheduler });
  return page;
}

/** Runs in the page: the calls, each a function of an object of options and of one positional value. */
async function define({ backend, ...files }) {
  globalThis.someWorker = new Worker(URL.createObjectURL(new Blob([""])));
  globalThis.diffuser = await unnoise.Diffuser.create({ backend, workers: backend === "cpu" ? 1 : undefined });
  globalThis.model = await diffuser.load("/short/");
  globalThis.weights = await (await fetch("/weights")).arrayBuffer();
  const { scheduler } = model.info;
  const x = new Float32Array(64).fill(0.25);
  globalThis.before = [...(await model.predict(x, 5, [0]))];
  const step = async (run) => {
    const { value } = await run[Symbol.asyncIterator]().next();
    await run.return?.();
    return value;
  };
  const plan = [
    "sampler",
    "variance",
    "eta",
    "steps",
    "trajectory",
    "clip",
    "sigmaClip",
    "compat",
    "start",
    "known",
    "observed",
  ];
  const noise = ["seed", "seeds", "first", "rng", "batch", "noise", "blend", "branch"];
  const sample = [...plan, ...noise, "labels", "guidance", "potential", "signal"];
  const echo = { denoiser: (x) => x, shape: [1, 1, 4, 4], scheduler };
  const training = [
    ...[
      "objective",
      "prediction",
      "variance",
      "eta",
      "times",
      "weighting",
      "minSnrGamma",
      "gammaEnds",
      "gamma",
      "scheduler",
      "network",
    ],
    ...[
      "from",
      "classes",
      "batch",
      "learningRate",
      "warmup",
      "decaySteps",
      "weightDecay",
      "clipNorm",
      "ema",
      "classDropout",
    ],
    ...["flip", "antithetic", "seed", "state", "device", "signal", "onProgress"],
  ];
  const train = async (data, o) => (await diffuser.train(data, o)).dispose();
  const withFiles = (o) => ({ config: files.config, weights: weights.slice(0), scheduler, ...o });
  const config = Object.keys(files.config);
  const { value: drawn } = await model.sample({ steps: 2 })[Symbol.asyncIterator]().next();
  globalThis.calls = {
    "Diffuser.create": [
      ["backend", "workers", "assets", "startTimeout", "signal", "onProgress", "onBackend"],
      async (o) => (await unnoise.Diffuser.create(o)).dispose(),
    ],
    load: [["source", "signal", "onProgress"], ({ source = "/short/", ...o }) => diffuser.load(source, o)],
    "load of files": [["config", "weights", "scheduler", "labels", "analytic"], (o) => diffuser.load(withFiles(o))],
    "load of a config": [config, (o) => diffuser.load(withFiles({ config: { ...files.config, ...o } }))],
    "load of a scheduler": [Object.keys(files.scheduler), (o) => diffuser.load(withFiles({ scheduler: o }))],
    sample: [sample, (o) => step(model.sample(o))],
    "sample with a denoiser": [
      [...sample, "denoiser", "shape", "scheduler", "meanSqEps"],
      (o) => step(diffuser.sample({ ...echo, ...o })),
    ],
    "a denoiser's answer": [["answer"], ({ answer }) => step(diffuser.sample({ ...echo, denoiser: () => answer }))],
    start: [["x", "t", "at", "noise"], (o) => step(model.sample({ start: { x, t: 3, ...o } }))],
    known: [
      ["x", "mask", "method", "jump", "resample"],
      (o) => step(model.sample({ steps: 3, known: { x, mask: x, ...o } })),
    ],
    observed: [["y", "sigma", "mask", "method"], (o) => step(model.sample({ observed: { y: x, sigma: 1, ...o } }))],
    potential: [
      ["r", "regions", "sigma", "method"],
      (o) => step(model.sample({ potential: { r: "mean-colour", regions: [{ colour: [0] }], ...o } })),
    ],
    "a region": [
      ["colour", "mask"],
      (o) => step(model.sample({ potential: { r: "mean-colour", regions: [{ colour: [0], ...o }] } })),
    ],
    "a potential's answer": [["answer"], ({ answer }) => step(model.sample({ potential: () => answer }))],
    "what a potential answers": [
      ["gradient", "logR"],
      (o) => step(model.sample({ potential: (x) => ({ gradient: x, ...o }) })),
    ],
    plan: [plan, (o) => model.plan(o)],
    "plan of a scheduler": [[...plan, "scheduler", "meanSqEps"], (o) => diffuser.plan({ scheduler, ...o })],
    "signal of a plan": [["signal"], (o) => model.plan({}, o)],
    predict: [["x", "t", "labels", "o"], (o) => model.predict("x" in o ? o.x : x, "t" in o ? o.t : 5, o.labels, o.o)],
    diffuse: [
      ["x", "t", "seed", "rng", "noise", "signal"],
      ({ x: given = x, t = 5, ...o }) => model.diffuse(given, t, o),
    ],
    encode: [["steps", "trajectory", "labels", "signal", "onProgress"], (o) => model.encode(x, { steps: 2, ...o })],
    likelihood: [
      ["sampler", "variance", "steps", "trajectory", "continuous", "seed", "labels", "signal"],
      (o) => model.likelihood(x, { steps: 2, ...o }),
    ],
    estimateAnalytic: [["seed", "labels", "signal", "onProgress"], (o) => model.estimateAnalytic(x, o)],
    train: [training, (o) => train({ points: x }, o)],
    "data of a training": [
      ["images", "shape", "labels"],
      (o) => train({ images: x, shape: [1, 8, 8], ...o }, { batch: 1 }),
    ],
    noise: [
      ["seed", "shape", "rng", "o"],
      (o) => unnoise.noise("seed" in o ? o.seed : 1, "shape" in o ? o.shape : [1, 1, 2, 2], o.rng, o.o),
    ],
    slerp: [
      ["a", "b", "fraction"],
      async (o) => unnoise.slerp("a" in o ? o.a : x, "b" in o ? o.b : x, "fraction" in o ? o.fraction : 0.5),
    ],
    "step.pixels": [["which"], async (o) => drawn.pixels("which" in o ? o.which : "x0")],
    "step.rgba": [["which", "image"], async (o) => drawn.rgba("which" in o ? o.which : "x0", o.image)],
    "whole options of create": ["all", async (o) => (await unnoise.Diffuser.create(o)).dispose()],
    "whole options of load": ["all", (o) => diffuser.load("/short/", o)],
    "whole options of sample": ["all", (o) => step(model.sample(o))],
    "whole options of a denoiser": ["all", (o) => step(diffuser.sample(o))],
    "whole options of plan": ["all", (o) => model.plan(o)],
    "whole options of encode": ["all", (o) => model.encode(x, o)],
  };
  // On another back end: the calls that are made to this Diffuser.
  const others = ["Diffuser.create", "whole options of create", "train", "data of a training", "noise", "slerp"];
  if (backend !== "cpu") for (const call of others) delete calls[call];
}

/** Runs in the page: one case, and what is wrong with how it ends. */
async function tryCase([call, chosen]) {
  const [names, ask] = calls[call];
  const made = chosen.map(([name, value]) => [name, values[value]()]);
  const o = names === "all" ? made[0][1] : Object.fromEntries(made);
  const given = JSON.stringify([call, ...chosen]);
  const late = new Promise((resolve) => setTimeout(resolve, 30_000, "late"));
  let error;
  try {
    if ((await Promise.race([Promise.resolve(ask(o)).then(() => "done"), late])) === "late") return `${given} hangs`;
    return undefined;
  } catch (caught) {
    error = caught;
  }
  if (error instanceof DOMException && error.name === "AbortError" && given.includes("an aborted signal"))
    return undefined;
  if (!(error instanceof unnoise.UnnoiseError))
    return `${given} rejects with ${error?.name}: ${error?.message} ${error?.stack}`;
  const { code, message } = error;
  if (["engine-crashed", "not-sent"].includes(code)) return `${given}: ${code}: ${message}`;
  const foreign =
    /NaN|undefined|\[object|Infinity|\0/.exec(message)?.[0] ?? (/null/.test(message) && !/null/.test(given));
  if (foreign || message.length > 800) return `${given}: ${message.slice(0, 300)}`;
  return undefined;
}

/** What is wrong with how so many cases end. */
async function problemsIn(page, count) {
  const cases = await page.evaluate(makeCases, [13, count]);
  const problems = [];
  for (let first = 0; first < cases.length; first += 24) {
    const found = await page.evaluate(
      async ([source, part]) => {
        const tried = new Function(`return ${source}`)();
        const found = [];
        for (const one of part) found.push(await tried(one));
        return found.filter(Boolean);
      },
      [tryCase.toString(), cases.slice(first, first + 24)],
    );
    problems.push(...found);
  }
  return problems;
}

/** Every value for every option once would be thousands: a seeded choice, with one or two options at a time. */
function makeCases([seed, count]) {
  const { below, of } = random(seed);
  const names = Object.keys(values);
  return Array.from({ length: count }, (_, i) => {
    const call = Object.keys(calls)[i % Object.keys(calls).length];
    const [options] = calls[call];
    const several = options === "all" ? 1 : 1 + (below(3) === 0 ? 1 : 0);
    return [call, Array.from({ length: several }, () => [options === "all" ? "o" : of(options), of(names)])];
  });
}

test("any value for any option gives a result or an error of ours", { timeout: 600_000 * TIMES }, async () => {
  assert.deepEqual(await problemsIn(page, 1200 * TIMES), []);
});

for (const backend of ["webgpu", "burn"]) {
  test(`on ${backend} any value for any option gives a result or an error of ours`, {
    timeout: 600_000 * TIMES,
  }, async () => {
    const page = await pageOn(backend);
    assert.deepEqual(await problemsIn(page, 200 * TIMES), []);
    const after = await page.evaluate(async () => [...(await model.predict(new Float32Array(64).fill(0.25), 5, [0]))]);
    assert.deepEqual(after, await page.evaluate(() => before));
    assert.equal(await page.evaluate(() => diffuser.backend.kind), backend);
    await page.context().close();
  });
}

test("every value as a whole object of options", async () => {
  const wholes = (await page.evaluate(() => Object.keys(values))).flatMap((value) =>
    [
      "whole options of sample",
      "whole options of plan",
      "whole options of load",
      "step.rgba",
      "a denoiser's answer",
    ].map((call) => [call, [[call === "step.rgba" ? "which" : "answer", value]]]),
  );
  const problems = await page.evaluate(
    async ([source, part]) => {
      const tried = new Function(`return ${source}`)();
      return (await Promise.all(part.map(tried))).filter(Boolean);
    },
    [tryCase.toString(), wholes],
  );
  assert.deepEqual(problems, []);
});

test("after all of this the model answers as before, in little memory", async () => {
  const { same, memory } = await page.evaluate(async () => {
    const after = [...(await model.predict(new Float32Array(64).fill(0.25), 5, [0]))];
    return { same: JSON.stringify(after) === JSON.stringify(before), memory: await diffuser.memory() };
  });
  assert.ok(same);
  assert.ok(memory < 2 ** 29, `${memory} bytes`);
});

test("Diffusers that are made and disposed of leave no worker", { timeout: 120_000 * TIMES }, async () => {
  const workers = page.workers().length;
  await page.evaluate(async (count) => {
    for (let i = 0; i < count; i++) {
      const made = await unnoise.Diffuser.create({ backend: "cpu", workers: 1 });
      const loading = made.load("/short/");
      if (i % 2) await (await loading).predict(new Float32Array(64), 5);
      made.dispose();
      await loading.catch(() => {});
    }
  }, 12 * TIMES);
  // The browser tells of a worker's end a little later.
  while (page.workers().length > workers) await setTimeout(20);
});
