// The room "Train" fine-tunes the model that is loaded: drawings become a class of their own, and the old classes stay. On the real module.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { faultsOnScreens } from "./axe.mjs";
import { setUp } from "./helpers.mjs";
import { choose, problem, text } from "./page-site.mjs";
import { drawPictures, jsonOf, openPictures, savedZip, trainBriefly } from "./pictures-site.mjs";
import { tinyConfig, tinyWeights } from "./tiny-model.mjs";

const { browser, site } = await setUp();
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

/** Puts the tiny model with another configuration into a folder. */
function putVariant(folder, config, labels = null) {
  const whole = { ...tinyConfig, ...config };
  site.putModel(folder, { config, weights: tinyWeights(() => {}, whole), labels });
}

/** Notes what the library is asked to train, and asks it with more options. */
async function noteLessons(page, more = {}) {
  await page.evaluate(async (more) => {
    const { Diffuser } = await import("/pkg/index.js");
    const { train } = Diffuser.prototype;
    Diffuser.prototype.train = function (data, options) {
      const { labels, shape, images } = data;
      const { from, objective, prediction = "its own" } = options;
      const asked = `${objective}, ${prediction}`;
      globalThis.lesson = { labels: labels ?? null, shape, count: images.length, from: from.info.name, asked };
      return train.call(this, data, { ...options, ...more });
    };
  }, more);
}

const chips = (page) => page.$$eval("#class-chips span", (spans) => spans.map((span) => span.textContent).slice(2));

test("drawings become a new class of the loaded model, which is saved, used and gone on with", async () => {
  const page = await openPictures(browser, site, "train=pictures", { acceptDownloads: true });
  await choose(page, "train-learner", "model");
  assert.equal(await page.inputValue("#train-class"), "drawing");
  assert.match(await text(page, "train-learner-hint"), /^Fine-tuning: tiny goes on from its own weights/);
  assert.equal(await page.locator("input[name=train-source]").count(), 0, "no sprites for a model of another size");
  const size = await page.$eval("#train-pixels canvas", ({ width, height }) => [width, height]);
  assert.deepEqual(size, [8, 8], "the model's own size");
  const colours = await page.$$eval(".palette input", (inputs) => inputs.map((input) => input.ariaLabel));
  assert.deepEqual(
    [colours[0], colours.at(-1)],
    ["Colour #000000", "Colour #ffffff"],
    "a model of one channel is grey",
  );
  await drawPictures(page, 4);
  for (const [name, said] of [
    [" ", /needs a name/],
    ["b", /has a class “b” already/],
    ["no class", /has a class “no class” already/],
  ]) {
    await page.fill("#train-class", name);
    await page.click("#generate");
    assert.match(await problem(page, "run"), said);
  }
  await page.fill("#train-class", "cup");
  await noteLessons(page);
  await trainBriefly(page);
  const { labels, shape, count, from, asked } = await page.evaluate(() => globalThis.lesson);
  assert.deepEqual([shape, count, from], [[1, 8, 8], 64 * labels.length, "tiny"]);
  assert.equal(asked, "l_simple, its own");
  const shares = [3, 0, 1].map((label) => labels.filter((one) => one === label).length / labels.length);
  assert.deepEqual(shares, [0.5, 0.25, 0.25], "half of the new class, half of the old ones");
  const entries = await savedZip(page, "#train-save");
  assert.deepEqual(jsonOf(entries["labels.json"]), ["a", "b", "no class", "cup"]);
  assert.equal(jsonOf(entries["unet/config.json"]).num_class_embeds, 4);
  await page.click("#train-use");
  await page.waitForSelector("#tab-generate[aria-selected=true]");
  assert.match(await text(page, "model-name"), /^tiny, fine-tuned, \d+ steps?$/);
  assert.deepEqual(await chips(page), ["a", "b", "cup"]);
  await choose(page, "class", "3");
  await page.click("#generate");
  await page.waitForFunction(() => document.getElementById("caption")?.textContent.includes("cup"));
  await page.waitForFunction(() => document.getElementById("outcome")?.textContent.startsWith("done"));
  // The training itself is still that of the model which it began with.
  await page.click("#tab-train");
  assert.match(await text(page, "train-learner-hint"), /^Fine-tuning: tiny goes on/);
  const step = Number(await text(page, "train-step"));
  await goOnElsewhere(page, step);
  assert.deepEqual(page.complaints, []);
});

/** Goes on with what was kept, while another model is loaded. */
async function goOnElsewhere(page, step) {
  site.putModel("/tiny/other/", {
    labels: ["x", "y", "no class"],
    weights: tinyWeights((_, values) => values.reverse()),
  });
  await page.goto(`${site.origin}/?model=/tiny/other/&backend=cpu&steps=2&images=1&train=pictures#train`);
  await page.waitForSelector("#loading", { state: "hidden" });
  await page.click("#train-go-on");
  await page.waitForFunction(() => /^16 pictures after/.test(document.getElementById("train-grid")?.ariaLabel ?? ""));
  await page.click("#stop");
  await page.waitForFunction(() => /^stopped at/.test(document.getElementById("train-state")?.textContent));
  assert.ok(Number(await text(page, "train-step")) > step);
  assert.equal(await page.inputValue("#train-class"), "cup");
  assert.equal(await page.locator("#train-own button").count(), 4);
  await page.click("#train-use");
  await page.waitForSelector("#tab-generate[aria-selected=true]");
  assert.deepEqual(await chips(page), ["a", "b", "cup"]);
}

test("a model that cannot be trained says why, and a link that asks for it too", async () => {
  putVariant("/four/", { in_channels: 4, out_channels: 4, num_class_embeds: undefined });
  putVariant("/large/", { sample_size: 72, num_class_embeds: undefined });
  for (const [model, reason] of [
    ["/four/", /^The loaded model cannot be trained here: its pictures have 4 channels/],
    ["/large/", /^The loaded model cannot be trained here: its pictures have 72 × 72 pixels/],
  ]) {
    const page = await openPictures(browser, site, "train=pictures&train-learner=model", { model });
    assert.match(await text(page, "train-learner-hint"), reason);
    assert.ok(await page.isDisabled("input[name=train-learner][value=model]"));
    assert.ok(await page.isChecked("input[name=train-learner][value=new]"));
  }
  const page = await openPictures(browser, site, "train=pictures&train-learner=cat");
  assert.match(await problem(page, "run"), /train-learner=cat/);
});

test("a model without classes gets no new class: its pictures become like those that are drawn", async () => {
  putVariant("/tiny/plain/", { num_class_embeds: undefined });
  const link = "train=pictures&train-learner=model&train-objective=l_hybrid";
  const page = await openPictures(browser, site, link, { model: "/tiny/plain/" });
  assert.match(await problem(page, "run"), /^Ignored train-objective=l_hybrid in the link/);
  assert.ok(await page.isChecked("input[name=train-objective][value=l_simple]"));
  assert.match(await text(page, "train-learner-hint"), /^Fine-tuning: plain .* pictures like yours\.$/);
  assert.equal(await page.locator("#train-class").count(), 0);
  await drawPictures(page, 4);
  await noteLessons(page);
  // What the model predicts stays, and a variance is learnt only where it has one.
  assert.equal(await page.locator("input[name=train-prediction]").count(), 0);
  assert.equal(await page.locator("input[name=train-objective][value=l_hybrid]").count(), 0);
  await choose(page, "train-objective", "l_vlb");
  assert.equal(await page.locator("input[name=train-variance]").count(), 2);
  await trainBriefly(page);
  assert.deepEqual(await page.evaluate(() => globalThis.lesson), {
    asked: "l_vlb, its own",
    labels: null,
    shape: [1, 8, 8],
    count: 256,
    from: "plain",
  });
  await page.click("#train-use");
  await page.waitForFunction(() => /^plain, fine-tuned/.test(document.getElementById("model-name")?.textContent));
  assert.deepEqual(page.complaints, []);
});

/** Draws in two steps where the page asks for more: what is drawn here is not looked at. */
async function sampleBriefly(page) {
  await page.evaluate(async () => {
    const { Model } = await import("/pkg/index.js");
    const { sample } = Model.prototype;
    Model.prototype.sample = function (options) {
      return sample.call(this, { ...options, steps: 2 });
    };
  });
}

test("the bundled model learns a class of drawings, and the model that comes of it is opened again", async () => {
  const page = await openPictures(browser, site, "train=pictures&train-learner=model", { model: null });
  assert.match(await text(page, "train-learner-hint"), /^Fine-tuning: Emoji goes on from its own weights/);
  const size = await page.$eval("#train-pixels canvas", ({ width, height }) => [width, height]);
  assert.deepEqual([...size, await page.locator(".palette input").count()], [32, 32, 12], "its size, in colours");
  await drawPictures(page, 4);
  await page.fill("#train-class", "cup");
  await sampleBriefly(page);
  await noteLessons(page, { batch: 4 });
  await trainBriefly(page);
  const { labels, from } = await page.evaluate(() => globalThis.lesson);
  assert.equal(from, "emoji");
  const old = (await chips(page)).length;
  assert.deepEqual([Math.max(...labels), new Set(labels).size], [old + 1, old + 1], "every old class, and the new one");
  await page.click("#train-use");
  await page.waitForSelector("#tab-generate[aria-selected=true]");
  await page.waitForFunction(() => /hash=/.test(location.search) && !/model=/.test(location.search));
  await page.reload();
  await page.waitForFunction(() => /^Emoji, fine-tuned/.test(document.getElementById("model-name")?.textContent));
  assert.deepEqual([(await chips(page)).length, (await chips(page)).at(-1)], [old + 1, "cup"]);
  assert.deepEqual(page.complaints, []);
});

test("axe finds nothing on a fine-tuning, and nothing is wider than the screen", async () => {
  const page = await openPictures(browser, site, "train=pictures&train-learner=model");
  await page.click("#train-pixels-add");
  assert.deepEqual(await faultsOnScreens(page), []);
});
