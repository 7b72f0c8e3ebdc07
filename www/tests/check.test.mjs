// Whether this machine's back ends compute the same: the library's check, and its card under the hood.
import assert from "node:assert/strict";
import { test } from "node:test";
import { blankPage, setUp } from "./helpers.mjs";
import { openPage, text } from "./page-site.mjs";

const { browser, site } = await setUp();

const check = (page) =>
  page.evaluate(async () => {
    const told = [];
    const diffuser = await unnoise.Diffuser.create({ backend: "cpu" });
    return { ...(await diffuser.check({ onProgress: (done) => told.push(done) })), told };
  });

test("every back end answers, and all agree with the CPU", async () => {
  const { backends, parts, told } = await check(await blankPage(browser, site));
  assert.deepEqual(
    backends.map(({ kind, device, failed }) => [kind, device, failed]),
    [
      ["cpu", "cpu", undefined],
      ["webgpu", "webgpu", undefined],
      ["burn", "webgpu", undefined],
    ],
  );
  for (const { adapter, knownAnswer } of backends)
    assert.ok(adapter && knownAnswer < 1e-4, `${adapter} ${knownAnswer}`);
  assert.ok(parts.length >= 8);
  for (const { name, answers } of parts) {
    assert.equal(answers[0].distance, 0);
    for (const { distance, ms } of answers.slice(1)) {
      assert.ok(distance > 0 && distance < 1e-4 && ms > 0, `${name}: ${distance} in ${ms} ms`);
    }
  }
  assert.deepEqual(
    told,
    told.toSorted((a, b) => a - b),
  );
  assert.equal(told.at(-1), 1);
});

test("a device that computes something else is seen in every part, and one that is missing says so", async () => {
  site.patch("/pkg/webgpu/unnoise.js", { before: `(${falsifyReads})();` });
  site.put("/pkg/burn/unnoise_bg.wasm", { status: 404 });
  const { backends, parts } = await check(await blankPage(browser, site));
  assert.ok(Math.abs(backends[1].knownAnswer - 0.01) < 1e-3);
  assert.match(backends[2].failed, /the burn module could not be loaded/);
  for (const { name, answers } of parts) {
    assert.ok(Math.abs(answers[1].distance - 0.01) < 1e-3, name);
    assert.equal(answers[2], null);
  }
  for (const file of ["webgpu/unnoise.js", "burn/unnoise_bg.wasm"]) site.drop(`/pkg/${file}`);
});

test("a check is aborted, and its options are checked", async () => {
  const page = await blankPage(browser, site);
  const [aborted, workers, unknown] = await page.evaluate(async () => {
    const diffuser = await unnoise.Diffuser.create({ backend: "cpu" });
    const controller = new AbortController();
    const onProgress = () => controller.abort();
    const failed = await failure(() => diffuser.check({ signal: controller.signal, onProgress }));
    const length = (await diffuser.load("/tiny/")).info.parameters;
    return [failed.name, length > 0, await codeOf(() => diffuser.check({ deep: true }))];
  });
  assert.deepEqual([aborted, workers, unknown], ["AbortError", true, "unknown-option"]);
  assert.equal(page.workers().length, 1, "the check's own workers are gone");
});

test("the card under the hood writes a report with the adapter's name", async () => {
  // burn on SwiftShader takes minutes, and has answered above.
  site.put("/pkg/burn/unnoise_bg.wasm", { status: 404 });
  const page = await openPage(browser, site);
  await page.click("#tab-hood");
  await page.click("#check-begin");
  page.setDefaultTimeout(600_000);
  await page.waitForFunction(() => document.getElementById("check-cost")?.textContent === "Done.");
  const report = await text(page, "check-report");
  assert.match(report, /^- CPU: WebAssembly SIMD128.*; known answer off by \d\.\de-\d$/m);
  assert.match(report, /^- WebGPU: .*swiftshader.*; known answer off by/m);
  assert.match(report, /^- burn on WebGPU: .*the burn module could not be loaded/m);
  assert.match(report, /^\| self-attention \| 0\.0e\+0, [\d.]+ ms \| \d\.\de-\d, [\d.]+ ms \| - \|$/m);
  assert.deepEqual(
    page.complaints.filter((told) => !told.includes("404")),
    [],
  );
  site.drop("/pkg/burn/unnoise_bg.wasm");
});

/** Runs in the worker before the glue: every float that is read back from the device is one per cent too large. */
function falsifyReads() {
  const { getMappedRange } = GPUBuffer.prototype;
  GPUBuffer.prototype.getMappedRange = function (...range) {
    const bytes = getMappedRange.apply(this, range);
    if (this.usage & GPUBufferUsage.MAP_READ) {
      const floats = new Float32Array(bytes, 0, bytes.byteLength >> 2);
      floats.set(floats.map((value) => value * 1.01));
    }
    return bytes;
  };
}
