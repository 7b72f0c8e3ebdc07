// The page: a run from Generate to its last step, and the player.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { setUp } from "./helpers.mjs";
import {
  choose,
  count,
  drawn,
  holdSteps,
  openPage,
  pixels,
  slowSteps,
  text,
  untilRun,
  untilStep,
} from "./page-site.mjs";

/** Long enough to press a key during a step, in milliseconds. */
const SLOW = 120;

const { browser, site } = await setUp();
afterEach(() => {
  site.drop("/pkg/cpu/unnoise.js");
  return Promise.all(browser.contexts().map((context) => context.close()));
});

const slowPage = (query, options) => {
  site.patch("/pkg/cpu/unnoise.js", { after: slowSteps(SLOW) });
  return openPage(browser, site, query, options);
};

/** The page in a run of one image, whose next step after these waits until it is let go. */
async function heldPage(query, steps) {
  const held = holdSteps(site);
  const page = await openPage(browser, site, `images=1&${query}`);
  await page.click("#generate");
  held.let(steps);
  await untilStep(page, steps);
  await held.until(steps + 1);
  return { page, held };
}

/** Seconds, of "7 s", "120 ms" or "1:05 min". */
function seconds(said) {
  const [, minutes = 0, number, unit] = /^(?:(\d+):)?([\d.]+) (ms|s|min)$/.exec(said);
  return unit === "ms" ? number / 1000 : 60 * minutes + Number(number);
}

test("Generate computes every step and draws each of them", async () => {
  const page = await openPage(browser, site, "steps=7&images=3&seed=5");
  const seen = await page.evaluate(async () => {
    const shown = new Set();
    const canvas = document.getElementById("canvas");
    const { drawImage } = CanvasRenderingContext2D.prototype;
    CanvasRenderingContext2D.prototype.drawImage = function (...o) {
      if (this.canvas === canvas) shown.add(document.getElementById("count").textContent);
      return drawImage.apply(this, o);
    };
    document.getElementById("generate").click();
    while (!document.getElementById("outcome").textContent.startsWith("done")) await new Promise(requestAnimationFrame);
    return [...shown];
  });
  assert.deepEqual(seen, ["0 / 7", "1 / 7", "2 / 7", "3 / 7", "4 / 7", "5 / 7", "6 / 7", "7 / 7"]);
  assert.equal(await text(page, "caption"), "DDIM · 7 steps · one of each class · seed 5");
  assert.match(await text(page, "backend-text"), /^CPU, \d+ workers · [\d.]+ m?s per image and step$/);
  assert.match(await text(page, "cost"), /for 3 images on this machine/);
  assert.deepEqual(page.complaints, []);
});

test("a run reports its step, timestep, signal-to-noise ratio, speed and time left", async () => {
  const page = await slowPage("steps=10&seed=1");
  await page.click("#generate");
  await untilStep(page, 3);
  await page.click("#play");
  await untilRun(page, "paused");
  const [perStep, left] = [seconds(await text(page, "read-ms")), seconds(await text(page, "read-left"))];
  const [done] = await count(page);
  assert.ok(perStep >= SLOW / 1000, `${perStep} s per step`);
  assert.ok(Math.abs(left - perStep * (10 - done)) <= 1 + 0.2 * left, `${left} s left after ${done} of 10 steps`);
  await page.fill("#scrub", "2");
  const [t, snr] = [await text(page, "read-t"), await text(page, "read-snr")];
  assert.deepEqual([t, await count(page)], ["800", [2, 10]]);
  // Linear schedule from 0.0001 to 0.02: alpha_bar at timestep 800 is 0.001480.
  assert.equal(snr, "0.0015");
  await page.fill("#scrub", "0");
  assert.deepEqual([await text(page, "read-t"), await text(page, "read-snr")], ["900", "0"]);
});

test("predicted and noisy image are swapped without a step or a call, at past steps too", async () => {
  const { page } = await heldPage("steps=6&seed=2", 4);
  await page.click("#play");
  await untilRun(page, "paused");
  const asked = () => page.evaluate(() => globalThis.asked);
  const before = await asked();
  for (const step of ["4", "2"]) {
    await page.fill("#scrub", step);
    const predicted = await pixels(page);
    await choose(page, "which", "xt");
    const noisy = await pixels(page);
    await choose(page, "which", "x0");
    assert.notEqual(noisy, predicted);
    assert.equal(await pixels(page), predicted);
  }
  assert.equal(await asked(), before);
});

test("pause holds, single steps compute one step each, and scrubbing goes back over what is computed", async () => {
  const { page, held } = await heldPage("steps=9&seed=3", 2);
  await page.click("#play");
  held.let(1);
  await untilStep(page, 3);
  const pictures = [await pixels(page)];
  await drawn(page);
  assert.deepEqual([await count(page), held.begun], [[3, 9], 3]);

  await page.click("#forward");
  held.let(1);
  await untilStep(page, 4);
  await drawn(page);
  assert.deepEqual([await count(page), held.begun], [[4, 9], 4]);
  pictures.push(await pixels(page));
  assert.notEqual(pictures[0], pictures[1]);

  await page.click("#back");
  assert.deepEqual([await count(page), await pixels(page)], [[3, 9], pictures[0]]);
  await page.fill("#scrub", "9");
  assert.deepEqual([await count(page), await pixels(page)], [[4, 9], pictures[1]]);
  await page.fill("#scrub", "1");
  await page.click("#play");
  held.let(5);
  await untilRun(page, "done");
  assert.deepEqual([await count(page), held.begun], [[9, 9], 9]);
  await page.fill("#scrub", "4");
  assert.equal(await pixels(page), pictures[1]);
});

test("a single step that is asked for while another is computed is computed too", async () => {
  const { page, held } = await heldPage("steps=20&seed=3", 2);
  await page.click("#play");
  held.let(1);
  await untilStep(page, 3);
  await page.evaluate(() => {
    for (let press = 0; press < 3; press++) document.getElementById("forward").click();
  });
  await held.until(4);
  held.let(17);
  await untilStep(page, 6);
  await drawn(page);
  assert.deepEqual([await count(page), held.begun], [[6, 20], 6]);
});

test("a finished run is played again without computing anything", async () => {
  const page = await openPage(browser, site, "steps=12");
  await page.click("#generate");
  await untilRun(page, "done");
  const asked = await page.evaluate(() => globalThis.asked);
  await page.click("#play");
  await page.waitForFunction(() => document.getElementById("count").textContent !== "12 / 12");
  await page.waitForFunction(() => document.getElementById("count")?.textContent === "12 / 12");
  assert.equal(await page.evaluate(() => globalThis.asked), asked);
});

test("Stop acts within one step and keeps what is computed", async () => {
  const { page, held } = await heldPage("steps=50", 3);
  await page.click("#stop");
  assert.equal(await text(page, "outcome"), "stopped at step 3 of 50");
  held.let(100);
  await drawn(page);
  const [later] = await count(page);
  assert.ok(later <= 4, `${later} after 3`);
  assert.equal(await page.isDisabled("#stop"), true);
  await page.click("#back");
  assert.deepEqual(await count(page), [later - 1, 50]);
  // The steps of another run are the only ones that follow.
  await page.fill("#steps", "2");
  await page.click("#generate");
  await untilRun(page, "done");
  assert.equal(held.begun, 6);
});

test("Generate during a run puts a new one in its place", async () => {
  const page = await slowPage("steps=30&seed=8");
  await page.click("#generate");
  await untilStep(page, 2);
  await page.fill("#steps", "4");
  await page.click("#generate");
  await untilRun(page, "done");
  assert.deepEqual(await count(page), [4, 4]);
  assert.match(await text(page, "caption"), /seed 8$/);
});

test("the page runs a small sample by itself, and the visitor's own run takes its place", async () => {
  const page = await slowPage("steps=40", { reducedMotion: "no-preference" });
  await untilStep(page, 1);
  assert.match(await text(page, "caption"), /^DDIM · 20 steps · one of each class · seed \d+$/);
  await page.fill("#steps", "3");
  await page.click("#generate");
  await untilRun(page, "done");
  assert.deepEqual(await count(page), [3, 3]);
});

test("nothing runs by itself under reduced motion", async () => {
  const held = holdSteps(site);
  held.let(1);
  const page = await openPage(browser, site, "images=1&steps=1");
  await drawn(page);
  assert.equal(await text(page, "count"), "no step yet");
  assert.match(await page.getAttribute("#canvas", "aria-label"), /nothing has been computed yet/);
  await page.click("#generate");
  await untilRun(page, "done");
  assert.equal(held.begun, 1);
});

test("every run has a seed of its own until the visitor sets one", async () => {
  const page = await openPage(browser, site, "steps=2");
  const seeds = [];
  for (let run = 0; run < 2; run++) {
    await page.click("#generate");
    await untilRun(page, "done");
    seeds.push(await text(page, "caption"));
  }
  assert.notEqual(seeds[0], seeds[1]);
  await page.fill("#seed", "42");
  const pictures = [];
  for (let run = 0; run < 2; run++) {
    await page.click("#generate");
    await untilRun(page, "done");
    pictures.push(await pixels(page));
  }
  assert.equal(pictures[0], pictures[1]);
  await page.click("#dice");
  assert.notEqual(await page.inputValue("#seed"), "42");
});
