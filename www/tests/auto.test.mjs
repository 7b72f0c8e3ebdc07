// The automatic choice: it starts on the CPU, measures both back ends while nothing else is done, and moves between two runs.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { afterEach, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { openElement, untilState, weightsSent } from "./element-site.mjs";
import { blankPage, setUp } from "./helpers.mjs";

const { browser, site } = await setUp();
const CPU = "/pkg/cpu/unnoise.js";
const WEBGPU = "/pkg/webgpu/unnoise.js";
const WASM = "/pkg/webgpu/unnoise_bg.wasm";
const cpuModule = await readFile(new URL("../../pkg/cpu/unnoise_relaxed_bg.wasm", import.meta.url));

afterEach(async () => {
  for (const path of [CPU, WEBGPU, WASM]) site.drop(path);
  await Promise.all(browser.contexts().map((context) => context.close()));
});

/** Code after the glue: a prediction first waits for what this is, in milliseconds or as a promise, of the images' floats `x`. */
const slow = (
  wait,
) => `for (const [{ prototype }, name, at] of [[Network, "predict", 0], [Network, "predictImages", 0], [Run, "step", 1]]) {
  const quick = prototype[name];
  prototype[name] = async function (...given) {
    const x = at === 0 ? given[0] : this.input();
    const wait = ${wait};
    await (typeof wait === "number" ? new Promise((resolve) => setTimeout(resolve, wait)) : wait);
    return quick.apply(this, given);
  };
}`;

/** Serves the CPU module in place of the WebGPU one: a graphics card that behaves as told. */
function poseAsWebgpu(code = "") {
  site.patch(WEBGPU, { from: CPU, after: code });
  site.put(WASM, { type: "application/wasm", body: cpuModule });
}

/** A page with a Diffuser that chooses by itself, on the tiny model; `told` is what it told of its back end. */
async function pageWith({ cpu = "", webgpu, init, ...options } = {}) {
  site.patch(CPU, { after: cpu });
  if (webgpu !== undefined) poseAsWebgpu(webgpu);
  const page = await blankPage(browser, site, { init });
  await page.evaluate(async (o) => {
    globalThis.told = [];
    globalThis.diffuser = await unnoise.Diffuser.create({
      workers: 2,
      ...o,
      onBackend: (backend) => told.push(backend),
    });
    globalThis.model = await diffuser.load("/tiny/");
    globalThis.text = async (run) => (await run.result()).x.join();
  }, options);
  return page;
}

const run = (page, options = {}) => page.evaluate((o) => text(model.sample({ steps: 2, seed: 3, ...o })), options);
const backendOf = (page) => page.evaluate(() => diffuser.backend);
/** Waits until it has told so often what computes, and gives the last. */
async function told(page, times = 1) {
  await page.waitForFunction((n) => told.length >= n, times);
  return page.evaluate(() => told.at(-1));
}
/** Longer than it takes to begin a measurement. */
const rest = () => setTimeout(1000);
const asked = (since) => site.requests.slice(since).filter(({ path }) => path.startsWith("/pkg/webgpu/")).length;

test("it starts on the CPU, and after a run moves to WebGPU where that is faster", async () => {
  const since = site.requests.length;
  const page = await pageWith({ cpu: slow(150), webgpu: "" });
  const first = await backendOf(page);
  assert.deepEqual([first.kind, first.reason], ["cpu", "WebGPU is not measured yet"]);
  await rest();
  assert.equal(asked(since), 0, "nothing is downloaded before there was work");
  const x = await run(page, { batch: 4 });
  assert.equal((await backendOf(page)).kind, "cpu");
  const backend = await told(page);
  assert.deepEqual([backend.kind, backend.device, backend.workers], ["webgpu", "webgpu", 1]);
  const { model, images, cpu, webgpu, adapter } = backend.timing;
  assert.ok(cpu > 150 && webgpu > 0 && webgpu < cpu / 1.25, `${cpu} and ${webgpu}`);
  assert.deepEqual([images, adapter], [4, backend.adapter]);
  assert.equal(model, await page.evaluate(() => globalThis.model.info.hash));
  const [, times] = /^([\d.]+) times faster than the CPU for 4 images$/.exec(backend.reason) ?? [];
  assert.ok(Math.abs(Number(times) - cpu / webgpu) <= 0.06 * (cpu / webgpu), `${backend.reason}: ${cpu} and ${webgpu}`);
  assert.deepEqual(await backendOf(page), backend);
  assert.equal(page.workers().length, 1, "the CPU's workers have ended");
  assert.equal(await run(page, { batch: 4 }), x);
  await rest();
  assert.equal(await page.evaluate(() => told.length), 2, "what is known is not measured again, and said once more");
});

test("weights are not downloaded again, and all models go along, whatever became of their files", async () => {
  const page = await pageWith({ cpu: slow(150), webgpu: "" });
  site.putModel("/other/", { labels: ["hat", "scarf", "no class"] });
  const weights = await page.evaluate(async () => {
    globalThis.other = await diffuser.load("/other/");
    const fetched = async (file) => (await fetch(`/tiny/unet/${file}`)).arrayBuffer();
    const given = await fetched("diffusion_pytorch_model.safetensors");
    const config = JSON.parse(new TextDecoder().decode(await fetched("config.json")));
    globalThis.third = await diffuser.load({ config, weights: given });
    structuredClone(given, { transfer: [given] });
    globalThis.before = [
      await text(other.sample({ steps: 2, seed: 1 })),
      await text(third.sample({ steps: 2, seed: 1, labels: [1] })),
    ];
    return given.byteLength;
  });
  assert.equal(weights, 0);
  const since = site.requests.length;
  await run(page);
  assert.equal((await told(page)).kind, "webgpu");
  const again = await page.evaluate(async () => [
    await text(other.sample({ steps: 2, seed: 1 })),
    await text(third.sample({ steps: 2, seed: 1, labels: [1] })),
  ]);
  assert.deepEqual(again, await page.evaluate(() => before));
  assert.equal(site.bytes(/safetensors|config/, since), 0);
  assert.equal(weightsSent(site, "/other/").length, 1);
});

test("it stays on the CPU where that is faster, and ends the other worker", async () => {
  const page = await pageWith({ webgpu: slow(150) });
  const x = await run(page);
  const { kind, reason, timing } = await told(page);
  assert.equal(kind, "cpu");
  assert.match(reason, /^[\d.]+ times faster than WebGPU for 1 image$/);
  assert.ok(timing.webgpu >= 150 && timing.cpu < timing.webgpu / 1.25, JSON.stringify(timing));
  while (page.workers().length > 1) await setTimeout(20);
  assert.equal(await run(page), x);
});

test("a real software adapter is not shut out by its name: its time decides", async () => {
  const page = await pageWith();
  await run(page);
  const { kind, timing } = await told(page);
  const { cpu, webgpu, adapter } = timing;
  assert.match(adapter, /swiftshader/i);
  assert.equal(kind, webgpu !== null && cpu / webgpu >= 1.25 ? "webgpu" : "cpu", JSON.stringify(timing));
});

test("nothing is opened while a run is open, and a run that begins meanwhile ends where it began", async () => {
  let held;
  site.put(
    "/open",
    () =>
      new Promise((resolve) => {
        held = resolve;
      }),
  );
  const webgpu =
    'const first = Engine.open; Engine.open = async (device) => { await fetch("/open"); return first(device); };';
  const page = await pageWith({ cpu: slow(150), webgpu });
  const since = site.requests.length;
  await page.evaluate(async () => {
    globalThis.opened = model.sample({ steps: 3, seed: 3 })[Symbol.asyncIterator]();
    await opened.next();
  });
  await rest();
  assert.equal(asked(since), 0);
  await page.evaluate(() => opened.return());
  while (!held) await setTimeout(20);
  await page.evaluate(async () => {
    globalThis.opened = model.sample({ steps: 3, seed: 3 })[Symbol.asyncIterator]();
    await opened.next();
  });
  held({});
  await rest();
  assert.deepEqual([(await backendOf(page)).kind, await page.evaluate(() => told.length)], ["cpu", 0]);
  await page.evaluate(async () => {
    for (let more = true; more; more = !(await opened.next()).done);
  });
  const { kind, reason } = await told(page);
  assert.equal(kind, "webgpu", reason);
});

test("work that comes during the measurement is done at once, on the CPU, and the measurement is made later", async () => {
  const page = await pageWith({ webgpu: slow('fetch("/wait")') });
  const waiting = [];
  site.put("/wait", () => new Promise((resolve) => waiting.push(() => resolve({}))));
  await run(page);
  // Its first prediction, which is not timed, goes; the second is timed, and held.
  while (waiting.length < 1) await setTimeout(20);
  waiting[0]();
  while (waiting.length < 2) await setTimeout(20);
  await run(page);
  assert.deepEqual([(await backendOf(page)).kind, await page.evaluate(() => told.length)], ["cpu", 0]);
  site.put("/wait", {});
  waiting[1]();
  const { timing } = await told(page);
  assert.ok(timing.webgpu > 0 && timing.webgpu < 1000, JSON.stringify(timing));
});

test("a run with a signal that aborts, and one that nobody ends, hold nothing up for ever", async () => {
  const page = await pageWith({ cpu: slow(150), webgpu: "" });
  await page.evaluate(async () => {
    const controller = new AbortController();
    await model.sample({ steps: 3, signal: controller.signal })[Symbol.asyncIterator]().next();
    controller.abort();
    await model.sample({ steps: 3 })[Symbol.asyncIterator]().next();
  });
  await page.evaluate(async () => {
    while (told.length === 0) {
      gc();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });
  assert.equal((await backendOf(page)).kind, "webgpu");
});

test("predictions and measurements count as work too", async () => {
  for (const work of ["predict(new Float32Array(128), 5)", "likelihood(new Float32Array(128), { steps: 2 })"]) {
    const page = await pageWith({ cpu: slow(150), webgpu: "" });
    await page.evaluate(`model.${work}`);
    assert.match((await told(page)).reason, /for 2 images$/);
  }
});

test("another size of batch is measured in its turn, and it moves back where the CPU is faster", async () => {
  const page = await pageWith({ cpu: slow("x.length > 64 ? 150 : 0"), webgpu: slow("x.length > 64 ? 0 : 150") });
  await run(page, { batch: 16 });
  assert.equal((await told(page)).kind, "webgpu");
  const single = await run(page);
  const { kind, reason } = await told(page, 2);
  assert.equal(kind, "cpu");
  assert.match(reason, /times faster than WebGPU for 1 image$/);
  assert.equal(await run(page), single);
  // Both are known by now: it moves as soon as it rests.
  await run(page, { batch: 20 });
  await page.waitForFunction(() => diffuser.backend.kind === "webgpu");
  assert.match((await backendOf(page)).reason, /times faster than the CPU for 16 images$/);
});

test("what was measured on another visit is not measured again", async () => {
  const page = await pageWith({ cpu: slow(150), webgpu: "" });
  await run(page);
  const { timing } = await told(page);
  // Were it measured, WebGPU would lose.
  const other = await pageWith({ webgpu: slow(150), timings: [timing] });
  await run(other);
  const { kind, timing: known } = await told(other);
  assert.deepEqual([kind, known], ["webgpu", timing]);

  const since = site.requests.length;
  const third = await pageWith({ timings: [{ ...timing, webgpu: null }] });
  await run(third);
  const { kind: stayed, reason } = await told(third);
  assert.deepEqual([stayed, reason, asked(since)], ["cpu", "WebGPU was too slow to be timed for 1 image", 0]);
});

test("a WebGPU that does not get ready in a third of the start's limit has lost", async () => {
  const page = await pageWith({ startTimeout: 15_000, webgpu: "Engine.open = () => new Promise(() => {});" });
  await run(page);
  const { kind, reason, timing } = await told(page);
  assert.deepEqual([kind, reason, timing.webgpu], ["cpu", "WebGPU was too slow to be timed for 1 image", null]);
  while (page.workers().length > 1) await setTimeout(20);
});

test("a prediction that takes too long has lost, and is not waited for", async () => {
  // The first one is not timed.
  const page = await pageWith({
    webgpu: slow("globalThis.was ? new Promise(() => {}) : ((globalThis.was = true), 0)"),
  });
  await run(page);
  const { kind, timing } = await told(page);
  assert.deepEqual([kind, timing.webgpu], ["cpu", null]);
});

test("a choice that was asked for, or is to be kept, stays", async () => {
  const since = site.requests.length;
  const forced = await pageWith({ backend: "cpu", cpu: slow(150), webgpu: "" });
  const kept = await pageWith({ cpu: slow(150), webgpu: "" });
  await kept.evaluate(() => diffuser.keepBackend());
  await Promise.all([run(forced), run(kept)]);
  await rest();
  for (const page of [forced, kept]) {
    assert.deepEqual([(await backendOf(page)).kind, await page.evaluate(() => told.length)], ["cpu", 0]);
  }
  assert.equal(asked(since), 0);
});

test("under data saver nothing more is downloaded", async () => {
  const since = site.requests.length;
  const init = () => Object.defineProperty(NetworkInformation.prototype, "saveData", { get: () => true });
  const page = await pageWith({ cpu: slow(150), webgpu: "", init });
  assert.deepEqual((await backendOf(page)).reason, "data saver is on");
  await run(page);
  await rest();
  assert.equal(asked(since), 0);
});

/** What can go wrong with WebGPU, and what is then said. */
const FAILURES = [
  ["Engine.prototype.selfTest = async () => 0.25;", /known-answer check: relative error 0\.25/],
  ["Engine.prototype.selfTest = async () => NaN;", /known-answer check: relative error NaN/],
  ['Engine.open = async () => { throw Object.assign(new Error("no device"), { code: "device" }); };', /: no device$/],
  [
    'Engine.open = async () => { throw new WebAssembly.RuntimeError("unreachable"); };',
    /the engine crashed: unreachable/,
  ],
  [
    'Engine.prototype.load = () => { throw Object.assign(new Error("the model is too large"), { code: "memory" }); };',
    /: the model is too large$/,
  ],
  [
    'Network.prototype.predict = async () => { throw Object.assign(new Error("the graphics device was lost"), { code: "device" }); };',
    /: the graphics device was lost$/,
  ],
];

test("where WebGPU fails it stays on the CPU, says why, and tries no more", async () => {
  for (const [webgpu, pattern] of FAILURES) {
    const page = await pageWith({ cpu: slow(150), webgpu });
    const x = await run(page);
    const { kind, reason } = await told(page);
    assert.equal(kind, "cpu");
    assert.match(reason, /^WebGPU was tried and given up: /);
    assert.match(reason, pattern);
    while (page.workers().length > 1) await setTimeout(20);
    const since = site.requests.length;
    assert.equal(await run(page), x);
    await rest();
    assert.equal(asked(since), 0);
    await page.context().close();
  }
  poseAsWebgpu();
  site.put(WEBGPU, { status: 404 });
  const page = await pageWith({ cpu: slow(150) });
  await run(page);
  assert.match((await told(page)).reason, /given up: the webgpu module could not be loaded/);
});

test("a Diffuser that is disposed of in the middle leaves no worker", async () => {
  const never = "new Promise(() => {})";
  for (const webgpu of [`Engine.open = () => ${never};`, slow(never)]) {
    const page = await pageWith({ cpu: slow(150), webgpu });
    const since = site.requests.length;
    await run(page);
    while (!site.requests.slice(since).some(({ path }) => path === WASM)) await setTimeout(20);
    await setTimeout(300);
    assert.ok(page.workers().length > 1);
    await page.evaluate(() => diffuser.dispose());
    while (page.workers().length > 0) await setTimeout(20);
    await rest();
    assert.deepEqual([page.workers().length, await page.evaluate(() => told.length)], [0, 0]);
  }
});

test("measurements that are none are passed over, and no list of them is an error", async () => {
  const page = await pageWith({ cpu: slow(150), webgpu: "" });
  await run(page);
  const { timing } = await told(page);
  const none = [
    3,
    null,
    [],
    "a",
    { ...timing, cpu: -1 },
    { ...timing, webgpu: "3" },
    { ...timing, cpu: null, webgpu: null },
  ];
  // Slower than the one whose measurements these would be, so that its own are known from them.
  const other = await pageWith({ cpu: slow(300), webgpu: "", timings: none });
  await run(other);
  const { kind, timing: own } = await told(other);
  assert.ok(kind === "webgpu" && own.cpu >= 300, JSON.stringify(own));
  for (const timings of [timing, "[]", null]) {
    const { code } = await page.evaluate((o) => failure(() => unnoise.Diffuser.create(o)), { timings });
    assert.equal(code, "invalid-timings", JSON.stringify(timings));
  }
});

test("an element follows the choice from one run to the next", async () => {
  site.patch(CPU, { after: slow(150) });
  poseAsWebgpu();
  const markup = '<diffusion-sampler id="a" model="/tiny/" seed="7" steps="2" batch="4"></diffusion-sampler>';
  const page = await openElement(browser, site, markup);
  await page.evaluate(() => {
    globalThis.kinds = [];
    a.addEventListener("step", ({ detail }) => kinds.push(detail.backend.kind));
    a.addEventListener("complete", ({ detail }) => {
      globalThis.x = detail.x.join();
    });
  });
  const generate = async () => {
    await page.evaluate(() => a.generate());
    await untilState(page, "complete");
    return page.evaluate(() => [kinds.at(-1), kinds.splice(0).length, x]);
  };
  const [kind, steps, x] = await generate();
  assert.deepEqual([kind, steps], ["cpu", 2]);
  // A run is short, and the measurement takes its time after it.
  let next = kind;
  while (next === "cpu") {
    await setTimeout(3000);
    const [now, count, same] = await generate();
    assert.deepEqual([count, same], [2, x]);
    next = now;
  }
  assert.equal(next, "webgpu");
});
