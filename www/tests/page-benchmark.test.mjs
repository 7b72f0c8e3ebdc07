// "How fast this machine is": the benchmark of the page, its report and its end.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { setUp } from "./helpers.mjs";
import { openPage, problem, slowSteps, text } from "./page-site.mjs";

const { browser, site } = await setUp();
afterEach(() => {
  site.drop("/pkg/cpu/unnoise.js");
  return Promise.all(browser.contexts().map((context) => context.close()));
});

async function openHood(query = "") {
  const page = await openPage(browser, site, query);
  await page.click("#tab-hood");
  await page.waitForSelector("#benchmark-begin:not([disabled])");
  return page;
}

const untilState = (page, pattern) =>
  page.waitForFunction((p) => new RegExp(p).test(document.getElementById("benchmark-cost")?.textContent), pattern);

test("one image and sixteen are timed, and the report says on what, and is copied", async () => {
  const page = await openHood();
  assert.equal(await page.isVisible("#benchmark-report"), false);
  await page.click("#benchmark-begin");
  await untilState(page, "^Done");
  const report = await text(page, "benchmark-report");
  const lines = report.split("\n");
  assert.match(lines[0], /^unnoise, \d{4}-\d\d-\d\d$/);
  assert.match(lines[1], /^- model: .+, [\d.]+ M parameters, 8 × 8 × 1$/);
  assert.match(lines[2], /^- engine: CPU, \d+ workers; WebAssembly SIMD128, fused multiply-add$/);
  assert.match(lines[3], /^- browser: Mozilla.*Chrome.*; \d+ processors$/);
  const rows = lines.slice(-2).map((line) => line.split("|").map((cell) => cell.trim()));
  assert.deepEqual(
    rows.map(([, images]) => images),
    ["1", "16"],
  );
  for (const [, images, timed, median, range, speed] of rows) {
    const [least, most] = range.split(" to ").map(Number);
    assert.ok(Number(timed) >= 5, `${timed} steps`);
    assert.ok(0 < least && least <= Number(median) && Number(median) <= most, `${median} in ${range}`);
    const expected = (1000 * Number(images)) / Number(median);
    assert.ok(Math.abs(Number(speed) / expected - 1) < 0.05, `${speed}, not ${expected}`);
  }

  await page.evaluate(() => {
    navigator.clipboard.writeText = async (copied) => {
      globalThis.copied = copied;
    };
  });
  await page.click("#benchmark-copy");
  assert.equal(await page.evaluate(() => globalThis.copied), report);
  assert.deepEqual(page.complaints, []);
});

test("it is cancelled within a step, by its button and by whoever takes the engine", async () => {
  site.patch("/pkg/cpu/unnoise.js", { after: slowSteps(60) });
  const page = await openHood("steps=2&images=1");
  await page.click("#benchmark-begin");
  await untilState(page, "steps? timed");
  assert.equal(await page.isVisible("#benchmark-begin"), false);
  await page.click("#benchmark-cancel");
  await untilState(page, "^Cancelled");
  assert.equal(await page.isVisible("#benchmark-report"), false);

  await page.click("#benchmark-begin");
  await untilState(page, "steps? timed");
  await page.click("#generate");
  await page.waitForFunction(() => document.getElementById("outcome")?.textContent.startsWith("done"));
  assert.equal(await text(page, "benchmark-cost"), "Cancelled.");
  assert.deepEqual(page.complaints, []);
});

test("what goes wrong is said, and the button is there again", async () => {
  const broken = `Run.prototype.step = () => {
      throw Object.assign(new Error("the device is busy"), { code: "device" });
    };`;
  site.patch("/pkg/cpu/unnoise.js", { after: broken });
  const page = await openHood();
  await page.click("#benchmark-begin");
  await page.waitForSelector("#benchmark-begin:not([hidden])");
  assert.match(await problem(page, "benchmark"), /device is busy/);
});
