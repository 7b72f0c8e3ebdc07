// Folders that are dropped on the page, as the browser itself hands them over; and pictures where some are measured.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { setUp } from "./helpers.mjs";
import { openPage, problem, text, untilRun } from "./page-site.mjs";
import { tinyConfig, tinyScheduler, tinyWeights } from "./tiny-model.mjs";

const { browser, site } = await setUp({ whole: true });
let temporary;
before(async () => {
  temporary = await mkdtemp(join(tmpdir(), "unnoise-folders-"));
});
after(() => rm(temporary, { recursive: true }));
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

/** Writes files below a folder, by their paths. */
async function folder(name, files) {
  await mkdir(join(temporary, name), { recursive: true });
  for (const [path, content] of Object.entries(files)) {
    const file = join(temporary, name, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content instanceof Uint8Array ? content : JSON.stringify(content));
  }
  return join(temporary, name);
}

/** Drops files or folders of this computer in the middle of the page. */
async function drop(page, ...files) {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files, dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"]) {
    await session.send("Input.dispatchDragEvent", { type, x: 300, y: 300, data });
  }
}

const named = (page, name) =>
  page.waitForFunction((name) => document.getElementById("model-name")?.textContent === name, name);

const WEIGHTS = new Uint8Array(tinyWeights());
const PIPELINE = {
  "model_index.json": { _class_name: "DDPMPipeline" },
  "labels.json": ["hat", "scarf", "no class"],
  "scheduler/scheduler_config.json": tinyScheduler,
  "unet/config.json": tinyConfig,
  "unet/diffusion_pytorch_model.safetensors": WEIGHTS,
};

test("a model's folder is loaded, under the name that it has", async () => {
  const page = await openPage(browser, site, "steps=2&images=1");
  const others = {
    // Another network's, which must not be taken for this one's.
    "safety_checker/config.json": { architectures: ["CLIP"] },
    "safety_checker/model.safetensors": new Uint8Array(8),
    ".git/config": {},
  };
  await drop(page, await folder("My `Model`", { ...PIPELINE, ...others }));
  await named(page, "My `Model`");
  assert.equal(await text(page, "model-warnings"), "");
  const chips = await page.$$eval("#class-chips label", (labels) => labels.map((label) => label.textContent));
  assert.deepEqual(chips, ["one of each", "any", "hat", "scarf"]);
  await page.click("#generate");
  await untilRun(page, "done");
});

test("which of unet/ and unet_ema/ is taken is told, with the way to the other", async () => {
  const averaged = { ...tinyScheduler, num_train_timesteps: 700 };
  const files = {
    ...PIPELINE,
    "unet_ema/config.json": { ...tinyConfig, act_fn: "gelu" },
    "unet_ema/diffusion_pytorch_model.safetensors": WEIGHTS,
  };
  const page = await openPage(browser, site, "steps=2&images=1");
  const both = await folder("Both", files);
  await drop(page, both);
  await named(page, "Both");
  assert.match(
    await text(page, "model-warnings"),
    /^The folder has unet\/ and unet_ema\/\. unet\/ is used, .*drop the files of unet_ema\/ together with scheduler_config/,
  );
  // As it says: the averaged weights, with a scheduler.
  await writeFile(join(both, "scheduler/scheduler_config.json"), JSON.stringify(averaged));
  const parts = ["unet_ema/config.json", "unet_ema/diffusion_pytorch_model.safetensors"];
  await drop(page, ...[...parts, "scheduler/scheduler_config.json"].map((file) => join(both, file)));
  await page.waitForFunction(() => document.getElementById("steps")?.max === "700");
  assert.equal(await text(page, "model-warnings"), "");

  for (const [path, content] of Object.entries(files)) {
    const body = content instanceof Uint8Array ? Buffer.from(content) : JSON.stringify(content);
    const type = content instanceof Uint8Array ? "application/octet-stream" : "application/json";
    site.put(`/both/${path}`, { type, body });
  }
  await openPage(browser, site, "steps=2&images=1", { model: "/both/" }).then(async (page) => {
    const warning = new RegExp(`The averaged weights are the model at ${site.origin}/both/unet_ema/$`);
    assert.match(await text(page, "model-warnings"), warning);
  });
});

test("the folder of the network alone is a model too; without its config it says what is missing", async () => {
  const page = await openPage(browser, site, "steps=2&images=1");
  const bare = { "scheduler_config.json": tinyScheduler, "model.safetensors": WEIGHTS };
  await drop(page, await folder("half", bare));
  assert.match(await problem(page, "model"), /^“model\.safetensors” has the weights of a model\. Add its config\.json/);
  assert.equal(await text(page, "model-name"), "tiny");
  await drop(page, await folder("whole", { ...bare, "config.json": tinyConfig }));
  await named(page, "whole");
  assert.equal(await text(page, "model-problem"), "");
});

test("an empty folder, and one of other things, are refused by what they are", async () => {
  const page = await openPage(browser, site, "steps=2&images=1");
  await drop(page, await folder("Nothing", {}));
  assert.match(
    await problem(page, "run"),
    /^“Nothing” is a folder without files\. This page reads pictures, .*its folder/,
  );
  await drop(page, await folder("Texts", { "a.txt": new TextEncoder().encode("words") }));
  await page.waitForFunction(() => /a\.txt/.test(document.getElementById("run-problem")?.textContent));
  assert.match(await text(page, "run-problem"), /^“a\.txt” is a text file\. This page reads pictures/);
});

test("under the hood pictures are measured, from a folder or by themselves", async () => {
  const page = await openPage(browser, site, "steps=2&images=1");
  const picture = await page.evaluate(() => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 8, height: 8 });
    canvas.getContext("2d").fillRect(0, 0, 8, 4);
    return canvas.toDataURL("image/jpeg").split(",")[1];
  });
  const bytes = new Uint8Array(Buffer.from(picture, "base64"));
  await page.click("#tab-hood");
  await page.waitForSelector("#variance-plot canvas");
  const path = await folder("Pictures", { "a.jpg": bytes, "b.jpg": bytes, "c.jpg": bytes });
  await drop(page, path);
  await page.waitForFunction(() => /^3 images from files/.test(document.getElementById("estimate-cost")?.textContent));
  await drop(page, join(path, "a.jpg"));
  await page.waitForFunction(() => /^1 image from files/.test(document.getElementById("estimate-cost")?.textContent));
  await page.click("#tab-generate");
  await drop(page, join(path, "a.jpg"));
  await page.waitForSelector("#edit:not([hidden])");
});
