// What a visitor does everywhere: runs, files, numbers, the views, keys.
import assert from "node:assert/strict";
import {
  checked,
  choose,
  fill,
  generate,
  hand,
  pixels,
  press,
  said,
  seen,
  sheet,
  until,
  untilDone,
  untilSeen,
  valueIn,
} from "./everywhere.mjs";
import { tinyWeights } from "./tiny-model.mjs";

export async function phone({ page }) {
  for (const share of [0.5, 1]) {
    await page.evaluate((share) => scrollTo(0, share * document.documentElement.scrollHeight), share);
    assert.ok(await seen(page, "#generate"), `scrolled by ${share}`);
  }
  await press(page, "#generate", false);
  await page.waitForFunction(() => {
    const { top, bottom } = document.getElementById("stage").getBoundingClientRect();
    return top >= -1 && bottom > 200 && top < innerHeight / 2;
  });
  await untilDone(page);
  await press(page, "#share-open", false);
  await sheet(page, "share");
  await press(page, "#share-send");
  const [{ url }] = await page.evaluate(() => globalThis.handed);
  assert.equal(new URL(url).searchParams.get("seed"), await valueIn(page, "seed"));
  await page.keyboard.press("Escape");
}

export async function files({ page }) {
  await hand(page, "drop", ["notes.txt", Buffer.from("words")]);
  assert.match(
    await until(page, "run-problem", /text file/),
    /^“notes\.txt” is a text file\. This page reads pictures/,
  );
  await untilSeen(page, "#run-problem");
  await hand(page, "drop", ["net.safetensors", tinyWeights()]);
  await until(page, "model-problem", /^“net\.safetensors” has the weights of a model\. Add its config\.json/);
  await untilSeen(page, "#model-problem");
  await hand(page, "drop", ["square.png"]);
  await until(page, "edit-told", /square\.png/);
  assert.equal(await page.evaluate(() => location.hash), "#edit");
  await press(page, "#tab-generate");
}

export async function numbers({ page }) {
  const seed = await valueIn(page, "seed");
  const before = [await said(page, "caption"), await pixels(page)];
  for (const [field, typed, sentence] of [
    ["steps", "", /^The number of steps is empty: it must be a whole number from 1 to 1,000\.$/],
    ["images", "37", /^The number of images is 37: it must be a whole number from 1 to 36\.$/],
    ["seed", "1.5", /^Seed is “1\.5”: it must be a whole number/],
  ]) {
    const good = await valueIn(page, field);
    if (field === "images") assert.equal(await valueIn(page, "seed"), seed, "none is rolled in vain");
    await fill(page, field, typed);
    await page.evaluate(() => scrollTo(0, 0));
    await press(page, "#generate", false);
    await until(page, `${field}-problem`, sentence);
    await untilSeen(page, `#${field}-problem`);
    await fill(page, field, good);
  }
  assert.deepEqual([await said(page, "caption"), await pixels(page)], before);
}

export async function views({ page }) {
  const seed = await valueIn(page, "seed");
  await press(page, "#save-open", false);
  await sheet(page, "save");
  await page.waitForSelector("#save-png:not(:disabled)");
  await until(page, "save-gif-note", /about [\d.]+ [kM]B/);
  await press(page, "#save-png");
  await until(page, "save-said", /^Saved /);
  assert.match(
    (await page.evaluate(() => globalThis.saved)).join(),
    new RegExp(`^unnoise-analytic-ddpm-4-seed${seed}.*\\.png$`),
  );
  await page.keyboard.press("Escape");
  await press(page, "#tab-interpolate");
  assert.equal(await valueIn(page, "seed-a"), seed);
  await press(page, "#tab-compare");
  await page.waitForSelector("#comparison", { visible: true });
  await press(page, "#share-open", false);
  await page.waitForFunction(() => document.getElementById("share-text")?.value.endsWith("#compare"));
  await until(page, "share-of", /every sampler, 10 to 100 steps/);
  await page.keyboard.press("Escape");
}

export async function variations({ page }) {
  await press(page, "#tab-interpolate");
  await choose(page, "sampler", "ddim");
  await choose(page, "morph-mode", "variations");
  await page.waitForSelector("#morph-ddpm", { visible: true });
  await press(page, "#generate", false);
  await until(page, "branch-problem", /^DDIM adds no noise/);
  await untilSeen(page, "#branch-problem");
  await press(page, "#morph-ddpm");
  assert.equal(await checked(page, "sampler"), "ddpm");
  await until(page, "branch-problem", /^$/);
  await choose(page, "morph-mode", "two");
  const { width, height } = await (await page.$("#morph-swap")).boundingBox();
  assert.ok(width >= 24 && height >= 24, `a target of ${width} x ${height}`);
}

export async function habits({ page }) {
  await press(page, "#tab-generate");
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press("?");
  await sheet(page, "keys");
  await page.keyboard.press("Escape");
  await generate(page);
  assert.ok((await page.$$("#runs button")).length >= 2, "past runs");
  await page.$eval("#runs", (runs) => runs.scrollIntoView({ block: "center", behavior: "instant" }));
  assert.ok(await seen(page, "#runs button:last-child"));
  const steps = await valueIn(page, "steps");
  await fill(page, "steps", "9");
  await press(page, "#undo");
  assert.equal(await valueIn(page, "steps"), steps);
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press("v");
  await sheet(page, "large");
  await press(page, "#large-close");
  await hand(page, "paste", ["pasted.png"]);
  await until(page, "edit-told", /pasted\.png/);
}
