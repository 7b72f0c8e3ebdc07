// The Python code that Share gives: its text, and that diffusers makes the page's picture of it. www/tests/golden/ holds the
// scripts as the page writes them, and the pictures that they wrote; its README.md tells how they are made anew.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { afterEach, test } from "node:test";
import { setUp } from "./helpers.mjs";
import { choose, openPage, untilRun } from "./page-site.mjs";
import { decodePng } from "./png.mjs";

const golden = new URL("./golden/", import.meta.url);

/** Stands for the test's own address in the files. */
const ORIGIN = "https://unnoise.example";

/** Grey values: the network's f32 sums in another order move a pixel across the border between two of them. */
const TOLERANCE = 1;

const CLOTHES = {
  "unnoise-ddim-10-seed42": "sampler=ddim&steps=10&eta=0.5&images=2&class=each&seed=42",
  "unnoise-ddim-8-seed3": "sampler=ddim&steps=8&trajectory=quadratic&clip=x0-eps&images=2&class=bag&guidance=2&seed=3",
  "unnoise-ddpm-12-seed7": "sampler=ddpm&variance=large&steps=12&images=2&class=sneaker&guidance=1.5&seed=7",
  "unnoise-ddpm-7-seed8": "sampler=ddpm&variance=large&steps=7&trajectory=trailing&clip=none&images=2&class=any&seed=8",
  "unnoise-ddpm-9-seed1": "sampler=ddpm&variance=small&steps=9&trajectory=optimal&images=2&class=dress&seed=1",
  "unnoise-analytic-ddim-6-seed5": "sampler=analytic-ddim&steps=6&eta=0.3&trajectory=even&images=2&class=coat&seed=5",
  "unnoise-vdm-6-seed4": "sampler=vdm&steps=6&images=2&class=trouser&seed=4",
  "unnoise-ddpm-6-seed3-5": "sampler=ddpm&variance=large&steps=6&class=sneaker&seeds=3,5",
  "unnoise-vdm-4-seed2-8": "sampler=vdm&steps=4&class=each&seeds=2,8",
  "unnoise-ddim-7-seed9-image2": "sampler=ddim&eta=0.8&steps=7&images=2&class=bag&seed=9&first=1,4",
  "unnoise-ddpm-5-seed7-image2":
    "sampler=ddpm&variance=large&steps=5&trajectory=trailing&clip=none&images=2&class=any&seed=7&first=1,3",
  "unnoise-vdm-5-seed6-image3": "sampler=vdm&steps=5&images=2&class=coat&seed=6&first=2,4",
};

/** A network that predicts v, in colour: as the page begins with it, and each other sampler. */
const EMOJI = {
  "unnoise-ddim-30-seed1": "images=2&class=face&seed=1",
  "unnoise-ddim-10-seed2":
    "sampler=ddim&eta=0&steps=10&trajectory=trailing&clip=x0&images=2&class=animal&guidance=1&seed=2",
  "unnoise-ddpm-14-seed3":
    "sampler=ddpm&variance=small&steps=14&trajectory=leading&clip=x0&images=2&class=each&guidance=2&seed=3",
  "unnoise-vdm-9-seed4": "sampler=vdm&steps=9&images=2&class=plant&guidance=1&seed=4",
};

/** Steps as diffusers' own loops take them, and on the same lists as the page takes them. */
const COMPAT = {
  "unnoise-ddim-10-seed11":
    "sampler=ddim&steps=10&eta=0.5&trajectory=linspace&compat=diffusers&images=2&class=bag&seed=11",
  "unnoise-ddim-10-seed12": "sampler=ddim&steps=10&eta=0.5&trajectory=linspace&images=2&class=bag&seed=12",
  "unnoise-ddim-7-seed13": "sampler=ddim&steps=7&trajectory=trailing&compat=diffusers&images=2&class=coat&seed=13",
  "unnoise-ddim-7-seed14": "sampler=ddim&steps=7&trajectory=trailing&images=2&class=coat&seed=14",
  "unnoise-ddim-6-seed15": "sampler=ddim&steps=6&trajectory=quadratic&compat=diffusers&images=2&class=shirt&seed=15",
  "unnoise-ddpm-7-seed16":
    "sampler=ddpm&variance=large&steps=7&trajectory=trailing&compat=diffusers&images=2&class=dress&seed=16",
};

/** The scheduler's file asks for dynamic thresholding. */
const THRESHOLDING = {
  "unnoise-ddim-8-seed21":
    "sampler=ddim&eta=0&steps=8&trajectory=leading&clip=x0&images=2&class=face&guidance=3&seed=21",
  "unnoise-ddim-8-seed22":
    "sampler=ddim&eta=0&steps=8&trajectory=linspace&clip=x0-eps&images=2&class=face&guidance=3&seed=22",
  "unnoise-ddpm-8-seed23":
    "sampler=ddpm&variance=small&steps=8&trajectory=trailing&clip=none&images=2&class=food&guidance=3&seed=23",
  "unnoise-vdm-8-seed24": "sampler=vdm&steps=8&clip=x0&images=2&class=animal&guidance=3&seed=24",
};

/** The file of a class with another sampler, and with keys that it does not read and `DDIMScheduler` does. */
const OTHER = {
  "unnoise-ddim-9-seed31":
    "sampler=ddim&eta=0&steps=9&trajectory=leading&clip=x0&images=2&class=face&guidance=1&seed=31",
};

const CASES = [
  ...Object.entries(CLOTHES).map((of) => [...of, "models/fashion-mnist/"]),
  ...Object.entries(EMOJI).map((of) => [...of, "models/emoji/"]),
  ...Object.entries(COMPAT).map((of) => [...of, "models/fashion-mnist/"]),
  ...Object.entries(THRESHOLDING).map((of) => [...of, "thresholding/"]),
  ...Object.entries(OTHER).map((of) => [...of, "pndm/"]),
];

const { browser, site } = await setUp();
const NETWORK = ["unet/config.json", "unet/diffusion_pytorch_model.fp16.safetensors"];
const EMOJI_FILES = [...NETWORK, "model_index.json", "labels.json", "defaults.json", "analytic_dpm.json"];
// The emoji with another scheduler's file.
for (const folder of ["thresholding", "pndm"]) {
  for (const file of EMOJI_FILES)
    site.put(`/${folder}/${file}`, { body: await readFile(new URL(`../../models/emoji/${file}`, import.meta.url)) });
  const file = `${folder}/scheduler/scheduler_config.json`;
  site.put(`/${file}`, { type: "application/json", body: await readFile(new URL(file, golden)) });
}
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

/** The script that Share gives for the picture on the stage. */
async function script(page) {
  await page.click("#share-open");
  await choose(page, "share-as", "python");
  await page.waitForFunction(() => document.getElementById("share-text")?.value.includes("import torch"));
  const text = await page.inputValue("#share-text");
  await page.keyboard.press("Escape");
  return text.replaceAll(site.origin, ORIGIN);
}

/** Rows of the PNG that Save gives: all images, a pixel for a pixel, and as diffusers' script has them beside each other. */
async function saved(page) {
  await page.click("#save-open");
  await page.waitForSelector("#save-png:not(:disabled)");
  await page.fill("#save-scale", "1");
  const [file] = await Promise.all([page.waitForEvent("download"), page.click("#save-png")]);
  return decodePng(await readFile(await file.path()));
}

for (const [name, query, model] of CASES) {
  test(`diffusers makes the same picture: ${name}`, async () => {
    const page = await openPage(browser, site, `${query}&rng=torch`, { model });
    const file = new URL(`${name}.py`, golden);
    if (process.env.MAKE_REF) {
      await writeFile(file, await script(page));
      assert.fail("written: now run it");
    }
    await page.click("#generate");
    await untilRun(page, "done");
    const text = await script(page);
    assert.equal(text, await readFile(file, "utf8"));

    const ours = await saved(page);
    const theirs = decodePng(await readFile(new URL(`${name}.png`, golden)));
    assert.equal(theirs.channels, ours.channels);
    assert.deepEqual([theirs.width + 1, theirs.height], [ours.width, ours.height]);
    // Ours has a column of background between the two images.
    const [row, half] = [theirs.width * theirs.channels, (theirs.width / 2) * theirs.channels];
    let largest = 0;
    for (const [at, value] of theirs.pixels.entries()) {
      const [y, x] = [Math.floor(at / row), at % row];
      const gap = x < half ? 0 : ours.channels;
      largest = Math.max(largest, Math.abs(value - ours.pixels[y * (row + ours.channels) + x + gap]));
    }
    assert.ok(largest <= TOLERANCE, `${largest} grey values`);
    assert.deepEqual(page.complaints, []);
  });
}

test("for noise from Philox the script says that diffusers draws another", async () => {
  const page = await openPage(browser, site, "steps=2&images=1&class=a&seed=1");
  const text = await script(page);
  assert.match(text, /Philox, which diffusers does not have: this seed gives another picture/);
  assert.match(text, /\/tiny\/" \+ file/);
  assert.match(text, /"unet\/diffusion_pytorch_model\.safetensors"/);
  assert.doesNotMatch(text, /variant=/);
});

test("for a network with class channels Share has no Python, and says why", async () => {
  const original = (name) => readFile(new URL(`../../tests/golden/originals/${name}`, import.meta.url));
  site.put("/course/config.json", { type: "application/json", body: await original("course.json") });
  site.put("/course/model.pt", { type: "application/octet-stream", body: await original("course.pt") });
  const page = await openPage(browser, site, "steps=2&images=1&class=1&seed=1", { model: "/course/model.pt" });
  await page.click("#share-open");
  await choose(page, "share-as", "python");
  await page.waitForFunction(() => document.getElementById("share-hint")?.textContent.includes("channels behind"));
  assert.equal(await page.inputValue("#share-text"), "");
  assert.equal(await page.isDisabled("#share-copy"), true);
  await choose(page, "share-as", "api");
  await page.waitForFunction(() => document.getElementById("share-text")?.value.includes('/course/")'));
});
