// The view "Interpolate": its ends are the plain runs of their seeds, coarse frames come first, and the film is scrubbed.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { setUp } from "./helpers.mjs";
import { pageParts, plainRun, shownOn } from "./page-pictures.mjs";
import { choose, drawn, holdSteps, openPage, problem, slowSteps, text, untilRun, untilStep } from "./page-site.mjs";

const SLOW = 80;

const { browser, site } = await setUp();
afterEach(() => {
  site.drop("/pkg/cpu/unnoise.js");
  return Promise.all(browser.contexts().map((context) => context.close()));
});

/** Before the page's own scripts: notes the batches that are asked for. */
function noteBatches() {
  globalThis.batches = [];
  for (const type of [Worker, MessagePort]) {
    const { postMessage } = type.prototype;
    type.prototype.postMessage = function (message, ...more) {
      const found = JSON.stringify(message, (_, v) => (ArrayBuffer.isView(v) ? undefined : v)) ?? "";
      const at = /"at":(\[.*?\])(,"labels"|\})/.exec(found);
      if (at) globalThis.batches.push(JSON.parse(at[1]));
      return postMessage.call(this, message, ...more);
    };
  }
}

/** Opens the view with A = 4 of class a, and B = 9. */
async function openInterpolate(query = "", { slow = false, b = "9", ...options } = {}) {
  if (slow) site.patch("/pkg/cpu/unnoise.js", { after: slowSteps(SLOW) });
  const page = await openPage(browser, site, `${query}&steps=3&seed=4&class=a`, { init: noteBatches, ...options });
  await page.click("#tab-interpolate");
  await page.fill("#seed-b", b);
  return page;
}

const outcome = (page) => text(page, "morph-outcome");

const untilOutcome = (page, words) =>
  page.waitForFunction((w) => document.getElementById("morph-outcome")?.textContent.startsWith(w), words);

/** Computes all frames. */
async function interpolate(page) {
  await page.click("#generate");
  await untilOutcome(page, "done");
}

/** The frame at a place of the slider. */
async function frame(page, at, count = 1) {
  await page.fill("#morph-scrub", String(at));
  return shownOn(page, "morph-canvas", count);
}

for (const sampler of ["ddim", "ddpm"]) {
  test(`the ends are the plain ${sampler.toUpperCase()} runs of their seeds and classes, pixel for pixel`, async () => {
    const page = await openInterpolate(`sampler=${sampler}`);
    await page.selectOption("#class-b", { label: "b" });
    await page.fill("#frames", "5");
    await interpolate(page);
    const plain = (seed, label) => plainRun(page, { sampler, steps: 3, seed, labels: [label], clip: "x0" });
    const [a, b] = [await frame(page, 0), await frame(page, 4)];
    assert.deepEqual(a, await plain(4, 0));
    assert.deepEqual(b, await plain(9, 1));
    const middle = await frame(page, 2);
    assert.notDeepEqual(middle, a);
    assert.notDeepEqual(middle, b);
    assert.equal(await text(page, "morph-count"), "50 %");
    const variance = sampler === "ddpm" ? " small" : "";
    assert.equal(
      await text(page, "morph-caption"),
      `${sampler.toUpperCase()}${variance} · 3 steps · a → b · seeds 4 → 9`,
    );
    const shared = await text(page, "morph-shared");
    assert.match(shared, sampler === "ddim" ? /adds no noise after that/ : /So does the noise that/);
    assert.match(shared, /a → b\.$/);
    assert.deepEqual(page.complaints, []);
  });
}

test("A is the picture on the stage, until A is chosen or there are frames", async () => {
  const page = await openPage(browser, site, "steps=2&images=2");
  const seedOfA = async () => {
    await page.click("#tab-interpolate");
    const shown = await page.inputValue("#seed-a");
    await page.click("#tab-generate");
    return shown;
  };
  const run = async (seed) => {
    await page.fill("#seed", seed);
    await page.click("#generate");
    await page.waitForFunction((s) => document.getElementById("caption")?.textContent.includes(`seed ${s}`), seed);
  };
  await run("41");
  assert.equal(await seedOfA(), "41");
  await run("42");
  assert.equal(await seedOfA(), "42");
  await page.click("#tab-interpolate");
  await page.fill("#seed-a", "7");
  await page.click("#tab-generate");
  await run("43");
  assert.equal(await seedOfA(), "7");
});

test("the ends and the middle come first, then the quarters, then the eighths", async () => {
  const page = await openInterpolate();
  await interpolate(page);
  assert.deepEqual(await page.evaluate(() => globalThis.batches), [
    [0, 0.5, 1],
    [0.25, 0.75],
    [0.125, 0.375, 0.625, 0.875],
  ]);
});

test("every count of frames is computed once, in batches of few", async () => {
  const { batchesOf, placeOf, frameAt } = await pageParts("interpolate/settings");
  const layouts = Array.from({ length: 32 }, (_, i) => ({ columns: i + 2, rows: 1, images: 1 }));
  for (let side = 2; side <= 9; side++) layouts.push({ columns: side, rows: side, images: 1 });
  for (const layout of layouts) {
    const batches = batchesOf(layout);
    const frames = batches.flatMap((batch) => batch.frames);
    const all = Array.from({ length: layout.columns * layout.rows }, (_, i) => i);
    assert.deepEqual(
      frames.toSorted((x, y) => x - y),
      all,
    );
    assert.ok(batches.every((batch) => batch.frames.length <= 8 && batch.images === batch.frames.length));
    assert.ok(batches[0].frames.includes(0) && batches[0].frames.includes(layout.columns - 1));
    for (const each of all) assert.equal(frameAt(placeOf(each, layout), layout), each);
  }
});

test("the loop has no seam: every frame follows one of its neighbours, the first follows the last", async () => {
  const { loopOf, frameOfTurn, partOf } = await pageParts("interpolate/loop");
  for (const layout of [2, 3, 9, 33].map((columns) => ({ columns, rows: 1 }))) {
    const loop = loopOf(layout);
    assert.equal(loop.length, Math.max(2, 2 * (layout.columns - 1)));
    for (const [i, each] of loop.entries()) assert.equal(Math.abs(each - loop[(i + 1) % loop.length]), 1);
    for (let each = 0; each < layout.columns; each++) assert.equal(frameOfTurn(partOf(each, layout), layout), each);
    assert.equal(frameOfTurn(0.999, layout), 0);
  }
  for (const side of [2, 3, 5]) {
    const loop = loopOf({ columns: side, rows: side });
    assert.equal(new Set(loop).size, 4 * (side - 1));
    for (const [i, each] of loop.entries()) {
      const next = loop[(i + 1) % loop.length];
      const [x, y] = [(each % side) - (next % side), Math.floor(each / side) - Math.floor(next / side)];
      assert.equal(Math.abs(x) + Math.abs(y), 1);
    }
  }
});

test("frames are seen while they are computed, and a coarse one stands in for its neighbours", async () => {
  const page = await openInterpolate("", { slow: true });
  await page.click("#generate");
  await untilOutcome(page, "3 of 9 frames");
  await page.click("#stop");
  const [a, near] = [await frame(page, 0), await frame(page, 1)];
  assert.deepEqual(near, a);
  assert.match(await page.getAttribute("#morph-canvas", "aria-label"), /a neighbouring frame is shown/);
  await page.click("#generate");
  await untilOutcome(page, "done");
  assert.notDeepEqual(await frame(page, 1), a);
  assert.match(await page.getAttribute("#morph-canvas", "aria-label"), /^1 image: 13 % of the way from A to B$/);
});

test("Stop acts within one step, keeps the frames, and Interpolate goes on with what is missing", async () => {
  const held = holdSteps(site);
  const page = await openInterpolate("steps=20");
  await page.click("#generate");
  for (let step = 0; !(await outcome(page)).startsWith("3 of 9 frames"); step++) {
    held.let(1);
    await held.until(step + 2);
  }
  await page.click("#stop");
  assert.equal(await outcome(page), "stopped with 3 of 9 frames");
  assert.equal(await page.isDisabled("#stop"), true);
  const begun = held.begun;
  held.let(1000);
  await drawn(page);
  // The step in flight is one call for each worker that has some of its frames, at most two here.
  assert.ok(held.begun <= begun + 2, `${held.begun - begun} more`);
  const first = await frame(page, 8);
  const before = await page.evaluate(() => globalThis.batches.length);
  await page.click("#generate");
  await untilOutcome(page, "5 of 9 frames");
  const after = await page.evaluate((from) => globalThis.batches.slice(from), before);
  assert.deepEqual(after[0], [0.25, 0.75]);
  assert.deepEqual(await frame(page, 8), first);
});

test("the slider is moved by the keyboard, and Space plays the loop", async () => {
  const page = await openInterpolate();
  await interpolate(page);
  await page.focus("#morph-scrub");
  for (const key of ["End", "ArrowLeft", "ArrowLeft"]) await page.keyboard.press(key);
  assert.equal(await text(page, "morph-count"), "75 %");
  assert.equal(await page.getAttribute("#morph-scrub", "aria-valuetext"), "frame 7 of 9, 75 % of the way from A to B");
  const pictures = await shownOn(page, "morph-canvas");
  await page.keyboard.press("Space");
  await page.waitForFunction(() => document.getElementById("morph-count")?.textContent === "100 %");
  await page.waitForFunction(() => document.getElementById("morph-count")?.textContent === "0 %");
  await page.keyboard.press("Space");
  const at = await text(page, "morph-count");
  await drawn(page);
  assert.equal(await text(page, "morph-count"), at);
  assert.deepEqual(await frame(page, 6), pictures);
});

test("the loop plays by itself when all is done, goes on when the tab is shown again, but never under reduced motion", async () => {
  const lively = await openInterpolate("sampler=ddim", { reducedMotion: "no-preference" });
  await interpolate(lively);
  const moves = () => lively.waitForFunction((at) => document.getElementById("morph-count").textContent !== at, "0 %");
  await moves();
  await lively.click("#tab-compare");
  const shown = await text(lively, "morph-count");
  await drawn(lively);
  assert.equal(await text(lively, "morph-count"), shown);
  await lively.click("#tab-interpolate");
  await lively.waitForFunction((at) => document.getElementById("morph-count").textContent !== at, shown);

  const still = await openInterpolate();
  await interpolate(still);
  await drawn(still);
  assert.equal(await text(still, "morph-count"), "0 %");
  assert.equal(await still.getAttribute("#morph-play", "aria-label"), "Play the loop");
});

test("four seeds: the corners are the plain runs, and the square is walked by pointer and keyboard", async () => {
  const page = await openInterpolate();
  await choose(page, "morph-mode", "four");
  await page.fill("#seed-c", "11");
  await page.fill("#seed-d", "12");
  await page.selectOption("#class-d", { label: "b" });
  await page.fill("#frames", "3");
  await interpolate(page);
  const batches = await page.evaluate(() => globalThis.batches);
  assert.deepEqual(batches[0], [[0, 0], [1, 0], [0, 1], [1, 1]]); // biome-ignore format: a square
  const box = await page.locator("#morph-grid").boundingBox();
  const corner = async (u, v) => {
    await page.mouse.click(box.x + (0.1 + 0.8 * u) * box.width, box.y + (0.1 + 0.8 * v) * box.height);
    return shownOn(page, "morph-canvas");
  };
  const plain = (seed, label) => plainRun(page, { steps: 3, seed, labels: [label], clip: "x0" });
  assert.deepEqual(await corner(0, 0), await plain(4, 0));
  assert.deepEqual(await corner(1, 0), await plain(9, 0));
  assert.deepEqual(await corner(0, 1), await plain(11, 0));
  assert.deepEqual(await corner(1, 1), await plain(12, 1));
  await page.focus("#morph-down");
  await page.keyboard.press("ArrowLeft");
  assert.equal(await text(page, "morph-count"), "100 %, 50 %");
});

test("variations share their noise down to a step; with DDIM nothing parts, and DDPM is one click away", async () => {
  const page = await openInterpolate("steps=4");
  await choose(page, "morph-mode", "variations");
  await page.waitForSelector("#morph-ddpm:not([hidden])");
  assert.match(
    await text(page, "morph-shared"),
    /^DDIM adds no noise after the start, so the images would all be the same/,
  );
  // Nothing is computed that would be the same picture again and again: the other sampler is offered.
  const asked = await page.evaluate(() => globalThis.asked);
  await page.click("#generate");
  assert.match(await problem(page, "branch"), /^DDIM adds no noise/);
  assert.match(await text(page, "cost"), /^DDIM adds no noise/);
  assert.equal(await page.evaluate(() => document.activeElement.id), "morph-ddpm");
  assert.equal(await page.evaluate(() => globalThis.asked), asked, "no more than the plan");
  await page.click("#morph-ddpm");
  await page.waitForSelector("#morph-ddpm", { state: "hidden" });
  assert.equal(await text(page, "branch-problem"), "");
  assert.equal(await page.isChecked('input[name="sampler"][value="ddpm"]'), true);
  await page.fill("#frames", "3");
  await interpolate(page);

  const [plain] = await plainRun(page, { sampler: "ddpm", steps: 4, seed: 4, labels: [0], clip: "x0" });
  const groups = [];
  for (const at of [0, 1, 2]) groups.push(await frame(page, at, 4));
  for (const group of groups) assert.deepEqual(group[0], plain);
  const kinds = groups.map((group) => new Set(group.map(String)).size);
  assert.deepEqual(kinds, [4, 4, 1]);
  const spread = groups.map((group) => distance(group[0], group[1]));
  assert.ok(spread[0] > spread[1] && spread[1] > 0, String(spread));
  await page.fill("#morph-scrub", "1");
  assert.match(
    await text(page, "morph-shared"),
    /^These 4 images share the noise of the first 2 of 4 steps, and part there, at t = 250/,
  );
  assert.equal(await text(page, "morph-count"), "t = 250");
});

const distance = (a, b) => a.reduce((sum, value, i) => sum + Math.abs(value - b[i]), 0);

test("A and B change places with their classes, and dice roll other seeds", async () => {
  const page = await openInterpolate();
  await page.selectOption("#class-b", { label: "b" });
  await page.click("#morph-swap");
  const corner = async (name) => [
    await page.inputValue(`#seed-${name}`),
    await page.$eval(`#class-${name}`, (select) => select.selectedOptions[0].text),
  ];
  assert.deepEqual([await corner("a"), await corner("b")], [["9", "b"], ["4", "a"]]); // biome-ignore format: two corners
  await page.click("#dice-b");
  assert.notEqual(await page.inputValue("#seed-b"), "4");
});

/** What is typed, and what must be said beside it. */
const IMPOSSIBLE = [
  ["#seed-b", "soup", "corners", /seed B is “soup”.*whole number/i],
  ["#seed-a", "-1", "corners", /seed A is “-1”/i],
  ["#frames", "40", "frames", /frames is 40.*2 to 33/i],
  ["#steps", "0", "steps", /is 0: .*1 to 1,000/],
];

for (const [control, value, beside, sentence] of IMPOSSIBLE) {
  test(`${control} ${value} is refused in words beside it, and what is computed stays`, async () => {
    const page = await openInterpolate();
    await interpolate(page);
    const kept = await frame(page, 0);
    const before = await page.inputValue(control);
    await page.fill(control, value);
    await page.click("#generate");
    assert.match(await problem(page, beside), sentence);
    assert.deepEqual(await frame(page, 0), kept);
    assert.match(await outcome(page), /^done/);
    await page.fill(control, before);
    await interpolate(page);
    assert.equal(await text(page, `${beside}-problem`), "");
    assert.deepEqual(page.complaints, []);
  });
}

test("one run at a time, and the frames survive a look at another tab", async () => {
  const page = await openInterpolate("steps=100&images=1", { slow: true });
  await page.click("#tab-generate");
  await page.click("#generate");
  await untilStep(page, 1);
  await page.click("#tab-interpolate");
  await page.fill("#steps", "2");
  await interpolate(page);
  assert.match(await text(page, "outcome"), /^stopped at step/);
  const middle = await frame(page, 4);
  await page.click("#tab-generate");
  await page.click("#generate");
  await untilRun(page, "done");
  await page.click("#tab-interpolate");
  assert.deepEqual(await shownOn(page, "morph-canvas"), middle);
});

test("a link to #interpolate opens the view, with what it will cost once the machine is known", async () => {
  const page = await openInterpolate();
  assert.equal(new URL(page.url()).hash, "#interpolate");
  await interpolate(page);
  assert.match(await text(page, "cost"), /for 9 frames on this machine/);
  await page.reload();
  await page.waitForSelector("#interpolate:not([hidden])");
  assert.equal(await text(page, "generate"), "Interpolate");
});

test("on a phone nothing is wider than the screen", async () => {
  const page = await openInterpolate("", { viewport: { width: 360, height: 740 } });
  for (const mode of ["two", "four", "variations"]) {
    await choose(page, "morph-mode", mode);
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 360, mode);
  }
});
