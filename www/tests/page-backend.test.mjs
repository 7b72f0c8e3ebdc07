// The back end: choosing the one that runs changes nothing, and the chip says how fast it is, per image and step.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { setUp } from "./helpers.mjs";
import { choose, count, openPage, slowSteps, text, untilRun, untilStep } from "./page-site.mjs";

const SLOW = 60;
const { browser, site } = await setUp();
afterEach(() => {
  site.drop("/pkg/cpu/unnoise.js");
  return Promise.all(browser.contexts().map((context) => context.close()));
});

const slowly = async (query) => {
  site.patch("/pkg/cpu/unnoise.js", { after: slowSteps(SLOW) });
  return openPage(browser, site, query);
};

test("choosing the back end that is in use stops nothing", async () => {
  const page = await slowly("steps=100&images=1&backend=auto");
  await page.click("#more summary");
  await page.click("#generate");
  await untilStep(page, 1);
  const since = site.requests.length;
  await choose(page, "backend", "cpu");
  await page.waitForTimeout(300);
  assert.equal(await page.getAttribute("#stage", "aria-busy"), "true");
  await untilRun(page, "done");
  assert.deepEqual(await count(page), [100, 100]);
  assert.deepEqual(
    site.requests.slice(since).filter(({ path }) => path.includes("worker")),
    [],
  );
  await page.waitForFunction(() => new URLSearchParams(location.search).get("backend") === "cpu");
});

test("the chip's time is that of one image, however many are made at once", async () => {
  const page = await slowly("steps=6&images=8&class=a");
  await page.click("#generate");
  await untilRun(page, "done");
  const said = await text(page, "backend-text");
  const [, workers, time] = /^CPU, (\d+) workers · ([\d.]+) ms per image and step$/.exec(said) ?? [];
  const turns = Math.ceil(8 / Number(workers));
  // Beside what a step of all eight took on this machine.
  const [, amount, unit] = /^([\d.]+) (m?s)$/.exec(await text(page, "read-ms")) ?? [];
  const perStep = Number(amount) * (unit === "s" ? 1000 : 1);
  assert.ok(Number(time) < (2 * perStep) / turns, `${said}, ${turns} images one after the other, ${perStep} ms`);
  await page.click("#backend-chip");
  assert.equal(await text(page, "info-speed"), `${time} ms per image and step`);
  // It is known on the next visit before anything runs.
  await page.reload();
  await page.waitForSelector("#loading", { state: "hidden" });
  assert.equal(await text(page, "backend-text"), said);
});
