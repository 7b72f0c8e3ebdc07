// Save: PNG, GIF, video and JSON of what is on the stage, and the settings that a saved file brings back.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { afterEach, test } from "node:test";
import { decodeGif } from "./gif.mjs";
import { setUp } from "./helpers.mjs";
import { choose, openPage, pixels, problem, text, untilRun } from "./page-site.mjs";
import { decodePng, textOf } from "./png.mjs";
import { drop, openSave, saved } from "./save-site.mjs";

/** Pixels of the tiny model's pictures on a side. */
const SIDE = 8;

const { browser, site } = await setUp();
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

/** Opens the page and makes a picture. */
async function generated(query, options = {}) {
  const page = await openPage(browser, site, query, options);
  await page.click("#generate");
  await untilRun(page, "done");
  return page;
}

/** The bytes of every image as the library gives them. */
const fromLibrary = (page, options) =>
  page.evaluate(async (o) => {
    const { Diffuser } = await import("./pkg/index.js");
    const diffuser = await Diffuser.create({ backend: "cpu" });
    const model = await diffuser.load("/tiny/");
    const { images } = await model.sample(o).result();
    return images.map(({ data }) => [...data].filter((_, i) => i % 4 === 0));
  }, options);

test("a PNG of the grid has every pixel of the library, enlarged, and the settings in a text chunk", async () => {
  const page = await generated("sampler=ddpm&variance=small&steps=5&seed=31&images=3&class=b");
  await openSave(page);
  await page.fill("#save-scale", "3");
  // One row, as on the stage, of pictures of 8 pixels, and a line between them.
  assert.equal(await text(page, "save-size"), "78 × 24 pixels");
  const { name, bytes } = await saved(page, "png");
  assert.equal(name, "unnoise-ddpm-5-seed31-class1.png");
  const png = decodePng(bytes);
  assert.deepEqual([png.width, png.height, png.channels], [78, 24, 1]);

  const options = { sampler: "ddpm", variance: "small", steps: 5, seed: 31, batch: 3, labels: [1], clip: "x0" };
  const images = await fromLibrary(page, options);
  const expected = new Uint8Array(78 * 24);
  for (const [index, image] of images.entries()) {
    for (let y = 0; y < 24; y++) {
      for (let x = 0; x < 24; x++) {
        expected[y * 78 + 27 * index + x] = image[Math.floor(y / 3) * SIDE + Math.floor(x / 3)];
      }
    }
  }
  assert.deepEqual(Buffer.from(png.pixels), Buffer.from(expected));

  const { hash, ...settings } = JSON.parse(textOf(png, "unnoise"));
  assert.match(hash, /^[0-9a-f]{12}$/);
  assert.deepEqual(settings, {
    model: "/tiny/",
    class: "b",
    images: 3,
    sampler: "ddpm",
    variance: "small",
    steps: 5,
    trajectory: "leading",
    clip: "x0",
    sigmaClip: 0,
    guidance: 1,
    seed: 31,
    rng: "philox",
    backend: "cpu",
    step: 5,
    of: 5,
    show: "x0",
  });
});

test("one image of many, at an earlier step, noise and all", async () => {
  const page = await generated("steps=4&seed=6&images=4");
  await page.fill("#scrub", "2");
  await choose(page, "which", "xt");
  await openSave(page);
  await page.selectOption("#save-which", "2");
  await page.fill("#save-scale", "1");
  const { name, bytes } = await saved(page, "png");
  assert.equal(name, "unnoise-ddim-4-seed6-image3-class0-step2.png");
  const png = decodePng(bytes);
  assert.deepEqual([png.width, png.height], [SIDE, SIDE]);
  const { step, show, images, first } = JSON.parse(textOf(png, "unnoise"));
  assert.deepEqual([step, show, images, first], [2, "xt", 1, "2,4"]);
  const whole = await page.evaluate(() => document.getElementById("canvas").getAttribute("aria-label"));
  assert.match(whole, /after step 2 of 4, with the noise that is left/);
});

test("a PNG dropped on the page brings its settings back, and Generate makes its picture", async () => {
  const query =
    "sampler=ddim&eta=0.4&steps=4&seed=77&images=2&class=a&guidance=3&rng=torch&trajectory=trailing&clip=none";
  const page = await generated(query);
  const [picture, caption] = [await pixels(page), await text(page, "caption")];
  const file = await saved(page, "png");
  const other = await openPage(browser, site, "seed=5&steps=9&sampler=vdm");
  await drop(other, file);
  await other.waitForFunction((n) => document.getElementById("cost")?.textContent.includes(n), file.name);
  assert.match(await text(other, "announce"), /settings of “unnoise-ddim-4-seed77-class0\.png” are set/);
  assert.equal(await other.evaluate(() => document.activeElement.id), "generate");
  await other.keyboard.press("Enter");
  await untilRun(other, "done");
  assert.deepEqual([await text(other, "caption"), await pixels(other)], [caption, picture]);
  assert.deepEqual(other.complaints, []);
});

test("a file that is no PNG is refused in words, a PNG without settings is a picture to edit, and neither changes a setting", async () => {
  const page = await openPage(browser, site, "seed=5&steps=3");
  await drop(page, { name: "holiday.png", bytes: Buffer.from("not a picture") });
  assert.match(await problem(page, "run"), /^“holiday\.png” is a text file\. This page reads/);
  const bare = await readFile(new URL("./golden/unnoise-vdm-6-seed4.png", import.meta.url));
  await drop(page, { name: "other.png", bytes: bare });
  await page.waitForFunction(() => /^“other\.png” has/.test(document.getElementById("edit-told")?.textContent));
  assert.deepEqual([await page.inputValue("#seed"), await page.inputValue("#steps")], ["5", "3"]);
});

test("the record of a run is JSON: what was asked, planned and measured; it brings the settings back too", async () => {
  const page = await generated("sampler=ddim&eta=1&steps=6&seed=8&images=2&class=each");
  const { name, bytes } = await saved(page, "json");
  assert.equal(name, "unnoise-ddim-6-seed8.json");
  const run = JSON.parse(bytes.toString("utf8"));
  assert.deepEqual(run.unnoise, { run: 1 });
  const { seed, batch, labels, eta, sampler } = run.options;
  assert.deepEqual(
    { seed, batch, labels, eta, sampler },
    { seed: 8, batch: 2, labels: [0, 1], eta: 1, sampler: "ddim" },
  );
  assert.equal(run.plan.steps.length, 6);
  assert.deepEqual(run.plan.timesteps, [830, 664, 498, 332, 166, 0]);
  assert.deepEqual(run.steps, { computed: 6, of: 6 });
  assert.equal(run.timings.steps.length, 6);
  assert.ok(run.timings.steps.every((ms) => ms > 0));
  assert.ok(Math.abs(run.timings.total - run.timings.steps.reduce((sum, ms) => sum + ms, 0)) < 1e-6);
  assert.equal(run.backend.kind, "cpu");
  assert.equal(run.model.address, `${site.origin}/tiny/`);
  assert.match(run.model.hash, /^[0-9a-f]{64}$/);
  assert.equal(run.parameters.hash, run.model.hash.slice(0, 12));

  const other = await openPage(browser, site, "seed=1");
  await drop(other, { name, bytes }, "application/json");
  await other.waitForFunction(() => document.getElementById("seed")?.value === "8");
  assert.equal(await other.inputValue("#eta"), "1");
});

test("a GIF shows every step from noise to picture, grey for grey", async () => {
  const page = await generated("steps=5&seed=9&images=2&class=b&trajectory=leading&clip=x0");
  await openSave(page);
  await page.fill("#save-scale", "2");
  await page.fill("#save-fps", "10");
  const { name, bytes } = await saved(page, "gif");
  assert.equal(name, "unnoise-ddim-5-seed9-class1.gif");
  const gif = decodeGif(bytes);
  // Two pictures of 8 pixels and a line between them, twice as large; the noise and five steps.
  assert.deepEqual([gif.width, gif.height, gif.frames.length, gif.loops, gif.ended], [34, 16, 6, 0, true]);
  assert.deepEqual(
    gif.frames.map(({ delay }) => delay),
    [10, 10, 10, 10, 10, 110],
  );
  const { seed, steps } = JSON.parse(gif.comment);
  assert.deepEqual([seed, steps], [9, 5]);
  const [first] = await fromLibrary(page, { steps: 5, seed: 9, batch: 2, labels: [1], clip: "x0" });
  const { indices, palette } = gif.frames[5];
  assert.equal(indices.length, 34 * 16);
  const shown = first.map((_, i) => palette[indices[Math.floor(i / SIDE) * 2 * 34 + (i % SIDE) * 2]]);
  assert.deepEqual(
    shown,
    first.map((shade) => [shade, shade, shade]),
  );
  assert.notDeepEqual(gif.frames[0].indices, gif.frames[5].indices);
});

test("a video lasts as long as it says", async () => {
  const page = await generated("steps=6&seed=9&images=2");
  await openSave(page);
  await page.fill("#save-scale", "7");
  await page.fill("#save-fps", "7");
  assert.equal(await text(page, "save-time"), "7 pictures, 2.0 s");
  const { name, bytes } = await saved(page, "video");
  const ending = name.split(".").at(-1);
  if (ending === "mp4") assert.equal(bytes.toString("latin1", 4, 8), "ftyp");
  else assert.equal(bytes.readUInt32BE(0), 0x1a45dfa3);
  const found = await page.evaluate(
    async ([data, type]) => {
      const video = document.createElement("video");
      video.src = URL.createObjectURL(new Blob([Uint8Array.from(data)], { type }));
      await new Promise((resolve, reject) => {
        video.onloadedmetadata = resolve;
        video.onerror = () => reject(new Error(video.error.message));
      });
      return { duration: video.duration, width: video.videoWidth, height: video.videoHeight };
    },
    [new Uint8Array(bytes), `video/${ending}`],
  );
  // 17 pixels by 7 are 119, and 8 by 7 are 56; an encoder wants even sizes.
  assert.deepEqual([found.width, found.height], [120, 56]);
  assert.ok(Math.abs(found.duration - 2) < 0.05, `${found.duration} s`);
  assert.deepEqual(page.complaints, []);
});

test("without a video encoder the page says so, and a GIF can still be saved", async () => {
  const page = await generated("steps=2&seed=9&images=1", {
    init: () => Reflect.deleteProperty(globalThis, "VideoEncoder"),
  });
  await openSave(page);
  await page.click("#save-video:not(:disabled)");
  await page.waitForSelector("#save-problem:not(:empty)");
  assert.match(await text(page, "save-problem"), /no video encoder.*GIF/);
  assert.equal(await page.isVisible("#save-progress"), false);
  assert.equal((await saved(page, "gif")).bytes.toString("latin1", 0, 6), "GIF89a");
});

test("a scale or a speed that cannot be is refused in words", async () => {
  const page = await generated("steps=2&seed=9&images=36");
  await openSave(page);
  for (const [id, value, sentence] of [
    ["save-scale", "33", /scale is 33.*1 to 32/],
    ["save-scale", "", /scale is empty/],
    ["save-fps", "0", /second is 0.*1 to 50/],
  ]) {
    const before = await page.inputValue(`#${id}`);
    await page.fill(`#${id}`, value);
    assert.match(await text(page, "save-problem"), sentence);
    assert.equal(await page.getAttribute(`#${id}`, "aria-invalid"), "true");
    await page.fill(`#${id}`, before);
    assert.equal(await text(page, "save-problem"), "");
  }
});

test("before a picture is made there is nothing to save, and the sheet says so", async () => {
  const page = await openPage(browser, site, "steps=2&seed=9");
  await page.click("#save-open");
  await page.waitForFunction(() => document.getElementById("save-of")?.textContent.startsWith("There is nothing"));
  for (const kind of ["png", "gif", "video", "json"]) assert.equal(await page.isDisabled(`#save-${kind}`), true);
});

test("the page's first load fetches neither Share nor Save nor what encodes", async () => {
  const page = await generated("steps=2&seed=9&images=1");
  const later = () =>
    page.evaluate(
      () => performance.getEntriesByType("resource").filter(({ name }) => /sheets-later|gif|video/.test(name)).length,
    );
  assert.equal(await later(), 0);
  await openSave(page);
  assert.ok((await later()) > 0);
});
