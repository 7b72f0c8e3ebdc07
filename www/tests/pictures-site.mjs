// What the tests of Train share: opening the view of pictures, drawing with its editor, a short training, what is kept of it, and a tab
// that is hidden.
import assert from "node:assert/strict";
import { unzipSync } from "fflate";
import { choose, openPage } from "./page-site.mjs";

/** The page with Train's pictures shown. */
export async function openPictures(browser, site, query = "train=pictures", options = {}) {
  const page = await openPage(browser, site, `steps=2&images=1&${query}`, options);
  await page.click("#tab-train");
  await page.waitForSelector("#train-stage");
  await page.waitForSelector("input[name=train-mode][value=pictures]:checked", { state: "attached" });
  return page;
}

/** Draws so many pictures, each with one line more than the one before, and adds them to those to learn from. */
export async function drawPictures(page, count) {
  for (let i = 0; i < count; i++) {
    const { x, y, width, height } = await page.locator("#train-pixels").boundingBox();
    await page.mouse.move(x + 0.1 * width, y + (0.1 + 0.15 * i) * height);
    await page.mouse.down();
    await page.mouse.move(x + 0.9 * width, y + (0.2 + 0.15 * i) * height, { steps: 4 });
    await page.mouse.up();
    await page.click("#train-pixels-add");
  }
}

/** Trains for a moment: until the network has drawn pictures, and Stop is pressed. */
export async function trainBriefly(page) {
  // More than it takes: a slow machine must not be at the end before Stop is pressed.
  await choose(page, "train-minutes", "15");
  await page.click("#generate");
  await page.waitForFunction(() => /^16 pictures after/.test(document.getElementById("train-grid")?.ariaLabel ?? ""));
  await page.click("#stop");
  await untilRest(page);
}

/** The step at which a training was kept; undefined where none is. */
export const keptStep = (page, name) =>
  page.evaluate(async (name) => {
    const asked = (request) =>
      new Promise((resolve) => Object.assign(request, { onsuccess: () => resolve(request.result) }));
    const storage = await asked(indexedDB.open("unnoise-train"));
    if (!storage.objectStoreNames.contains("trainings")) return undefined;
    return (await asked(storage.transaction("trainings").objectStore("trainings").get(name)))?.step;
  }, name);

/** What was trained is kept once a minute has passed, while the training goes on. The page's clock goes ahead by so long. */
export async function isKeptEveryMinute(page, name) {
  assert.equal(await keptStep(page, name), undefined);
  for (let minute = 1, before = 0; minute <= 2; minute++) {
    await page.evaluate((ms) => {
      globalThis.realNow ??= performance.now.bind(performance);
      performance.now = () => globalThis.realNow() + ms;
    }, minute * 61_000);
    let step = before;
    while (step === before) {
      await page.waitForTimeout(50);
      step = (await keptStep(page, name)) ?? 0;
    }
    assert.ok(step > before, `${step} after ${before}`);
    assert.match(await page.textContent("#train-state"), /^step /, "it goes on");
    before = step;
  }
}

/** Hides the tab in mid-training, which pauses it, and shows it again. */
export async function isPausedWhereHidden(page) {
  const state = () => page.textContent("#train-state");
  await page.evaluate(() => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => globalThis.away });
    globalThis.away = true;
  });
  await page.waitForFunction(() => /^paused at step/.test(document.getElementById("train-state")?.textContent));
  const paused = await state();
  assert.match(paused, /^paused at step \d+: this tab is hidden$/);
  assert.match(await page.title(), /^Paused · .*unnoise/);
  await page.waitForTimeout(300);
  assert.equal(await state(), paused);
  await page.evaluate(() => {
    globalThis.away = false;
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await page.waitForFunction(() => /^step/.test(document.getElementById("train-state")?.textContent));
  assert.doesNotMatch(await page.title(), /Paused/);
}

/** The equation of what is minimised is seen without being scrolled. */
export async function isEquationWhole(page, objective) {
  const widths = await page.$$eval("#train-objective math", (all) =>
    all.map((math) => [math.scrollWidth, math.clientWidth]),
  );
  assert.ok(widths.length > 0 && widths.every(([whole, seen]) => whole <= seen), `${objective}: ${widths}`);
}

/** Waits until the training has ended. */
export const untilRest = (page) =>
  page.waitForFunction(() => /^stopped at/.test(document.getElementById("train-state")?.textContent ?? ""));

/** Waits until it has come to this step. */
export const untilStep = (page, step) =>
  page.waitForFunction(
    (least) => Number(document.getElementById("train-step")?.textContent.replace(",", "")) >= least,
    step,
  );

/** The entries of the zip that a click saves. */
export async function savedZip(page, button) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.click(button)]);
  const parts = [];
  for await (const part of await download.createReadStream()) parts.push(part);
  return unzipSync(Buffer.concat(parts));
}

/** An entry that is JSON. */
export const jsonOf = (entry) => JSON.parse(new TextDecoder().decode(entry));
