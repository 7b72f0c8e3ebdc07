// Choosing and starting a back end.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { afterEach, test } from "node:test";
import { blankPage, poseAsHardware, Site, setUp } from "./helpers.mjs";

const { browser, site } = await setUp();
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

/** What this browser takes. */
const CPU_WASM = new URL("../../pkg/cpu/unnoise_relaxed_bg.wasm", import.meta.url);

/** Serves the CPU module in place of the WebGPU one, with code after its glue: a graphics card that behaves as told. */
function poseAsWebgpu(code) {
  site.patch("/pkg/webgpu/unnoise.js", { from: "/pkg/cpu/unnoise.js", after: code });
  site.put("/pkg/webgpu/unnoise_bg.wasm", async () => ({
    type: "application/wasm",
    body: await readFile(CPU_WASM),
  }));
}

const create = (page, options) =>
  page.evaluate(async (o) => {
    const failed = await failure(async () => {
      globalThis.diffuser = await unnoise.Diffuser.create(o);
    });
    return globalThis.diffuser?.backend ?? failed;
  }, options);

test("the automatic choice starts on the CPU, whatever the adapter, and downloads nothing else", async () => {
  for (const init of [undefined, poseAsHardware]) {
    const page = await blankPage(browser, site, { init });
    const from = site.requests.length;
    const backend = await create(page, {});
    assert.deepEqual([backend.kind, backend.reason], ["cpu", "WebGPU is not measured yet"]);
    assert.match(backend.adapter, /SIMD128/);
    assert.equal(site.bytes(/webgpu|burn/, from), 0);
  }
});

test("the automatic choice says where there is no WebGPU", async () => {
  const page = await blankPage(browser, site, { init: () => delete Navigator.prototype.gpu });
  assert.equal((await create(page, {})).reason, "no WebGPU here");
});

test("the automatic choice says where there is no adapter", async () => {
  const noAdapter = () => {
    GPU.prototype.requestAdapter = async () => null;
  };
  const page = await blankPage(browser, site, { init: noAdapter });
  assert.equal((await create(page, {})).reason, "the browser offers no WebGPU adapter");
});

/** Hides a feature that no code of ours needs, and refuses a device to whoever asks for it. */
const NO_TIMESTAMPS = `
  const has = GPUSupportedFeatures.prototype.has;
  GPUSupportedFeatures.prototype.has = function (name) { return name !== "timestamp-query" && has.call(this, name); };
  const requestDevice = GPUAdapter.prototype.requestDevice;
  GPUAdapter.prototype.requestDevice = async function (o) {
    if ([...(o?.requiredFeatures ?? [])].includes("timestamp-query")) throw new TypeError("no timestamp-query");
    return requestDevice.call(this, o);
  };`;

test("WebGPU starts without timestamp-query", async () => {
  site.patch("/pkg/worker.js", { before: NO_TIMESTAMPS });
  try {
    const page = await blankPage(browser, site, { init: NO_TIMESTAMPS });
    assert.equal((await create(page, { backend: "webgpu" })).kind, "webgpu");
  } finally {
    site.drop("/pkg/worker.js");
  }
});

test("WebGPU that was asked for fails with what is wrong with it: auto.test.mjs has what the automatic choice makes of that", async () => {
  const failed = async () => create(await blankPage(browser, site), { backend: "webgpu" });
  for (const answer of ["0.25", "NaN"]) {
    poseAsWebgpu(`Engine.prototype.selfTest = async () => ${answer};`);
    const { code, message } = await failed();
    assert.equal(code, "self-test-failed");
    assert.ok(message.includes(`known-answer check: relative error ${answer}; at most 0.001 is allowed`), message);
  }
  const device = 'Object.assign(new Error("the device failed: out of luck"), { code: "device", hint: "h" })';
  poseAsWebgpu(`Engine.open = async () => { throw ${device}; };`);
  const closed = await failed();
  assert.equal(closed.code, "webgpu-unavailable");
  assert.match(closed.message, /out of luck/);
  site.put("/pkg/webgpu/unnoise.js", { status: 404 });
  assert.equal((await failed()).code, "module-failed");
});

test("WebGPU that was asked for is not replaced", async () => {
  const page = await blankPage(browser, site, { init: () => delete Navigator.prototype.gpu });
  const failed = await create(page, { backend: "webgpu" });
  assert.equal(failed.code, "webgpu-unavailable");
  assert.match(failed.message, /no WebGPU here/);
  assert.ok(failed.hint);
});

test("the CPU that was asked for is taken without a look at WebGPU", async () => {
  const page = await blankPage(browser, site, { init: poseAsHardware });
  const backend = await create(page, { backend: "cpu" });
  assert.deepEqual([backend.kind, backend.reason], ["cpu", "asked for"]);
});

test("a browser with relaxed SIMD takes the build for that, another one the plain build, and both compute the same", async () => {
  const plain = () => {
    WebAssembly.validate = () => false;
  };
  const found = [];
  for (const init of [undefined, plain]) {
    const from = site.requests.length;
    const page = await blankPage(browser, site, { init });
    const { adapter } = await create(page, { backend: "cpu" });
    const prediction = await page.evaluate(async () => {
      const model = await diffuser.load("/tiny/");
      const x = Float32Array.from({ length: 3 * 64 }, (_, i) => Math.sin(0.37 * i));
      return [...(await model.predict(x, 300, [1]))];
    });
    const modules = site.requests.slice(from).flatMap(({ path }) => (path.endsWith(".wasm") ? [path] : []));
    found.push({ adapter, modules: [...new Set(modules)], prediction });
  }
  const [relaxed, other] = found;
  assert.deepEqual(relaxed.modules, ["/pkg/cpu/unnoise_relaxed_bg.wasm"]);
  assert.deepEqual(other.modules, ["/pkg/cpu/unnoise_bg.wasm"]);
  assert.equal(relaxed.adapter, "WebAssembly SIMD128, fused multiply-add");
  assert.equal(other.adapter, "WebAssembly SIMD128");
  const norm = (values) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  const apart = norm(relaxed.prediction.map((value, i) => value - other.prediction[i])) / norm(other.prediction);
  assert.ok(apart > 0 && apart < 1e-5, `${apart}`);
});

test("a module that cannot be loaded is module-failed", async () => {
  for (const [path, answer] of [
    ["/broken/worker.js", { status: 404 }],
    ["/broken/cpu/unnoise_relaxed_bg.wasm", { status: 404 }],
    ["/broken/cpu/unnoise_relaxed_bg.wasm", { type: "text/html", body: "<!doctype html>not here" }],
    ["/broken/cpu/unnoise_relaxed_bg.wasm", { type: "application/wasm", body: "no module" }],
  ]) {
    const redirect = (file) => site.put(`/broken/${file}`, async () => whole(file));
    for (const file of ["worker.js", "cpu/unnoise.js", "cpu/unnoise_relaxed_bg.wasm"]) redirect(file);
    site.put(path, answer);
    const page = await blankPage(browser, site);
    const failed = await create(page, { backend: "cpu", assets: "/broken" });
    assert.equal(failed.code, "module-failed", `${path} ${JSON.stringify(answer)}: ${failed.message}`);
  }
});

test("where Vite has moved the library away from its files, the error names the line that is needed", async () => {
  const page = await blankPage(browser, site);
  for (const folder of ["/node_modules/.vite/deps", "/app/node_modules/.cache/vite/client/deps"]) {
    site.patch(`${folder}/chunk-ABC.js`, { from: "/pkg/index.js" });
    const failed = await page.evaluate(async (script) => {
      const { Diffuser, noise } = await import(script);
      return [await failure(() => Diffuser.create()), await failure(() => noise(1, [1, 1, 1, 1]))];
    }, `${folder}/chunk-ABC.js`);
    for (const { code, name, message, hint } of failed) {
      assert.deepEqual([code, name], ["module-failed", "UnnoiseError"]);
      assert.ok(message.includes(`${folder}/`), message);
      assert.match(hint, /optimizeDeps: \{ exclude: \["unnoise"\] \}/);
    }
  }
});

async function whole(file) {
  const type = file.endsWith("wasm") ? "application/wasm" : "text/javascript";
  return { type, body: await readFile(new URL(`../../pkg/${file}`, import.meta.url)) };
}

test("the download of the module is reported in bytes", async () => {
  const page = await blankPage(browser, site);
  const seen = await page.evaluate(async () => {
    const seen = [];
    await unnoise.Diffuser.create({ backend: "cpu", onProgress: (p) => seen.push(p) });
    return seen;
  });
  const { length } = await readFile(CPU_WASM);
  assert.deepEqual(seen[0], { file: "cpu/unnoise_bg.wasm", loaded: 0, total: length });
  assert.deepEqual(seen.at(-1), { file: "cpu/unnoise_bg.wasm", loaded: length, total: length });
});

test("a progress callback that throws is reported and does no harm", async () => {
  const page = await blankPage(browser, site);
  const errors = [];
  page.on("pageerror", (error) => errors.push(error.message));
  const kind = await page.evaluate(async () => {
    const onProgress = () => {
      throw new Error("from the callback");
    };
    return (await unnoise.Diffuser.create({ backend: "cpu", onProgress })).backend.kind;
  });
  assert.equal(kind, "cpu");
  assert.equal(errors[0], "from the callback");
});

test("the library runs from another origin that allows it (CORS)", async () => {
  const elsewhere = await Site.start();
  try {
    const page = await blankPage(browser, site);
    const x = await page.evaluate(async (origin) => {
      const { Diffuser } = await import(`${origin}/pkg/index.js`);
      const diffuser = await Diffuser.create({ backend: "cpu" });
      const model = await diffuser.load(`${origin}/tiny/`);
      return (await model.sample({ steps: 1 }).result()).x.length;
    }, elsewhere.origin);
    assert.equal(x, 64);
  } finally {
    await elsewhere.close();
  }
});

test("options of create are checked", async () => {
  const page = await blankPage(browser, site);
  const codes = await page.evaluate(() => {
    const { Diffuser } = unnoise;
    return Promise.all([
      codeOf(() => Diffuser.create({ threads: 2 })),
      codeOf(() => Diffuser.create({ backend: "gpu" })),
      codeOf(() => Diffuser.create({ assets: 5 })),
      codeOf(() => Diffuser.create({ assets: "http://[" })),
      codeOf(() => Diffuser.create({ onProgress: "yes" })),
      codeOf(() => Diffuser.create(null)),
    ]);
  });
  assert.deepEqual(codes, [
    "unknown-option",
    "invalid-backend",
    "invalid-assets",
    "invalid-assets",
    "invalid-on-progress",
    "invalid-options",
  ]);
});
