// The page with one seed per image, and one image of a batch shared, saved and opened alone: the same picture to the last bit.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { afterEach, test } from "node:test";
import { setUp } from "./helpers.mjs";
import { choose, openPage, problem, text, untilRun } from "./page-site.mjs";
import { decodePng, textOf } from "./png.mjs";

const { browser, site } = await setUp();
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

async function generated(query) {
  const page = await openPage(browser, site, query);
  await page.click("#generate");
  await untilRun(page, "done");
  return page;
}

/** What Share gives for all images, or for one of them. */
async function shared(page, form, image = "") {
  await page.click("#share-open");
  await choose(page, "share-as", form);
  await page.waitForSelector("#share-copy:not(:disabled)");
  if (image !== "") await page.selectOption("#share-which", image);
  await page.waitForSelector("#share-copy:not(:disabled)");
  const [code, of] = [await page.inputValue("#share-text"), await text(page, "share-of")];
  await page.keyboard.press("Escape");
  return { code, of };
}

/** A PNG of all images, or of one of them: its file, grey values and settings. */
async function saved(page, image = "all") {
  await page.click("#save-open");
  await page.waitForSelector("#save-png:not(:disabled)");
  await page.fill("#save-scale", "1");
  if (await page.locator(`#save-which option[value="${image}"]`).count()) await page.selectOption("#save-which", image);
  const [file] = await Promise.all([page.waitForEvent("download"), page.click("#save-png")]);
  const bytes = await readFile(await file.path());
  await page.keyboard.press("Escape");
  const png = decodePng(bytes);
  return { name: file.suggestedFilename(), bytes, grey: [...png.pixels], settings: JSON.parse(textOf(png, "unnoise")) };
}

const restore = (page, { name, bytes }) =>
  page.setInputFiles("#restore-file", { name, mimeType: "image/png", buffer: bytes });

const problems = (page) => page.$$eval(".problem:not(:empty)", (all) => all.map((p) => p.textContent));

for (const rng of ["philox", "torch"]) {
  test(`one image of a batch opens alone, from its link and from its file: ${rng}`, async () => {
    const page = await generated(`sampler=ddpm&steps=4&seed=4&images=5&class=each&rng=${rng}`);
    const third = await saved(page, "2");
    assert.equal(third.name, "unnoise-ddpm-4-seed4-image3-class0.png");
    const { first, images, seed, class: label } = third.settings;
    assert.deepEqual([first, images, seed, label], ["2,5", 1, 4, "a"]);

    const { code, of } = await shared(page, "link", "2");
    assert.match(of, /seed 4, image 3 of 5\.$/);
    const other = await openPage(browser, site, new URL(code).search);
    await other.click("#generate");
    await untilRun(other, "done");
    assert.deepEqual((await saved(other)).grey, third.grey);
    assert.match(await text(other, "caption"), /a · seed 4, image 3 of 5$/);
    assert.equal(await text(other, "part-said"), "Makes image 3 of 5 in the batch of this seed.");
    assert.deepEqual(await problems(other), []);

    const from = await openPage(browser, site, "seed=1&steps=2");
    await restore(from, third);
    await from.waitForFunction(() => document.getElementById("seed")?.value === "4");
    await from.click("#generate");
    await untilRun(from, "done");
    assert.deepEqual((await saved(from)).grey, third.grey);
    await from.click("#part-drop");
    assert.deepEqual([await from.inputValue("#images"), await from.isVisible("#part")], ["5", false]);
    await from.click("#generate");
    await untilRun(from, "done");
    assert.match(await text(from, "caption"), /seed 4$/);
    assert.deepEqual([...page.complaints, ...other.complaints, ...from.complaints], []);
  });
}

test("a link of several seeds makes an image of each, and each is had by its seed", async () => {
  const page = await openPage(browser, site, "sampler=ddpm&steps=4&seeds=3,5,8&class=b&rng=torch");
  assert.deepEqual([await page.inputValue("#seed"), await page.inputValue("#images")], ["3, 5, 8", "3"]);
  await page.click("#generate");
  await untilRun(page, "done");
  assert.match(await text(page, "caption"), /seeds 3, 5, 8$/);
  const asked = new URL((await shared(page, "link")).code).searchParams;
  assert.deepEqual([asked.get("seeds"), asked.get("seed"), asked.get("images")], ["3,5,8", null, "3"]);
  const { code } = await shared(page, "link", "1");
  const single = new URL(code).searchParams;
  assert.deepEqual([single.get("seeds"), single.get("seed"), single.get("images")], [null, "5", "1"]);

  const second = await saved(page, "1");
  const alone = await generated(new URL(code).search);
  assert.deepEqual((await saved(alone)).grey, second.grey);
  const again = await openPage(browser, site, "seed=1&steps=2");
  const all = await saved(page);
  await restore(again, all);
  await again.waitForFunction(() => document.getElementById("seed")?.value === "3, 5, 8");
  await again.click("#generate");
  await untilRun(again, "done");
  assert.deepEqual((await saved(again)).grey, all.grey);
});

test("the code that Share gives has the seeds and the place, and pins PyTorch's CPU generator", async () => {
  const seeds = await generated("sampler=ddpm&steps=2&seeds=3,5&class=b&rng=torch");
  assert.match((await shared(seeds, "api")).code, /seeds: \[3, 5\],/);
  assert.match((await shared(seeds, "embed")).code, / seeds="3,5" rng="torch"/);
  const list = /generator = \[torch\.Generator\("cpu"\)\.manual_seed\(seed\) for seed in \[3, 5\]\]/;
  assert.match((await shared(seeds, "python")).code, list);
  const batch = await generated("sampler=ddim&eta=1&steps=2&seed=3&images=4&class=b&rng=torch");
  assert.match((await shared(batch, "api", "2")).code, /seed: 3,\n {2}first: \[2, 4\],/);
  assert.match((await shared(batch, "embed", "2")).code, / batch="1" .* seed="3" first="2,4" /);
  const { code } = await shared(batch, "python", "2");
  assert.match(code, /WHOLE, IMAGES = \(4, 1, 8, 8\), slice\(2, 3\)\ngenerator = torch\.Generator\("cpu"\)/);
  assert.match(
    code,
    /scheduler\.step\(placed\(output\), t, placed\(x\), eta=1, generator=generator\)\.prev_sample\[IMAGES\]/,
  );
});

test("seeds are typed between commas; the place in a batch goes with the seed", async () => {
  const page = await openPage(browser, site, "seed=4&first=2,5&steps=2&class=a");
  assert.deepEqual([await page.inputValue("#images"), await page.isVisible("#part")], ["1", true]);
  await page.fill("#seed", "1, 2, 3");
  assert.deepEqual([await page.inputValue("#images"), await page.isVisible("#part")], ["3", false]);
  await page.click("#generate");
  await untilRun(page, "done");
  assert.match(await text(page, "caption"), /seeds 1, 2, 3$/);
  await page.fill("#images", "2");
  await page.click("#generate");
  assert.match(await problem(page, "seed"), /there are 3 seeds.*2 images are asked for/i);
});

test("seeds and places that make no sense are said beside the seed", async () => {
  const page = await openPage(browser, site, "seeds=1,x&steps=2");
  assert.match(await problem(page, "seed"), /seeds.*1,x.*it must be whole numbers between commas/);
  const bad = await openPage(browser, site, "seed=1&first=5&steps=2");
  assert.match(await problem(bad, "seed"), /first.*5.*it must be the index of an image/);
  const past = await openPage(browser, site, "seed=1&first=3,4&images=2&steps=2");
  assert.match(await problem(past, "seed"), /first.*3,4/);
  const seedless = await openPage(browser, site, "first=1,4&steps=2");
  assert.match(await problem(seedless, "seed"), /no such seed is given/);
  const more = await openPage(browser, site, "seeds=1,2&images=3&steps=2");
  assert.match(await problem(more, "images"), /there are 2 seeds.*3 images/);
});
