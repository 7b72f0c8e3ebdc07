// Choosing and starting a back end.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, afterEach, before, test } from "node:test";
import { blankPage, launch, poseAsHardware, Site } from "./helpers.mjs";

let browser;
let site;
before(async () => {
  browser = await launch();
});
after(() => browser.close());
before(async () => {
  site = await Site.start();
});
after(() => site.close());
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

test("the automatic choice leaves a software adapter alone and says so", async () => {
  const page = await blankPage(browser, site);
  const from = site.requests.length;
  const backend = await create(page, {});
  assert.equal(backend.kind, "cpu");
  assert.equal(backend.reason, "only a software adapter (SwiftShader)");
  assert.match(backend.adapter, /SIMD128/);
  assert.equal(site.bytes(/webgpu/, from), 0);
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

test("WebGPU starts without timestamp-query, by itself and where it is asked for", async () => {
  site.patch("/pkg/worker.js", { before: NO_TIMESTAMPS });
  try {
    for (const [wanted, pose] of [
      ["webgpu", ""],
      ["auto", `(${poseAsHardware})();`],
    ]) {
      const page = await blankPage(browser, site, { init: NO_TIMESTAMPS + pose });
      assert.equal((await create(page, { backend: wanted })).kind, "webgpu", wanted);
    }
  } finally {
    site.drop("/pkg/worker.js");
  }
});

test("the automatic choice takes WebGPU on a hardware adapter", async () => {
  poseAsWebgpu("");
  const page = await blankPage(browser, site, { init: poseAsHardware });
  const backend = await create(page, {});
  assert.deepEqual([backend.kind, backend.reason], ["webgpu", "a hardware adapter with WebGPU"]);
});

test("a wrong known answer falls back to the CPU, and fails where WebGPU was asked for", async () => {
  poseAsWebgpu("Engine.prototype.selfTest = async () => 0.25;");
  const page = await blankPage(browser, site, { init: poseAsHardware });
  const backend = await create(page, {});
  assert.equal(backend.kind, "cpu");
  assert.match(
    backend.reason,
    /^WebGPU was tried and given up: .*known-answer check: relative error 0\.25; at most 0\.001 is allowed/,
  );
  const other = await blankPage(browser, site);
  assert.equal((await create(other, { backend: "webgpu" })).code, "self-test-failed");
});

test("a known answer that is no number is wrong too", async () => {
  poseAsWebgpu("Engine.prototype.selfTest = async () => NaN;");
  const page = await blankPage(browser, site, { init: poseAsHardware });
  assert.equal((await create(page, {})).kind, "cpu");
});

test("a device that does not open falls back, and is webgpu-unavailable where WebGPU was asked for", async () => {
  const device = 'Object.assign(new Error("the device failed: out of luck"), { code: "device", hint: "h" })';
  poseAsWebgpu(`Engine.open = async () => { throw ${device}; };`);
  const page = await blankPage(browser, site, { init: poseAsHardware });
  assert.match((await create(page, {})).reason, /given up: the device failed: out of luck/);
  const other = await blankPage(browser, site);
  const failed = await create(other, { backend: "webgpu" });
  assert.equal(failed.code, "webgpu-unavailable");
  assert.match(failed.message, /out of luck/);
});

test("a crash while the device opens falls back", async () => {
  poseAsWebgpu('Engine.open = async () => { throw new WebAssembly.RuntimeError("unreachable"); };');
  const page = await blankPage(browser, site, { init: poseAsHardware });
  assert.match((await create(page, {})).reason, /given up: the engine crashed: unreachable/);
});

test("a WebGPU module that is not there falls back, and is module-failed where it was asked for", async () => {
  site.put("/pkg/webgpu/unnoise.js", { status: 404 });
  const page = await blankPage(browser, site, { init: poseAsHardware });
  assert.match((await create(page, {})).reason, /given up: the webgpu module could not be loaded/);
  const other = await blankPage(browser, site);
  assert.equal((await create(other, { backend: "webgpu" })).code, "module-failed");
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
