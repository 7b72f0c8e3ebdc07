// "What Analytic-DPM has to know": measuring the table on the page, from image files or from the pictures on the stage.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { afterEach, test } from "node:test";
import { setUp } from "./helpers.mjs";
import { choose, openPage, problem, text, untilRun } from "./page-site.mjs";
import { constantWeights, tinyScheduler } from "./tiny-model.mjs";

const N = 12;
const scheduler = { ...tinyScheduler, num_train_timesteps: N };

/** Glue code after the CPU module's own: no call of a measurement comes back before the test lets it. */
const HELD = `const swift = Measurement.prototype.step;
  const gate = new BroadcastChannel("gate");
  let open;
  const opened = new Promise((resolve) => { open = resolve; });
  gate.onmessage = open;
  let calls = 0;
  Measurement.prototype.step = async function (network) {
    if (++calls > 3) await opened;
    return swift.call(this, network);
  };`;

const { browser, site } = await setUp();
site.putModel("/plain/", { scheduler });
site.putModel("/half/", { scheduler, weights: constantWeights(0.5) });
site.putModel("/known/", { scheduler, analytic: { mean_sq_eps: new Array(N + 1).fill(0.5) } });
afterEach(() => {
  site.drop("/pkg/cpu/unnoise.js");
  return Promise.all(browser.contexts().map((context) => context.close()));
});

async function openHood(query = "", options = {}) {
  const page = await openPage(browser, site, query, { model: "/plain/", ...options });
  page.complaints = page.complaints.filter((complaint) => !/404/.test(complaint));
  await page.click("#tab-hood");
  await page.waitForSelector("#path-legend li");
  return page;
}

/** Image files, painted in the browser: a gradient of each size. */
const paint = (page, sizes) =>
  page.evaluate(async (sizes) => {
    const files = sizes.map(async ([width, height], index) => {
      const canvas = new OffscreenCanvas(width, height);
      const context = canvas.getContext("2d");
      const gradient = context.createLinearGradient(0, 0, width, height);
      gradient.addColorStop(0, "black");
      gradient.addColorStop(1, index % 2 === 0 ? "white" : "orange");
      context.fillStyle = gradient;
      context.fillRect(0, 0, width, height);
      const bytes = new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer());
      return { name: `${index}.png`, mimeType: "image/png", bytes: [...bytes] };
    });
    return Promise.all(files);
  }, sizes);

async function chooseFiles(page, sizes) {
  const painted = await paint(page, sizes);
  const files = painted.map(({ bytes, ...file }) => ({ ...file, buffer: Buffer.from(bytes) }));
  await page.setInputFiles("#estimate-files", files);
}

const untilCost = (page, pattern) =>
  page.waitForFunction((p) => new RegExp(p).test(document.getElementById("estimate-cost")?.textContent), pattern);

const untilSaved = (page) => page.waitForSelector("#estimate-save:not([hidden])");

test("a model without a table gets one from image files, and Analytic-DPM and the optimal trajectory with it", async () => {
  const page = await openHood("steps=4&images=2&seed=3");
  assert.equal(await page.isDisabled("#estimate-begin"), true);
  assert.match(await text(page, "estimate-cost"), /^Choose image files/);
  assert.match(await text(page, "estimate-state"), /no table yet/);
  await chooseFiles(page, [
    [8, 8],
    [30, 20],
    [5, 64],
  ]);
  await untilCost(page, "^3 images from files\\. 12 calls of the network, each for 3 images");
  await page.click("#estimate-begin");
  await untilSaved(page);
  assert.match(await text(page, "estimate-state"), /^Measured on 3 images\./);
  await page.waitForFunction(() => document.querySelectorAll("#variance-legend li").length === 6);
  await page.waitForFunction(() => /optimal/.test(document.getElementById("path-legend")?.textContent));

  await choose(page, "sampler", "analytic");
  await page.click("#more summary");
  await page.selectOption("#trajectory", "optimal");
  await page.click("#generate");
  await untilRun(page, "done");
  assert.match(await text(page, "caption"), /^Analytic-DDPM · 4 steps/);
  assert.equal(await text(page, "run-problem"), "");
  assert.deepEqual(page.complaints, []);
});

test("the table is saved as the file that stands beside a model, and loads again", async () => {
  const page = await openHood("steps=2", { model: "/half/" });
  await chooseFiles(page, [[8, 8]]);
  await untilCost(page, "^1 image from files");
  await page.click("#estimate-begin");
  await untilSaved(page);
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#estimate-save")]);
  assert.equal(download.suggestedFilename(), "analytic_dpm.json");
  const { mean_sq_eps: table } = JSON.parse(await readFile(await download.path(), "utf8"));
  // The network answers 0.5 whatever it is asked.
  assert.deepEqual(table, [0, ...new Array(N).fill(0.25)]);

  site.putModel("/again/", { scheduler, analytic: { mean_sq_eps: table } });
  const again = await openHood("steps=2", { model: "/again/" });
  assert.match(await text(again, "estimate-state"), /has its table/);
});

test("the files reach the network as they are: scaled, grey, in [-1, 1], and at their own size to the last byte", async () => {
  // What the page sends to its worker on the way to the network.
  const page = await openHood("steps=2");
  await page.evaluate(() => {
    const { postMessage } = MessagePort.prototype;
    const seen = (message) => {
      if (message instanceof Float32Array && message.length === 128) globalThis.seen = Array.from(message);
      else if (Array.isArray(message)) message.forEach(seen);
      else if (message && typeof message === "object") Object.values(message).forEach(seen);
    };
    for (const type of [Worker, MessagePort]) {
      const send = type === MessagePort ? postMessage : type.prototype.postMessage;
      type.prototype.postMessage = function (...message) {
        seen(message);
        return send.apply(this, message);
      };
    }
  });
  const files = await page.evaluate(async () => {
    const make = async (width, height, pixel) => {
      const canvas = new OffscreenCanvas(width, height);
      const context = canvas.getContext("2d");
      const image = context.createImageData(width, height);
      for (let i = 0; i < width * height; i++) image.data.set([...pixel(i), 255], 4 * i);
      context.putImageData(image, 0, 0);
      return [...new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer())];
    };
    // One of the model's own size, and a red one that is wider.
    return [await make(8, 8, (i) => [4 * i, 4 * i, 4 * i]), await make(24, 16, () => [255, 0, 0])];
  });
  await page.setInputFiles(
    "#estimate-files",
    files.map((bytes, i) => ({ name: `${i}.png`, mimeType: "image/png", buffer: Buffer.from(bytes) })),
  );
  await untilCost(page, "^2 images");
  await page.click("#estimate-begin");
  await untilSaved(page);
  const seen = await page.evaluate(() => globalThis.seen);
  const grey = (byte) => byte / 127.5 - 1;
  for (let i = 0; i < 64; i++) {
    assert.ok(Math.abs(seen[i] - grey(4 * i)) < 1e-6, `pixel ${i}: ${seen[i]}`);
    // BT.709's share of red in linear light, 0.2126, through sRGB's curve.
    assert.ok(Math.abs(seen[64 + i] - grey(0.49844 * 255)) < 1e-5, `red pixel ${i}: ${seen[64 + i]}`);
  }
});

test("the pictures on the stage are taken instead, and files again after them", async () => {
  const page = await openHood("steps=2&images=5&seed=1");
  assert.equal(await page.isVisible("#estimate-take"), false);
  await page.click("#generate");
  await untilRun(page, "done");
  await page.click("#tab-hood");
  assert.equal(await text(page, "estimate-take"), "Take the 5 just made");
  await page.click("#estimate-take");
  assert.match(
    await text(page, "estimate-cost"),
    /^5 pictures generated by the model\. 12 calls of the network, each for 5 images: (about .*|under a second) on this machine\.$/,
  );
  assert.equal(await page.evaluate(() => document.activeElement.id), "estimate-begin");
  await page.keyboard.press("Enter");
  await untilSaved(page);
  assert.match(await text(page, "estimate-state"), /^Measured on 5 images\./);
  await chooseFiles(page, [[8, 8]]);
  await untilCost(page, "^1 image from files");
  assert.deepEqual(page.complaints, []);
});

test("measuring shows how far it is, and is cancelled within a step: the model stays without a table", async () => {
  site.patch("/pkg/cpu/unnoise.js", { after: HELD });
  const page = await openHood("steps=2");
  await chooseFiles(page, [[8, 8]]);
  await untilCost(page, "^1 image");
  await page.focus("#estimate-begin");
  await page.keyboard.press("Enter");
  await untilCost(page, "^timestep 3 of 12$");
  assert.equal(await page.$eval("#estimate-progress", (bar) => bar.value), 3 / N);
  assert.equal(await page.evaluate(() => document.activeElement.id), "estimate-cancel");
  assert.equal(await page.isDisabled("#estimate-files"), true);
  await page.keyboard.press("Enter");
  await page.evaluate(() => new BroadcastChannel("gate").postMessage("open"));
  await page.waitForSelector("#estimate-begin:not([hidden])");
  assert.match(await text(page, "estimate-cost"), /^Cancelled\. 1 image from files/);
  assert.match(await text(page, "estimate-state"), /no table yet/);
  assert.equal(await page.isDisabled("input[name=sampler][value=analytic]"), true);
  assert.equal(await page.isVisible("#estimate-save"), false);

  await page.click("#estimate-begin");
  await untilSaved(page);
  assert.equal(await page.isEnabled("input[name=sampler][value=analytic]"), true);
  assert.deepEqual(page.complaints, []);
});

test("what is no picture, and too many at once, are said in words, and nothing is measured", async () => {
  const page = await openHood("steps=2");
  await page.setInputFiles("#estimate-files", {
    name: "notes.txt",
    mimeType: "image/png",
    buffer: Buffer.from("hello"),
  });
  assert.equal(await problem(page, "estimate"), "The file notes.txt is not a picture that this browser can read.");
  assert.equal(await page.isDisabled("#estimate-begin"), true);
  await chooseFiles(page, [[8, 8]]);
  await untilCost(page, "^1 image");
  assert.equal(await text(page, "estimate-problem"), "");

  const [one] = await paint(page, [[1, 1]]);
  const buffer = Buffer.from(one.bytes);
  const many = Array.from({ length: 201 }, (_, i) => ({ name: `${i}.png`, mimeType: "image/png", buffer }));
  await page.setInputFiles("#estimate-files", many);
  assert.equal(await problem(page, "estimate"), "201 files are chosen: at most 200 are measured at once.");
  assert.equal(await page.isDisabled("#estimate-begin"), true);
});

test("another model begins anew", async () => {
  const page = await openHood("steps=2");
  await chooseFiles(page, [[8, 8]]);
  await untilCost(page, "^1 image");
  await page.click("#estimate-begin");
  await untilSaved(page);
  await page.click("#model-change");
  await page.fill("#model-url", `${site.origin}/known/`);
  await page.click("#model-load");
  await page.waitForFunction(() => /has its table/.test(document.getElementById("estimate-state")?.textContent));
  assert.equal(await page.isVisible("#estimate-save"), false);
  assert.equal(await page.isDisabled("#estimate-begin"), true);
});
