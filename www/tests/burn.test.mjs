// The burn module: the network by burn, on burn-flex and on burn-wgpu (SwiftShader: seconds a step, so networks are tiny).
import assert from "node:assert/strict";
import { test } from "node:test";
import { openElement } from "./element-site.mjs";
import { answered, blankPage, setUp } from "./helpers.mjs";
import { openPage, text, untilRun } from "./page-site.mjs";
import { tinyScheduler } from "./tiny-model.mjs";

/** The project's promises, relative L2. */
const ON_FLEX = 1e-5;
const ON_WGPU = 1e-3;

const { browser, site } = await setUp();
const page = await blankPage(browser, site);
await page.evaluate(() => {
  const norm = (values) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  globalThis.relative = (found, expected) => norm(found.map((value, i) => value - expected[i])) / norm(expected);
  globalThis.create = async (o) => {
    let backend;
    const failed = await failure(async () => {
      const diffuser = await unnoise.Diffuser.create(o);
      ({ backend } = diffuser);
      diffuser.dispose();
    });
    return backend ?? failed;
  };
});

test("nobody downloads the module who does not ask for it", async () => {
  const from = site.requests.length;
  await page.evaluate(() => create({ backend: "cpu" }));
  assert.equal(site.bytes(/burn/, from), 0);
});

test("without a graphics card burn computes on the CPU and says why", async () => {
  const from = site.requests.length;
  const { kind, device, adapter, reason, workers } = await page.evaluate(() => create({ backend: "burn" }));
  assert.deepEqual([kind, device, workers], ["burn", "cpu", 1]);
  assert.equal(adapter, "WebAssembly SIMD128");
  assert.equal(reason, "only a software adapter (SwiftShader)");
  assert.equal(site.bytes(/pkg.(cpu|webgpu)/, from), 0);
  assert.equal((await page.evaluate(() => create({ backend: "burn", device: "cpu" }))).reason, "asked for");
});

test("WebGPU that burn was to use is not replaced, and what is missing is said", async () => {
  const noTimestamps = () => {
    GPUSupportedFeatures.prototype.has = () => false;
  };
  const o = { backend: "burn", device: "webgpu" };
  for (const [init, missing] of [
    [() => delete Navigator.prototype.gpu, /no WebGPU here/],
    [noTimestamps, /the adapter lacks timestamp-query/],
  ]) {
    const other = await blankPage(browser, site, { init });
    const [failed, { kind, device, reason }] = await other.evaluate(
      async (o) => [
        await failure(() => unnoise.Diffuser.create(o)),
        (await unnoise.Diffuser.create({ backend: "burn" })).backend,
      ],
      o,
    );
    assert.equal(failed.code, "webgpu-unavailable");
    assert.match(failed.message, missing);
    assert.deepEqual([kind, device], ["burn", "cpu"]);
    assert.match(reason, missing);
    await other.close();
  }
});

test("a device is burn's to choose, and burn has one worker", async () => {
  const codes = await page.evaluate(async () => {
    const options = [
      { backend: "cpu", device: "cpu" },
      { device: "cpu" },
      { backend: "burn", device: "gpu" },
      { backend: "burn", workers: 2 },
    ];
    return Promise.all(options.map((o) => codeOf(() => unnoise.Diffuser.create(o))));
  });
  assert.deepEqual(codes, ["invalid-device", "invalid-device", "invalid-device", "invalid-workers"]);
});

test("burn opens both devices, and both pass the known answer", async () => {
  const [flex, wgpu] = await page.evaluate(async () => {
    globalThis.cpu = await unnoise.Diffuser.create({ backend: "cpu" });
    globalThis.flex = await unnoise.Diffuser.create({ backend: "burn", device: "cpu" });
    globalThis.wgpu = await unnoise.Diffuser.create({ backend: "burn", device: "webgpu" });
    globalThis.models = await Promise.all([cpu, flex, wgpu].map((diffuser) => diffuser.load("/tiny/")));
    return [flex.backend, wgpu.backend];
  });
  assert.deepEqual([flex.device, wgpu.device, wgpu.kind, wgpu.reason], ["cpu", "webgpu", "burn", "asked for"]);
  assert.match(wgpu.adapter, /swiftshader/);
});

test("the bundled network predicts what it predicts in diffusers", async () => {
  const { cases, floats } = await answered("unet");
  const far = (device, { timesteps, labels, x, output }) =>
    page.evaluate(
      async ([device, x, timesteps, labels, expected]) => {
        const model = await globalThis[device].load("/models/fashion-mnist/");
        return relative([...(await model.predict(Float32Array.from(x), timesteps, labels))], expected);
      },
      [device, floats(x), timesteps, labels, floats(output)],
    );
  for (const question of cases) {
    const found = await far("flex", question);
    assert.ok(found < ON_FLEX, `${question.timesteps} on flex: ${found}`);
  }
  const found = await far("wgpu", cases[3]);
  assert.ok(found < ON_WGPU, `on wgpu: ${found}`);
});

test("networks of every kind predict what they predict in diffusers", async () => {
  const { cases, floats } = await answered("unet_variants");
  const wrong = [];
  const names = [
    "time_fourier",
    "class_timestep",
    "scale_shift_attention_norm",
    "resnet_samplers",
    "act_gelu",
    "act_mish",
  ];
  for (const { name, timesteps, labels, x, output } of cases.filter(({ name }) => names.includes(name))) {
    await site.putVariant(name);
    const found = await page.evaluate(
      async ([name, x, timesteps, labels, expected]) => {
        const far = async (diffuser) => {
          const model = await diffuser.load(`/${name}/`);
          return relative([...(await model.predict(Float32Array.from(x), timesteps, labels))], expected);
        };
        return { flex: await far(flex), wgpu: await far(wgpu) };
      },
      [name, floats(x), timesteps, labels ?? undefined, floats(output)],
    );
    if (!(found.flex < ON_FLEX && found.wgpu < ON_WGPU)) wrong.push(`${name}: ${found.flex}, ${found.wgpu} on wgpu`);
  }
  assert.deepEqual(wrong, []);
});

test("noise and plans are those of the other modules, bit for bit", async () => {
  const found = await page.evaluate(async () => {
    const shape = [2, 1, 8, 8];
    const of = async (diffuser, model) => {
      const drawn = [];
      const denoiser = (x) => {
        drawn.push([...x]);
        return x;
      };
      for (const rng of ["philox", "torch"]) {
        await diffuser.sample({ denoiser, shape, scheduler: {}, steps: 3, seed: 42, sampler: "ddpm", rng }).result();
      }
      const plans = [];
      for (const o of [
        { sampler: "ddpm", variance: "large" },
        { sampler: "vdm", trajectory: "quadratic" },
      ]) {
        plans.push(await model.plan({ ...o, steps: 7 }));
      }
      return JSON.stringify([drawn, plans]);
    };
    return [await of(cpu, models[0]), await of(flex, models[1])];
  });
  assert.equal(found[1], found[0]);
});

test("everything that a model is asked has the CPU module's answer", async () => {
  const worst = await page.evaluate(async () => {
    const largest = (values) => Math.max(...values.map(Math.abs));
    const apart = (a, b) => largest(a.map((value, i) => value - b[i])) / Math.max(1, largest(b));
    const x = (await unnoise.noise(5, [2, 1, 8, 8])).map((v) => Math.tanh(v));
    const questions = {
      guided: async (model) => {
        const o = { sampler: "ddpm", steps: 2, batch: 2, labels: [0, 1], guidance: 2, seed: 3 };
        return [...(await model.sample(o).result()).x];
      },
      blended: async (model) => {
        const o = { steps: 1, seed: 3, blend: { seeds: [4], at: [0.3], labels: [0, 1] } };
        return [...(await model.sample(o).result()).x];
      },
      edited: async (model) => {
        const mask = x.slice(0, 64).map((_, i) => Number(i < 32));
        const edit = { known: { x, mask }, potential: { r: "symmetry" } };
        return [
          ...(await model.sample({ sampler: "ddpm", steps: 2, batch: 2, labels: [0], seed: 3, ...edit }).result()).x,
        ];
      },
      encoded: async (model) => [...(await model.encode(x, { steps: 1, labels: [1, 0] }))],
      bound: async (model) => [(await model.likelihood(x, { steps: 2, labels: [1, 0] })).bitsPerDim],
    };
    const worst = {};
    for (const [name, ask] of Object.entries(questions)) {
      const [expected, ...found] = await Promise.all(models.map(ask));
      worst[name] = Math.max(...found.map((values) => apart(values, expected)));
    }
    return worst;
  });
  for (const [name, difference] of Object.entries(worst)) assert.ok(difference < ON_WGPU, `${name}: ${difference}`);
});

test("Analytic-DPM's table is estimated, and taken up", async () => {
  const scheduler = { ...tinyScheduler, num_train_timesteps: 4 };
  site.putModel("/short/", { scheduler });
  const worst = await page.evaluate(async () => {
    const x = (await unnoise.noise(5, [1, 1, 8, 8])).map((v) => Math.tanh(v));
    const tables = [];
    for (const diffuser of [cpu, flex, wgpu]) {
      const model = await diffuser.load("/short/");
      tables.push((await model.estimateAnalytic(x, { seed: 1, labels: [1] })).mean_sq_eps);
      await model.plan({ sampler: "analytic-ddim", steps: 2 });
    }
    const [expected, ...found] = tables;
    return Math.max(...found.map((table) => relative(table, expected)));
  });
  assert.ok(worst < ON_WGPU, `${worst}`);
});

test("an aborted run on burn-wgpu stops within a step, and the model goes on", async () => {
  const [steps, name, length] = await page.evaluate(async () => {
    const abort = new AbortController();
    let steps = 0;
    const failed = await failure(async () => {
      for await (const _ of models[2].sample({ steps: 100, seed: 1, labels: [1], signal: abort.signal })) {
        steps += 1;
        if (steps === 2) abort.abort();
      }
    });
    return [steps, failed.name, (await models[2].predict(new Float32Array(64), 5, [1])).length];
  });
  assert.deepEqual([steps, name, length], [2, "AbortError", 64]);
});

test("what is wrong is told, and costs nothing that is loaded", async () => {
  site.putModel("/damaged/", { config: { block_out_channels: [8, 24] } });
  for (const device of ["flex", "wgpu"]) {
    const [damaged, refused, length] = await page.evaluate(async (device) => {
      const model = models[device === "flex" ? 1 : 2];
      return [
        await codeOf(() => globalThis[device].load("/damaged/")),
        await codeOf(() => model.predict(new Float32Array(64), 5, [7])),
        (await model.predict(new Float32Array(64), 5, [1])).length,
      ];
    }, device);
    assert.deepEqual([damaged, refused, length], ["config-mismatch", "invalid-labels", 64]);
  }
});

test("a run whose device is destroyed goes on in a new one, with the same numbers", async () => {
  site.patch("/pkg/burn/unnoise.js", { before: `(${keepDevice})();` });
  const options = { sampler: "ddpm", steps: 3, labels: [1], seed: 7 };
  const expected = await page.evaluate(async (o) => [...(await models[2].sample(o).result()).x], options);
  const other = await blankPage(browser, site);
  await other.evaluate(async (options) => {
    globalThis.options = options;
    globalThis.told = [];
    const onBackend = (backend) => told.push(backend);
    globalThis.diffuser = await unnoise.Diffuser.create({ backend: "burn", device: "webgpu", onBackend });
    globalThis.model = await diffuser.load("/tiny/");
  }, options);
  const [worker] = other.workers();
  await other.evaluate(async () => {
    globalThis.steps = model.sample(options);
    await steps[Symbol.asyncIterator]().next();
  });
  await worker.evaluate(() => globalThis.device.destroy());
  const [x, told] = await other.evaluate(async () => [[...(await steps.result()).x], globalThis.told]);
  assert.deepEqual(x, expected);
  assert.deepEqual([told.length, told[0]?.kind, told[0]?.device], [1, "burn", "webgpu"]);
  await other.close();
});

test("the page runs on burn where its address says so, and says where", async () => {
  const other = await openPage(browser, site, "backend=burn&steps=2&seed=3");
  assert.match(await text(other, "backend-text"), /^burn on CPU/);
  await other.click("#generate");
  await untilRun(other, "done");
  assert.equal(await other.isChecked("input[name=backend][value=burn]"), true);
  assert.equal(await text(other, "info-reason"), "only a software adapter (SwiftShader)");
  assert.deepEqual(other.complaints, []);
  await other.context().close();
});

test("the element runs on burn where its attribute says so", async () => {
  const markup = '<diffusion-sampler id="a" model="/tiny/" backend="burn" seed="7" steps="2"></diffusion-sampler>';
  const other = await openElement(browser, site, markup);
  const kind = await other.evaluate(async () => {
    const loaded = new Promise((resolve) => a.addEventListener("load", ({ detail }) => resolve(detail.backend.kind)));
    await a.generate();
    return loaded;
  });
  assert.equal(kind, "burn");
  await other.context().close();
});

/** Runs in the worker before the glue: keeps the device. */
function keepDevice() {
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = async function (descriptor) {
    globalThis.device = await requestDevice.call(this, descriptor);
    return globalThis.device;
  };
}
