// The page while it loads, its back ends, other models, and a crash.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { afterEach, test } from "node:test";
import { setUp } from "./helpers.mjs";
import { choose, count, openPage, pixels, problem, TRAP, text, untilRun } from "./page-site.mjs";
import { tinyConfig, tinyScheduler, tinyWeights } from "./tiny-model.mjs";

const { browser, site } = await setUp();
afterEach(() => {
  for (const path of ["/pkg/cpu/unnoise.js", "/pkg/index.js", "/tiny/unet/config.json"]) site.drop(path);
  site.putModel("/tiny/");
  return Promise.all(browser.contexts().map((context) => context.close()));
});

/** A software adapter compiles its shaders for a minute on a busy machine, in milliseconds. */
const SOFTWARE_GPU = 240_000;

const generate = async (page) => {
  await page.click("#generate");
  await untilRun(page, "done");
};

/** A crash in the second step. */
const CRASH = `${TRAP}
  const whole = Network.prototype.predictImages;
  let steps = 0;
  Network.prototype.predictImages = async function (...given) { if (++steps > 1) trap(); return whole.apply(this, given); };`;

test("the page opens on the bundled model without a layout shift, a blank or a complaint", async () => {
  // What is said while loading can be over before a test gets to ask.
  const init = () => {
    globalThis.said = new Set();
    new MutationObserver(() => {
      const text = document.getElementById("loading-text");
      if (text?.checkVisibility()) globalThis.said.add(text.textContent);
    }).observe(document, { subtree: true, childList: true });
  };
  const options = { model: "", loaded: false, reducedMotion: "no-preference", init };
  const page = await openPage(browser, site, "", options);
  const progress = await page.waitForFunction(() => [...globalThis.said].find((said) => / of .* MB/.test(said)));
  assert.match(await progress.jsonValue(), /^Loading the (engine|weights): [\d.]+ of [\d.]+ MB$/);
  await untilRun(page, "done");
  assert.deepEqual(await count(page), [20, 20]);
  assert.match(await text(page, "caption"), /^DDIM η 0\.5 · 20 steps · face · guidance 1\.5 · seed \d+$/);
  assert.equal(await text(page, "model-size"), "3.6 M parameters, 32 × 32 colour");
  // On a slow machine what a run costs takes a line more: 0.0005, where 0.1 counts as good.
  const shifts = await page.evaluate(() => globalThis.shifts);
  assert.deepEqual(
    shifts.filter(({ value }) => value > 0.001),
    [],
  );
  assert.deepEqual(page.complaints, []);
});

test("a page that comes in pieces is drawn when it is whole, so that nothing moves", async () => {
  const server = createServer(async (request, response) => {
    const answer = await fetch(new URL(request.url, site.origin));
    const body = Buffer.from(await answer.arrayBuffer());
    response.writeHead(answer.status, { "Content-Type": answer.headers.get("Content-Type") });
    const cut = body.indexOf('<div class="wrap under">');
    if (cut < 0) return response.end(body);
    response.write(body.subarray(0, cut));
    setTimeout(() => response.end(body.subarray(cut)), 1000);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const origin = `http://127.0.0.1:${server.address().port}`;
  const page = await openPage(browser, { origin }, "", { model: "" });
  await page.waitForTimeout(300);
  const shifts = await page.evaluate(() => globalThis.shifts);
  server.closeAllConnections();
  server.close();
  assert.deepEqual(
    shifts.filter(({ value }) => value > 0.001),
    [],
  );
});

test("the classes and the settings that stand in the page are those of the bundled model", async () => {
  const labels = await (await fetch(`${site.origin}/models/emoji/labels.json`)).json();
  const { sampler, ...defaults } = await (await fetch(`${site.origin}/models/emoji/defaults.json`)).json();
  // What stands there before the model is, on a page that fetches nothing yet.
  const init = () => Object.defineProperty(navigator, "connection", { value: { saveData: true } });
  const frugal = await openPage(browser, site, "", { model: "", loaded: false, init });
  for (const [name, value] of Object.entries(defaults))
    assert.equal(await frugal.inputValue(`#${name}`), String(value));
  assert.ok(await frugal.isChecked(`[name=sampler][value=${sampler}]`));
  assert.deepEqual(await text(frugal, "model-name"), "Emoji");
  const standsSo = (page) => page.$$eval("#panel [id]", (all) => all.map(({ id, hidden }) => `${id} ${hidden}`));
  const page = await openPage(browser, site, "", { model: "", loaded: false });
  const standing = () => page.$$eval("#class-chips label", (chips) => chips.map((chip) => chip.textContent.trim()));
  const before = await standing();
  await page.evaluate(() => document.querySelector("#class-chips label").setAttribute("data-kept", ""));
  await page.waitForSelector("#loading", { state: "hidden" });
  assert.deepEqual(before, ["one of each", "any", ...labels.slice(0, -1)]);
  assert.deepEqual(await standsSo(frugal), await standsSo(page));
  assert.equal(await page.locator("[data-kept]").count(), 1);
});

test("Generate pressed while the model is on its way begins when it is there", async () => {
  let release;
  const held = new Promise((resolve) => {
    release = resolve;
  });
  const config = { type: "application/json", body: JSON.stringify(tinyConfig) };
  site.put("/tiny/unet/config.json", () => held.then(() => config));
  const page = await openPage(browser, site, "steps=3&seed=1", { loaded: false });
  await page.click("#generate");
  assert.equal(await text(page, "cost"), "Begins as soon as the model is loaded.");
  release();
  await untilRun(page, "done");
  assert.deepEqual(await count(page), [3, 3]);
});

test("under data saver nothing is downloaded before Generate, and the size is said", async () => {
  const init = () => Object.defineProperty(navigator, "connection", { value: { saveData: true } });
  const from = site.requests.length;
  const page = await openPage(browser, site, "steps=2", { init, model: "", loaded: false });
  await page.waitForFunction(() => / MB /.test(document.getElementById("loading-text")?.textContent));
  assert.match(await text(page, "loading-text"), /^Data saver is on\. Generate downloads [\d.]+ MB first\.$/);
  assert.equal(site.bytes(/\.wasm$|\.safetensors$/, from), 0);
  await generate(page);
  assert.deepEqual(await count(page), [2, 2]);
});

test("a forced CPU is taken, and the chip says why", async () => {
  const page = await openPage(browser, site, "backend=cpu&steps=2");
  assert.match(await text(page, "backend-text"), /^CPU/);
  await page.click("#backend-chip");
  assert.equal(await text(page, "info-reason"), "asked for");
  assert.match(await text(page, "info-adapter"), /SIMD128/);
  assert.equal(await page.isChecked("input[name=backend][value=cpu]"), true);
});

test("a forced WebGPU is taken where there is a device", async () => {
  const page = await openPage(browser, site, "backend=webgpu&steps=2&images=1&seed=3", { loaded: false });
  await page.waitForSelector("#loading", { state: "hidden", timeout: SOFTWARE_GPU });
  assert.match(await text(page, "backend-text"), /^WebGPU/);
  page.setDefaultTimeout(SOFTWARE_GPU);
  await generate(page);
  assert.equal(await text(page, "info-reason"), "asked for");
  assert.deepEqual(page.complaints, []);
});

test("a forced WebGPU that is not there is said beside the back end, and the CPU runs", async () => {
  const init = () => delete Navigator.prototype.gpu;
  const page = await openPage(browser, site, "backend=webgpu&steps=2", { init });
  assert.match(await problem(page, "backend"), /WebGPU.*Running on CPU instead\.$/);
  assert.equal(await page.isVisible("#backend-problem"), true);
  await generate(page);
  assert.match(await text(page, "backend-text"), /^CPU/);
});

test("a back end that cannot be had leaves the one that runs", async () => {
  const page = await openPage(browser, site, "steps=2", { init: () => delete Navigator.prototype.gpu });
  await page.click("#more summary");
  await choose(page, "backend", "webgpu");
  assert.match(await problem(page, "backend"), /Still running on CPU\.$/);
  assert.equal(await page.isChecked("input[name=backend][value=cpu]"), true);
  await generate(page);
  await choose(page, "backend", "auto");
  await page.waitForSelector("#loading", { state: "hidden" });
  assert.equal(await text(page, "backend-problem"), "");
  await generate(page);
});

test("another model is loaded from an address, with its own classes", async () => {
  site.putModel("/other/", { labels: ["hat", "scarf", "no class"] });
  const page = await openPage(browser, site, "steps=2&class=b");
  await page.click("#model-change");
  await page.fill("#model-url", `${site.origin}/other/`);
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.getElementById("model-name")?.textContent === "other");
  assert.equal(await page.isVisible("#model-form"), false);
  const chips = await page.$$eval("#class-chips label", (labels) => labels.map((label) => label.textContent));
  assert.deepEqual(chips, ["one of each", "any", "hat", "scarf"]);
  await choose(page, "class", "1");
  await generate(page);
  assert.match(await text(page, "caption"), /scarf/);
});

test("files of one's own are a model too", async () => {
  const page = await openPage(browser, site, "steps=2", { model: "" });
  const json = (name, value) => ({ name, mimeType: "application/json", buffer: Buffer.from(JSON.stringify(value)) });
  const weights = { name: "w.safetensors", mimeType: "application/octet-stream", buffer: Buffer.from(tinyWeights()) };
  await page.click("#model-change");
  await page.setInputFiles("#model-files", [json("config.json", tinyConfig)]);
  assert.match(await problem(page, "model"), /^There are no weights among these files \(config\.json\)/);
  const scheduler = json("scheduler_config.json", tinyScheduler);
  await page.setInputFiles("#model-files", [json("config.json", tinyConfig), weights, scheduler]);
  await page.waitForFunction(() => document.getElementById("model-name")?.textContent === "Files of yours");
  assert.match(await text(page, "model-size"), /8 × 8$/);
  assert.equal(await text(page, "model-problem"), "");
  const chips = await page.$$eval("#class-chips label", (labels) => labels.map((label) => label.textContent));
  assert.deepEqual(chips, ["one of each", "class 0", "class 1", "class 2"]);
  await generate(page);
});

const BAD_MODELS = [
  ["a web page", "/app/", /not a.*model|web page/i],
  ["nothing", "/nothing/", /404/],
  ["torn weights", "/torn/", /weights|byte/i],
];

for (const [what, folder, sentence] of BAD_MODELS) {
  test(`an address that holds ${what} is said beside the model, and the old one keeps working`, async () => {
    const html = { type: "text/html; charset=utf-8", body: "<!doctype html><title>app</title>" };
    for (const file of ["unet/config.json", "config.json"]) site.put(`/app/${file}`, html);
    site.putModel("/torn/", { weights: tinyWeights().slice(0, 500) });
    const page = await openPage(browser, site, "steps=2");
    await page.fill("#seed", "1");
    await generate(page);
    const before = await pixels(page);
    await page.click("#model-change");
    await page.fill("#model-url", site.origin + folder);
    await page.click("#model-load");
    const said = await problem(page, "model");
    assert.match(said, sentence);
    assert.match(said, /tiny stays loaded\.$/);
    assert.equal(await page.isVisible("#model-form"), true);
    await generate(page);
    assert.equal(await pixels(page), before);
  });
}

test("a model that the address names in vain is said, and the bundled one is loaded", async () => {
  const page = await openPage(browser, site, "steps=1&images=1", { model: "/nothing/" });
  assert.match(await problem(page, "model"), /404.*Loaded Emoji instead\.$/);
  await generate(page);
});

test("after a crash a button starts a fresh engine", async () => {
  site.patch("/pkg/cpu/unnoise.js", { after: CRASH });
  const page = await openPage(browser, site, "steps=4");
  await page.click("#generate");
  await page.waitForSelector("#crash", { state: "visible" });
  assert.match(await text(page, "crash-text"), /crashed/);
  assert.equal(await text(page, "backend-text"), "not running");
  site.drop("/pkg/cpu/unnoise.js");
  await page.click("#restart");
  await page.waitForSelector("#loading", { state: "hidden" });
  assert.equal(await page.isVisible("#crash"), false);
  await generate(page);
  assert.deepEqual(await count(page), [4, 4]);
});

test("a library that cannot be loaded is said, with a way to try again", async () => {
  site.put("/pkg/index.js", { status: 404, body: "no such file" });
  const page = await openPage(browser, site, "", { loaded: false });
  await page.waitForSelector("#crash", { state: "visible" });
  assert.equal(await text(page, "backend-text"), "not running");
  assert.equal(await text(page, "restart"), "Try again");
  site.drop("/pkg/index.js");
  await page.click("#restart");
  await page.waitForSelector("#loading", { state: "hidden" });
  await page.fill("#steps", "2");
  await generate(page);
});
