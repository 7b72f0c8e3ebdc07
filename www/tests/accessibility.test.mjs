// axe-core finds nothing on any view, in light and dark, on a laptop and on a phone.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { faults, SCREENS } from "./axe.mjs";
import { launch, Site } from "./helpers.mjs";
import { openPage, untilRun } from "./page-site.mjs";

let browser;
let site;
before(async () => {
  browser = await launch();
  site = await Site.start();
});
after(() => browser.close());
after(() => site.close());
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

for (const { name, ...screen } of SCREENS) {
  test(`every view of the page (${name})`, async () => {
    const page = await openPage(browser, site, "steps=4&seed=5", screen);
    await page.click("#generate");
    await untilRun(page, "done");
    const tabs = await page.$$eval("[role=tab]", (tabs) => tabs.map(({ id }) => id));
    assert.ok(tabs.length >= 2);
    for (const tab of tabs) {
      await page.click(`#${tab}`);
      assert.deepEqual(await faults(page), [], tab);
    }
  });

  test(`what the page unfolds (${name})`, async () => {
    const page = await openPage(browser, site, "steps=4&seed=5", screen);
    await page.click("#model-change");
    assert.deepEqual(await faults(page), [], "the model's form");
    await page.evaluate(() => {
      for (const folded of document.querySelectorAll("details")) folded.open = true;
    });
    assert.deepEqual(await faults(page), [], "details");
    for (const id of await page.$$eval("[popover]", (popovers) => popovers.map(({ id }) => id))) {
      await page.evaluate((id) => document.getElementById(id).showPopover(), id);
      assert.deepEqual(await faults(page), [], id);
      await page.evaluate((id) => document.getElementById(id).hidePopover(), id);
    }
  });
}

test("a page whose model is missing", async () => {
  const page = await openPage(browser, site, "", { loaded: false, model: "/nothing/" });
  await page.waitForSelector("#model-problem:not(:empty)");
  assert.deepEqual(await faults(page), []);
});

test("axe-core does find what is wrong", async () => {
  const page = await openPage(browser, site, "steps=4");
  await page.evaluate(() => {
    document.getElementById("scrub").removeAttribute("aria-label");
  });
  const found = (await faults(page)).map((fault) => fault.split(":")[0]);
  assert.ok(found.includes("label"), found.join());
});
