// A start whose files are empty, broken or silent ends, and says which file it was; so does one that is given up, and a model's server that stalls.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { afterEach, test } from "node:test";
import { blankPage, PATIENCE_MS, poseAsHardware, setUp } from "./helpers.mjs";
import { stallsEnd } from "./stalling.mjs";

const { browser, site } = await setUp();
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

const [WORKER, GLUE, WASM] = ["worker.js", "cpu/unnoise.js", "cpu/unnoise_relaxed_bg.wasm"];
const SILENCE = () => new Promise(() => {});
const PAGE = { type: "text/html", body: "<!doctype html><title>not here</title>" };

async function whole(file) {
  const type = file.endsWith("wasm") ? "application/wasm" : "text/javascript";
  return { type, body: await readFile(new URL(`../../pkg/${file}`, import.meta.url)) };
}

/** A page, and the package's files under /broken/ with one of them replaced. */
async function pageWith(file, answer, init) {
  for (const name of [WORKER, GLUE, WASM]) site.put(`/broken/${name}`, () => whole(name));
  site.put(`/broken/${file}`, answer);
  return blankPage(browser, site, { init });
}

/** What a start from there rejects with, and the workers that are left. */
async function failureOf(page, options = {}) {
  const given = { backend: "cpu", assets: "/broken/", startTimeout: 1500, ...options };
  const failed = await page.evaluate((o) => failure(() => unnoise.Diffuser.create(o)), given);
  return { ...failed, workers: await workersLeft(page) };
}

/** Those that do not end: a worker's end takes a moment to be told. */
async function workersLeft(page) {
  for (let waited = 0; waited < PATIENCE_MS && page.workers().length > 0; waited += 100) await page.waitForTimeout(100);
  return page.workers().length;
}

const FILES = [
  [
    "an empty worker.js",
    WORKER,
    { type: "text/javascript", body: "" },
    "start-timeout",
    /broken\/worker\.js did not answer/,
  ],
  ["a silent worker.js", WORKER, SILENCE, "start-timeout", /broken\/worker\.js did not answer within 1500 ms/],
  [
    "a worker.js that is not there",
    WORKER,
    { ...PAGE, status: 404 },
    "module-failed",
    /worker\.js could not be loaded/,
  ],
  ["a page in place of worker.js", WORKER, PAGE, "module-failed", /worker\.js could not be loaded/],
  ["a silent glue", GLUE, SILENCE, "start-timeout", /broken\/cpu\/unnoise\.js did not answer/],
  ["an empty glue", GLUE, { type: "text/javascript", body: "" }, "module-failed", /cpu module could not be loaded/],
  ["a page in place of the glue", GLUE, { ...PAGE, status: 404 }, "module-failed", /cpu module could not be loaded/],
  ["a silent module", WASM, SILENCE, "start-timeout", /unnoise_relaxed_bg\.wasm did not answer/],
  ["an empty module", WASM, { type: "application/wasm", body: "" }, "module-failed", /cpu module could not be loaded/],
];

for (const [what, file, answer, code, message] of FILES) {
  test(`${what} ends the start`, async () => {
    const failed = await failureOf(await pageWith(file, answer));
    assert.deepEqual([failed.code, failed.name, failed.workers], [code, "UnnoiseError", 0], failed.message);
    assert.match(failed.message, message);
    assert.ok(failed.hint || code === "module-failed");
  });
}

/** In the page: what the automatic choice says after its first work. */
const SAID = `async (o) => {
  const told = new Promise((resolve) => (globalThis.onBackend = resolve));
  const diffuser = await unnoise.Diffuser.create({ workers: 1, ...o, onBackend });
  await (await diffuser.load("/tiny/")).predict(new Float32Array(64), 5);
  const { kind, reason } = await told;
  diffuser.dispose();
  return [kind, reason];
}`;

test("an adapter that the browser never names is none, and is not waited for", async () => {
  const silent = () => {
    GPU.prototype.requestAdapter = () => new Promise(() => {});
  };
  const page = await blankPage(browser, site, { init: silent });
  const said = await page.evaluate(`(${SAID})({ startTimeout: 5000 })`);
  assert.deepEqual(said, ["cpu", "the browser's WebGPU did not answer within 5000 ms"]);
  const asked = { backend: "webgpu", startTimeout: 300 };
  const { code, message } = await page.evaluate((o) => failure(() => unnoise.Diffuser.create(o)), asked);
  assert.equal(code, "webgpu-unavailable");
  assert.match(message, /did not answer within 300 ms$/);
});

test("a device that never opens ends the start where WebGPU was asked for", async () => {
  const [glue, wasm] = [await whole(GLUE), await whole(WASM)];
  const page = await pageWith("webgpu/unnoise.js", {
    ...glue,
    body: `${glue.body}\nEngine.open = () => new Promise(() => {});`,
  });
  site.put("/broken/webgpu/unnoise_bg.wasm", wasm);
  const { code, hint, workers } = await failureOf(page, { backend: "webgpu" });
  assert.deepEqual([code, workers], ["start-timeout", 0]);
  assert.match(hint, /startTimeout/);
});

/** A graphics card, and a count of the workers that are started. */
const COUNTING = `(${poseAsHardware})();
  globalThis.started = 0;
  globalThis.Worker = class extends Worker {
    constructor(...given) {
      super(...given);
      started += 1;
    }
  };`;

test("a worker.js that keeps silent is not waited for once more in the CPU's name", async () => {
  for (const backend of ["auto", "webgpu"]) {
    const page = await pageWith(WORKER, SILENCE, COUNTING);
    const { code, message, workers } = await failureOf(page, { backend });
    assert.deepEqual([code, await page.evaluate(() => started), workers], ["start-timeout", 1, 0], backend);
    assert.match(message, /broken\/worker\.js did not answer/);
    await page.context().close();
  }
});

test("a start that gets on is not given up, however long it takes in all", async () => {
  const later = (file, ms) => async () => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return whole(file);
  };
  const page = await pageWith(WORKER, later(WORKER, 2500));
  site.put(`/broken/${GLUE}`, later(GLUE, 2500));
  const kind = await page.evaluate(async () => {
    const o = { backend: "cpu", assets: "/broken/", startTimeout: 4500 };
    return (await unnoise.Diffuser.create(o)).backend.kind;
  });
  assert.equal(kind, "cpu");
});

test("a signal ends the start with its own reason, and leaves no worker", async () => {
  for (const file of [WORKER, GLUE, WASM]) {
    const page = await pageWith(file, SILENCE);
    const reasons = await page.evaluate(async () => {
      const given = { backend: "cpu", assets: "/broken/" };
      const reasonOf = (signal) => unnoise.Diffuser.create({ ...given, signal }).catch((reason) => reason);
      const later = new AbortController();
      setTimeout(() => later.abort("enough"), 300);
      return [await reasonOf(AbortSignal.abort("at once")), await reasonOf(later.signal)];
    });
    assert.deepEqual(reasons, ["at once", "enough"], file);
    assert.equal(await workersLeft(page), 0, file);
    await page.context().close();
  }
});

test("a signal that aborts after the start does nothing", async () => {
  const page = await blankPage(browser, site);
  const length = await page.evaluate(async () => {
    const controller = new AbortController();
    const diffuser = await unnoise.Diffuser.create({ backend: "cpu", signal: controller.signal });
    controller.abort();
    return (await (await diffuser.load("/tiny/")).plan({ steps: 3 })).steps.length;
  });
  assert.equal(length, 3);
});

test("the limit is checked", async () => {
  const page = await blankPage(browser, site);
  for (const startTimeout of [0, -1, 1.5, 2 ** 31, "30 s", null]) {
    const { code, message } = await failureOf(page, { startTimeout });
    assert.equal(code, "invalid-start-timeout", String(startTimeout));
    assert.match(message, /it must be an integer from 1 to 2147483647, in milliseconds$/);
  }
});

test("every call takes a signal, and rejects with its reason", async () => {
  const page = await blankPage(browser, site);
  const reasons = await page.evaluate(async () => {
    const diffuser = await unnoise.Diffuser.create({ backend: "cpu" });
    const model = await diffuser.load("/tiny/");
    const { scheduler } = model.info;
    const x = new Float32Array(64);
    const echo = { denoiser: (x) => x, shape: [1, 1, 8, 8], scheduler };
    const calls = {
      load: (o) => diffuser.load("/tiny/", o),
      "diffuser.plan": (o) => diffuser.plan({ scheduler }, o),
      "diffuser.sample": (o) => diffuser.sample({ ...echo, ...o }).result(),
      sample: (o) => model.sample(o).result(),
      plan: (o) => model.plan({}, o),
      predict: (o) => model.predict(x, 5, undefined, o),
      diffuse: (o) => model.diffuse(x, 5, o),
      encode: (o) => model.encode(x, o),
      likelihood: (o) => model.likelihood(x, o),
      estimateAnalytic: (o) => model.estimateAnalytic(x, o),
      noise: (o) => unnoise.noise(1, [1, 1, 8, 8], "philox", o),
    };
    const found = {};
    for (const [name, call] of Object.entries(calls)) {
      const settle = (signal) =>
        call({ signal }).then(
          () => "a result",
          (reason) => reason,
        );
      const controller = new AbortController();
      const pending = settle(controller.signal);
      controller.abort("meanwhile");
      found[name] = [await settle(AbortSignal.abort("before")), await pending, await codeOf(() => call({ signal: 5 }))];
    }
    await model.predict(x, 5, [0], {});
    return found;
  });
  for (const [name, found] of Object.entries(reasons)) {
    assert.deepEqual(found, ["before", "meanwhile", "invalid-signal"], name);
  }
});

test("a server that stalls is told of after its time, and asked again on wish: in the page, in the element and in embed.html", async () => {
  const context = await browser.newContext({ serviceWorkers: "block" });
  await stallsEnd(site, async (path) => {
    const page = await context.newPage();
    await page.goto(site.origin + path);
    return page;
  });
});
