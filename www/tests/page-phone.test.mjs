// The page on a phone: Generate stays at hand, pictures come into view, and links go to other applications.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { setUp } from "./helpers.mjs";
import { openPage, text, untilRun } from "./page-site.mjs";

const { browser, site } = await setUp();
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));
const PHONE = { viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true };

const place = (page, selector) =>
  page.locator(selector).evaluate((element) => element.getBoundingClientRect().toJSON());

test("Generate stays on the screen in every view, wherever one has scrolled to", async () => {
  const page = await openPage(browser, site, "steps=2&images=1", PHONE);
  for (const tab of ["generate", "interpolate", "edit", "train", "compare", "hood"]) {
    await page.click(`#tab-${tab}`);
    for (const share of [0, 0.5, 1]) {
      await page.evaluate((share) => scrollTo(0, share * document.documentElement.scrollHeight), share);
      const { top, bottom } = await place(page, "#generate");
      assert.ok(top > 0 && bottom <= 640, `${tab} ${share}: ${top} to ${bottom}`);
    }
    // The last of the page is not under the buttons.
    const covered = await place(page, ".actions");
    assert.ok((await place(page, "#language")).bottom <= covered.top, tab);
  }
});

test("the stage comes into view when a run begins", async () => {
  const page = await openPage(browser, site, "steps=2&images=1&seed=1", PHONE);
  for (const [tab, stage] of [
    ["generate", "#stage"],
    ["interpolate", "#morph-stage"],
    ["compare", "#comparison"],
  ]) {
    await page.click(`#tab-${tab}`);
    // Compare is fetched when it is first shown, and has its height then.
    if (tab === "compare") await page.waitForSelector(".shot");
    await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
    assert.ok((await place(page, stage)).top < -100, `${tab}: out of sight`);
    await page.click("#generate");
    await page.waitForFunction((stage) => {
      const { top, bottom } = document.querySelector(stage).getBoundingClientRect();
      return top >= -1 && bottom > 200;
    }, stage);
  }
});

test("a link is handed to another application where the device can, and who changes their mind is told nothing", async () => {
  const init = () => {
    globalThis.handed = [];
    navigator.share = async (what) => {
      handed.push(what);
      if (handed.length > 1) throw handed.length > 2 ? new Error("no application") : new DOMException("", "AbortError");
    };
  };
  const page = await openPage(browser, site, "steps=2&images=1&seed=9", { ...PHONE, init });
  await page.click("#generate");
  await untilRun(page, "done");
  await page.click("#share-open");
  for (const _ of [1, 2, 3]) await page.click("#share-send");
  const [{ title, url }] = await page.evaluate(() => handed);
  assert.equal(url, await page.inputValue("#share-text"));
  assert.match(url, /seed=9/);
  assert.equal(title, await page.title());
  await page.waitForSelector("#share-problem:not(:empty)");
  assert.equal(await text(page, "share-problem"), "No application.");
  await page.click("label:has([name=share-as][value=python])");
  await page.waitForSelector("#share-send", { state: "hidden" });
});

test("where the device hands on nothing, no button says so", async () => {
  const init = () => delete Navigator.prototype.share;
  const page = await openPage(browser, site, "steps=1&images=1", { ...PHONE, init });
  await page.click("#share-open");
  await page.waitForSelector("#share-copy:not(:disabled)");
  assert.equal(await page.locator("#share-send").count(), 0);
});
