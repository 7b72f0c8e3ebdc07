// The view "Compare": the table fills, cheap columns first, with the pictures of plain runs, and each opens its run.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { setUp } from "./helpers.mjs";
import { plainRun, shownOn } from "./page-pictures.mjs";
import { count, drawn, holdSteps, openPage, problem, text, untilRun, untilStep } from "./page-site.mjs";

const SAMPLERS = ["ddpm", "ddpm", "ddim", "analytic-ddpm", "analytic-ddim", "vdm"];
const VARIANCES = { 0: { variance: "small" }, 1: { variance: "large" } };
const COLUMNS = [10, 25, 50, 100];
const TABLE = { mean_sq_eps: Array.from({ length: 1001 }, (_, n) => (n === 0 ? 0 : 0.9)) };

const { browser, site } = await setUp();
site.putModel("/tiny/table/", { analytic: TABLE });
// With 40 timesteps the table has two columns instead of four, a fifth of the work.
const scheduler = { _class_name: "DDPMScheduler", num_train_timesteps: 40 };
site.putModel("/tiny/short/", { scheduler });
site.putModel("/tiny/short/table/", { scheduler, analytic: { mean_sq_eps: TABLE.mean_sq_eps.slice(0, 41) } });
afterEach(() => {
  site.drop("/pkg/cpu/unnoise.js");
  return Promise.all(browser.contexts().map((context) => context.close()));
});

/** Opens the view. */
async function openCompare(query, options = {}) {
  const page = await openPage(browser, site, query, options);
  await page.click("#tab-compare");
  await page.waitForSelector(".shot");
  return page;
}

const untilState = (page, words) =>
  page.waitForFunction((w) => document.getElementById("comparison-state")?.textContent.includes(w), words);

/** Where a picture is. */
const shot = (row, column) => `.line-of-cells:nth-child(${row + 2}) .cell:nth-child(${column + 2}) .shot`;

/** The grey values of a picture of the table. */
function pictureAt(page, row, column) {
  return page.$eval(`${shot(row, column)} canvas`, (canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return [...data].filter((_, i) => i % 4 === 0);
  });
}

/** Notes which pictures begin, in their order: "row column". */
function noteBeginnings(page) {
  return page.evaluate(() => {
    globalThis.begun = [];
    const shots = [...document.querySelectorAll(".shot")];
    new MutationObserver((changes) => {
      for (const { target } of changes) {
        const at = shots.indexOf(target);
        const place = `${Math.floor(at / 4)} ${at % 4}`;
        if (target.dataset.state === "running" && globalThis.begun.at(-1) !== place) globalThis.begun.push(place);
      }
    }).observe(document.getElementById("comparison"), {
      attributes: true,
      attributeFilter: ["data-state"],
      subtree: true,
    });
  });
}

test("every picture is that of its plain run, and the cheap columns come first", async () => {
  const page = await openCompare("model=/tiny/table/&seed=4&class=b");
  await noteBeginnings(page);
  await page.click("#generate");
  await untilState(page, "done in");
  const columnByColumn = COLUMNS.flatMap((_, column) => SAMPLERS.map((__, row) => `${row} ${column}`));
  assert.deepEqual(await page.evaluate(() => globalThis.begun), columnByColumn);
  for (const [row, sampler] of SAMPLERS.entries()) {
    for (const [column, steps] of COLUMNS.slice(0, 2).entries()) {
      const clip = sampler === "vdm" ? {} : { clip: "x0" };
      const options = { sampler, steps, seed: 4, labels: [1], ...clip, ...VARIANCES[row] };
      const [plain] = await plainRun(page, options, "/tiny/table/");
      assert.deepEqual(await pictureAt(page, row, column), plain, `${sampler}, ${steps} steps`);
    }
  }
  assert.match(await text(page, "comparison-state"), /^seed 4 · b · done in/);
  assert.match(await text(page, "cost"), /for 24 pictures on this machine/);
  assert.deepEqual(page.complaints, []);
});

test("a picture opens its run in Generate", async () => {
  const page = await openCompare("model=/tiny/short/table/&seed=6&class=a");
  await page.click("#generate");
  await untilState(page, "done in");
  const picture = await pictureAt(page, 4, 1);
  await page.click(shot(4, 1));
  await untilRun(page, "done");
  assert.equal(await page.getAttribute("#tab-generate", "aria-selected"), "true");
  assert.equal(await text(page, "caption"), "Analytic-DDIM · 25 steps · a · seed 6");
  assert.deepEqual(await count(page), [25, 25]);
  assert.deepEqual(await shownOn(page, "canvas"), [picture]);
  assert.equal(await page.isChecked("#fresh-seed"), false);
});

test("the table is walked with the arrow keys, and Enter opens a picture that is not computed yet", async () => {
  const page = await openCompare("model=/tiny/table/&seed=6&class=a");
  await page.focus(shot(0, 0));
  for (const key of ["ArrowRight", "ArrowRight", "End", "ArrowLeft", "ArrowUp", "Home", "ArrowUp"]) {
    await page.keyboard.press(key);
  }
  const focused = () => page.evaluate(() => document.activeElement.getAttribute("aria-label"));
  assert.equal(await focused(), "DDPM large, 10 steps: not computed yet. Open in Generate");
  assert.equal(await page.locator(".shot[tabindex='0']").count(), 1);
  await page.keyboard.press("Enter");
  await untilRun(page, "done");
  assert.equal(await text(page, "caption"), "DDPM large · 10 steps · a · seed 6");
});

test("Stop acts within one step, and Compare goes on with what is missing", async () => {
  const held = holdSteps(site);
  const page = await openCompare("seed=1&class=a");
  await page.click("#generate");
  held.let(12);
  await untilState(page, "1 of 16 pictures");
  await page.waitForSelector(`${shot(1, 0)}[data-state="running"]`);
  await held.until(13);
  await page.click("#stop");
  assert.equal(await text(page, "comparison-state"), "seed 1 · a · stopped with 1 of 16 pictures");
  assert.equal(await page.isDisabled("#stop"), true);
  held.let(1000);
  await drawn(page);
  assert.equal(held.begun, 13);
  const picture = await pictureAt(page, 0, 0);
  await noteBeginnings(page);
  await page.click("#generate");
  await untilState(page, "3 of 16 pictures");
  assert.deepEqual((await page.evaluate(() => globalThis.begun)).slice(0, 2), ["1 0", "2 0"]);
  assert.deepEqual(await pictureAt(page, 0, 0), picture);
});

test("a model without the table has those rows explained, and the rest computed", async () => {
  const page = await openCompare("model=/tiny/short/&seed=2&class=a");
  const said = await page.locator(".instead:visible").allTextContents();
  assert.equal(said.length, 2);
  for (const sentence of said) assert.match(sentence, /analytic_dpm\.json, which this model lacks/);
  // On a wide stage the samplers stand beside each other, on a phone below.
  for (const [key, width] of [
    ["ArrowRight", 1280],
    ["ArrowDown", 390],
  ]) {
    await page.setViewportSize({ width, height: 800 });
    await page.focus(shot(2, 0));
    await page.keyboard.press(key);
    assert.match(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), /^VDM, 10 steps/);
  }
  await page.click("#generate");
  await untilState(page, "done in");
  // DDPM's two and DDIM with 10 and 25 of the 40 timesteps, VDM with any number of steps.
  assert.equal(await page.locator(".shot[data-state='done']").count(), 10);
});

test("a count of steps that the schedule does not have is said, and the other pictures come", async () => {
  const page = await openCompare("model=/tiny/short/&seed=2&class=a");
  await page.click("#generate");
  await untilState(page, "done in");
  assert.match(await text(page, "comparison-problem"), /steps is 100.*40/i);
  assert.match(await page.getAttribute(shot(0, 3), "aria-label"), /^DDPM small, 100 steps: .*40/);
  assert.equal(await page.getAttribute(shot(0, 1), "data-state"), "done");
});

test("an impossible seed is refused beside it", async () => {
  const page = await openCompare("model=/tiny/short/&class=a");
  await page.fill("#seed", "soup");
  await page.click("#generate");
  assert.match(await problem(page, "seed"), /soup.*whole number/);
  assert.equal(await text(page, "comparison-state"), "");
  await page.fill("#seed", "3");
  await page.click("#generate");
  await untilState(page, "done in");
  assert.equal(await text(page, "seed-problem"), "");
});

test("one run at a time: Compare stops Generate's, and Generate stops Compare's", async () => {
  // A picture of the table has ten steps, and is let have fewer.
  const held = holdSteps(site);
  const page = await openCompare("seed=2&class=a&steps=200&images=1");
  await page.click("#tab-generate");
  await page.click("#generate");
  held.let(2);
  await untilStep(page, 1);
  await page.click("#tab-compare");
  await page.click("#generate");
  held.let(4);
  await untilState(page, "0 of 16 pictures");
  assert.match(await text(page, "outcome"), /^stopped at step/);
  await page.click("#tab-generate");
  await page.click("#generate");
  held.let(4);
  await untilStep(page, 1);
  assert.match(await text(page, "comparison-state"), /stopped with 0 of 16/);
  await page.click("#tab-compare");
  await page.click("#stop");
  assert.match(await text(page, "outcome"), /^stopped at step/);
});

test("on a phone nothing is wider than the screen", async () => {
  const page = await openCompare("seed=2&class=a", { viewport: { width: 360, height: 740 } });
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 360);
  const box = await page.locator(shot(5, 3)).boundingBox();
  assert.ok(box.x + box.width <= 360 && box.width >= 44, JSON.stringify(box));
});
