// The back end: choosing the one that runs changes nothing, the chip says how fast it is, per image and step, and what was measured.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { afterEach, test } from "node:test";
import { setUp } from "./helpers.mjs";
import { choose, count, openPage, pixels, slowSteps, text, untilRun, untilStep } from "./page-site.mjs";

const SLOW = 60;
const MODULE = new URL("../../pkg/cpu/unnoise_relaxed_bg.wasm", import.meta.url);
const { browser, site } = await setUp();
afterEach(() => {
  for (const path of ["cpu/unnoise.js", "webgpu/unnoise.js", "webgpu/unnoise_bg.wasm"]) site.drop(`/pkg/${path}`);
  return Promise.all(browser.contexts().map((context) => context.close()));
});

const slowly = async (query) => {
  site.patch("/pkg/cpu/unnoise.js", { after: slowSteps(SLOW) });
  return openPage(browser, site, query);
};

test("choosing the back end that is in use stops nothing", async () => {
  const page = await slowly("steps=100&images=1&backend=auto");
  await page.click("#more summary");
  await page.click("#generate");
  await untilStep(page, 1);
  const since = site.requests.length;
  await choose(page, "backend", "cpu");
  await page.waitForTimeout(300);
  assert.equal(await page.getAttribute("#stage", "aria-busy"), "true");
  await untilRun(page, "done");
  assert.deepEqual(await count(page), [100, 100]);
  assert.deepEqual(
    site.requests.slice(since).filter(({ path }) => path.includes("worker")),
    [],
  );
  await page.waitForFunction(() => new URLSearchParams(location.search).get("backend") === "cpu");
});

test("the chip's time is that of one image, however many are made at once", async () => {
  const page = await slowly("steps=6&images=8&class=a");
  await page.click("#generate");
  await untilRun(page, "done");
  const said = await text(page, "backend-text");
  const [, workers, time] = /^CPU, (\d+) workers · ([\d.]+) ms per image and step$/.exec(said) ?? [];
  const turns = Math.ceil(8 / Number(workers));
  // Beside what a step of all eight took on this machine.
  const [, amount, unit] = /^([\d.]+) (m?s)$/.exec(await text(page, "read-ms")) ?? [];
  const perStep = Number(amount) * (unit === "s" ? 1000 : 1);
  assert.ok(Number(time) < (2 * perStep) / turns, `${said}, ${turns} images one after the other, ${perStep} ms`);
  await page.click("#backend-chip");
  assert.equal(await text(page, "info-speed"), `${time} ms per image and step`);
  // It is known on the next visit before anything runs.
  await page.reload();
  await page.waitForSelector("#loading", { state: "hidden" });
  assert.equal(await text(page, "backend-text"), said);
});

/** The page on the automatic choice, with the CPU's module in place of WebGPU's; so many milliseconds slower are the two. */
async function choosing({ cpu = 0, webgpu = 0, context } = {}, query = "steps=2&images=8&class=a") {
  // Without further workers a prediction of a batch is one call.
  const slowPrediction = (ms) => `const quick = Network.prototype.predict;
    Network.prototype.predict = async function (...given) {
      await new Promise((resolve) => setTimeout(resolve, ${ms}));
      return quick.apply(this, given);
    };`;
  site.patch("/pkg/cpu/unnoise.js", { after: slowSteps(cpu) + slowPrediction(cpu) });
  site.patch("/pkg/webgpu/unnoise.js", { from: "/pkg/cpu/unnoise.js", after: slowPrediction(webgpu) });
  site.put("/pkg/webgpu/unnoise_bg.wasm", { type: "application/wasm", body: await readFile(MODULE) });
  if (context) return context.reload();
  return openPage(browser, site, `${query}&backend=auto`);
}

const generate = async (page) => {
  await page.click("#generate");
  await untilRun(page, "done");
};
const untilChip = (page, words) =>
  page.waitForFunction((words) => document.getElementById("backend-text")?.textContent.includes(words), words);

test("the chip says how much faster WebGPU is than this CPU, and the next visit knows it", async () => {
  const page = await choosing({ cpu: 200 });
  assert.match(await text(page, "info-reason"), /^starts at once; WebGPU is measured after the first run$/);
  await generate(page);
  const before = await pixels(page);
  await page.waitForFunction(() => document.getElementById("info-reason")?.textContent.startsWith("measured"));
  const said = await text(page, "backend-text");
  const [, times] = /^WebGPU, ([\d.]+) times faster than this CPU for 8 images$/.exec(said) ?? [];
  assert.ok(Number(times) > 1, said);
  const reason = await text(page, "info-reason");
  assert.match(reason, /^measured for 8 images: [\d.]+ m?s on this CPU, [\d.]+ m?s on WebGPU$/);
  assert.equal(await text(page, "info-kind"), "WebGPU");
  assert.equal(await pixels(page), before, "the pictures stay");
  await generate(page);
  assert.equal(await text(page, "backend-text"), said);

  // Were it measured again, the CPU would win.
  await choosing({ webgpu: 200, context: page });
  await page.waitForSelector("#loading", { state: "hidden" });
  assert.match(await text(page, "backend-text"), /^CPU/);
  await generate(page);
  await untilChip(page, "WebGPU");
  assert.deepEqual([await text(page, "backend-text"), await text(page, "info-reason")], [said, reason]);
  assert.deepEqual(page.complaints, []);
});

test("the chip says it in German too, and what is not to be read in the store is left", async () => {
  const page = await choosing({ webgpu: 200 }, "steps=2&images=8&class=a&lang=de");
  await page.evaluate(() =>
    localStorage.setItem("unnoise.timings", `[{"model":3},null,{"at":1},{"at":${Date.now()}}]`),
  );
  await page.reload();
  await page.waitForSelector("#loading", { state: "hidden" });
  await page.click("#generate");
  await page.waitForFunction(() =>
    document.getElementById("info-reason")?.textContent.startsWith("für 8 Bilder gemessen: "),
  );
  assert.match(await text(page, "backend-text"), /^CPU, /);
  const kept = await page.evaluate(() => JSON.parse(localStorage.getItem("unnoise.timings")));
  assert.equal(kept.at(-1).images, 8);
});

test("the CPU stays where it was chosen while the automatic choice had it", async () => {
  const page = await choosing({ cpu: 200 });
  const since = site.requests.length;
  await page.click("#more summary");
  await choose(page, "backend", "cpu");
  await generate(page);
  await page.waitForTimeout(2000);
  assert.match(await text(page, "backend-text"), /^CPU/);
  assert.equal(site.bytes(/webgpu\/unnoise_bg|pkg\/auto/, since), 0);
});
