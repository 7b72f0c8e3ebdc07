// The address is the state: it follows each run, and reloading, Back, Forward and copying it lead to the same again.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { setUp } from "./helpers.mjs";
import { choose, openPage, pixels, slowSteps, text, untilRun, untilStep } from "./page-site.mjs";

const { browser, site } = await setUp();
afterEach(() => {
  site.drop("/pkg/cpu/unnoise.js");
  return Promise.all(browser.contexts().map((context) => context.close()));
});

const PLAYS = { reducedMotion: "no-preference" };

/** A parameter of the address, once it has this value. */
async function until(page, name, value) {
  await page.waitForFunction(([n, v]) => new URLSearchParams(location.search).get(n) === v, [name, value]);
}

const generate = async (page) => {
  await page.click("#generate");
  await untilRun(page, "done");
};

const loaded = (page) => page.waitForSelector("#loading", { state: "hidden" });

test("after a run the address makes the same pictures, reloaded and copied", async () => {
  const page = await openPage(browser, site, "steps=3&images=2&seed=8&class=each", PLAYS);
  await untilRun(page, "done");
  await page.fill("#steps", "5");
  await choose(page, "sampler", "ddpm");
  await generate(page);
  await until(page, "sampler", "ddpm");
  const shown = [await text(page, "caption"), await pixels(page)];
  assert.match(shown[0], /^DDPM small · 5 steps/);
  await page.reload();
  await loaded(page);
  await untilRun(page, "done");
  assert.deepEqual([await text(page, "caption"), await pixels(page)], shown);
  const copy = await openPage(browser, site, new URL(page.url()).search, PLAYS);
  await untilRun(copy, "done");
  assert.deepEqual([await text(copy, "caption"), await pixels(copy)], shown);
  assert.deepEqual(page.complaints, []);
});

test("steps as diffusers' are a control, a part of the address and of Share, and other pictures", async () => {
  const query = "sampler=ddim&trajectory=linspace&steps=7&images=1&seed=3&class=a&rng=torch";
  const page = await openPage(browser, site, `${query}&compat=diffusers`, PLAYS);
  await untilRun(page, "done");
  assert.equal(await page.isChecked("#compat"), true);
  const shown = await pixels(page);
  await page.click("#share-open");
  await choose(page, "share-as", "python");
  await page.waitForFunction(() => document.getElementById("share-text")?.value.includes("import torch"));
  assert.match(await page.inputValue("#share-text"), /DDIMScheduler.*timestep_spacing="linspace"/);
  await choose(page, "share-as", "embed");
  await page.waitForFunction(() => document.getElementById("share-text")?.value.includes(' compat="diffusers"'));
  await page.keyboard.press("Escape");
  await page.click("#more summary");
  await page.click("#compat");
  await generate(page);
  await until(page, "compat", null);
  assert.notDeepEqual(await pixels(page), shown);
  await choose(page, "sampler", "vdm");
  assert.equal(await page.isVisible("#compat"), false);
  assert.deepEqual(page.complaints, []);
});

test("the sample that runs by itself sets controls and address, and the next run has a seed of its own", async () => {
  const page = await openPage(browser, site, "", PLAYS);
  await untilRun(page, "done");
  const made = await text(page, "caption");
  const seed = await page.inputValue("#seed");
  await until(page, "seed", seed);
  const [steps, images] = [await page.inputValue("#steps"), await page.inputValue("#images")];
  assert.ok(made.includes(`${steps} steps`), made);
  assert.match(await page.getAttribute("#canvas", "aria-label"), new RegExp(`^${images} images`));
  await page.reload();
  await loaded(page);
  await untilRun(page, "done");
  assert.equal(await text(page, "caption"), made);
  assert.equal(await page.isChecked("#fresh-seed"), true);
  await generate(page);
  assert.notEqual(await page.inputValue("#seed"), seed);
});

test("a reload in mid-run comes back to the same settings and seed", async () => {
  site.patch("/pkg/cpu/unnoise.js", { after: slowSteps(60) });
  const page = await openPage(browser, site, "images=1&class=a");
  await page.fill("#steps", "200");
  await page.click("#generate");
  await untilStep(page, 1);
  const seed = await page.inputValue("#seed");
  await until(page, "steps", "200");
  await page.reload();
  await loaded(page);
  assert.deepEqual([await page.inputValue("#steps"), await page.inputValue("#seed")], ["200", seed]);
});

/** Waits until the stage has its size again: it has none while another view is shown. */
const staged = (page) => page.waitForFunction(() => document.getElementById("canvas").width > 1);

test("Back and Forward go through the views and the settings of each", async () => {
  const page = await openPage(browser, site, "steps=2&images=1&seed=4&class=a");
  await generate(page);
  await until(page, "seed", "4");
  const first = await pixels(page);
  await page.click("#tab-compare");
  await page.waitForSelector(".shot");
  await page.click(".line-of-cells:nth-child(4) .cell:nth-child(2) .shot");
  await untilRun(page, "done");
  await until(page, "steps", "10");
  await staged(page);
  const [second, caption] = [await pixels(page), await text(page, "caption")];
  assert.equal(caption, "DDIM · 10 steps · a · seed 4");
  await page.goBack();
  await page.waitForSelector("#comparison:visible");
  assert.equal(await page.inputValue("#steps"), "2");
  await page.goBack();
  await page.waitForSelector("#canvas:visible");
  await page.waitForFunction(() => document.getElementById("caption")?.textContent.includes("2 steps"));
  await untilRun(page, "done");
  await staged(page);
  assert.equal(await pixels(page), first);
  await page.goForward();
  await page.waitForSelector("#comparison:visible");
  await page.goForward();
  await page.waitForFunction(() => document.getElementById("caption")?.textContent.includes("10 steps"));
  await untilRun(page, "done");
  await staged(page);
  assert.equal(await pixels(page), second);
  assert.deepEqual(page.complaints, []);
});

test("an interpolation stands in the address too, and Generate's pictures beside it", async () => {
  const page = await openPage(browser, site, "steps=2&images=1&seed=4&class=a");
  await page.click("#tab-interpolate");
  await page.fill("#seed-b", "9");
  await page.fill("#frames", "3");
  await page.click("#generate");
  await page.waitForFunction(() => document.getElementById("morph-outcome")?.textContent.startsWith("done"));
  await until(page, "frames", "3");
  await page.reload();
  await loaded(page);
  assert.equal(new URL(page.url()).hash, "#interpolate");
  await page.waitForFunction(() => document.getElementById("seed-b")?.value === "9");
  assert.equal(await page.inputValue("#frames"), "3");
  await page.click("#tab-generate");
  assert.equal(new URL(page.url()).hash, "#generate");
  await generate(page);
  await page.waitForFunction(() => !location.search.includes("frames"));
  await page.goBack();
  await page.waitForSelector("#interpolate:visible");
  assert.equal(await page.inputValue("#frames"), "3");
});

test("another model stands in the address as soon as it is there", async () => {
  site.putModel("/other/", { labels: ["x", "y", "none"] });
  const page = await openPage(browser, site, "steps=2&images=1&seed=4");
  await generate(page);
  await page.click("#model-change");
  await page.fill("#model-url", "/other/");
  await page.click("#model-load");
  await until(page, "model", "/other/");
  assert.equal(await page.evaluate(() => new URLSearchParams(location.search).get("backend")), "cpu");
});

test("Generate after a link makes new pictures, where nothing else was changed", async () => {
  const page = await openPage(browser, site, "steps=2&images=1&seed=4&class=a", PLAYS);
  await untilRun(page, "done");
  assert.equal(await page.isChecked("#fresh-seed"), false);
  await page.fill("#steps", "3");
  await generate(page);
  assert.equal(await text(page, "caption"), "DDIM · 3 steps · a · seed 4");
  await generate(page);
  assert.equal(await page.isChecked("#fresh-seed"), true);
  assert.notEqual(await page.inputValue("#seed"), "4");
  // A seed that was chosen by hand stays.
  await page.fill("#seed", "5");
  await generate(page);
  await generate(page);
  assert.equal(await text(page, "caption"), "DDIM · 3 steps · a · seed 5");
});

test("every link names its model, and the bundled ones by their folder, however they were given", async () => {
  // The tiny network in the place of the model that the page begins with.
  site.put("/models/emoji/unet/diffusion_pytorch_model.fp16.safetensors", { status: 404 });
  site.putModel("/models/emoji/");
  for (const model of ["", "models/emoji", "./models/emoji/", `${site.origin}/models/emoji`]) {
    const page = await openPage(browser, site, "steps=2&images=1&seed=4", { ...PLAYS, model });
    await untilRun(page, "done");
    await until(page, "model", "models/emoji/");
    assert.equal(await text(page, "model-problem"), "", model);
  }
  const other = await openPage(browser, site, "steps=2&images=1&seed=4", PLAYS);
  await untilRun(other, "done");
  await until(other, "model", "/tiny/");
});

test("a class that a link wants is not put aside by the one that a first visit begins with", async () => {
  site.put("/models/emoji/unet/diffusion_pytorch_model.fp16.safetensors", { status: 404 });
  site.putModel("/models/emoji/", { labels: ["animal", "face", "no class"] });
  for (const [query, chosen] of [
    ["", "1"],
    ["class=animal", "0"],
    ["class=each", "each"],
    ["seed=3&steps=2", "each"],
  ]) {
    const page = await openPage(browser, site, query, { ...PLAYS, model: "" });
    await untilRun(page, "done");
    assert.equal(await page.inputValue("[name=class]:checked"), chosen, query);
  }
});
