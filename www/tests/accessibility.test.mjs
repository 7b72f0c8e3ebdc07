// axe-core finds nothing on any view, in light and dark, on a laptop and on a phone.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { faults, faultsOnScreens } from "./axe.mjs";
import { setUp } from "./helpers.mjs";
import { openPage, untilRun } from "./page-site.mjs";

const { browser, site } = await setUp();
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

test("every view of the page", async () => {
  const page = await openPage(browser, site, "steps=4&seed=5");
  await page.click("#generate");
  await untilRun(page, "done");
  const tabs = await page.$$eval("[role=tab]", (tabs) => tabs.map(({ id }) => id));
  assert.ok(tabs.length >= 2);
  for (const tab of tabs) {
    await page.click(`#${tab}`);
    const drawn = {
      "tab-interpolate": "#morph-swap",
      "tab-edit": "#easel",
      "tab-train": "#train-canvas",
      "tab-compare": ".shot",
      "tab-hood": "#factors-rows td",
    }[tab];
    if (drawn) await page.waitForSelector(drawn);
    assert.deepEqual(await faultsOnScreens(page), [], tab);
  }
});

test("what the page unfolds", async () => {
  const page = await openPage(browser, site, "steps=4&seed=5");
  await page.click("#model-change");
  assert.deepEqual(await faultsOnScreens(page), [], "the model's form");
  await page.evaluate(() => {
    for (const folded of document.querySelectorAll("details")) folded.open = true;
  });
  assert.deepEqual(await faultsOnScreens(page), [], "details");
  for (const id of await page.$$eval("[popover]", (popovers) => popovers.map(({ id }) => id))) {
    await page.evaluate((id) => document.getElementById(id).showPopover(), id);
    assert.deepEqual(await faultsOnScreens(page, `#${id}`), [], id);
    await page.evaluate((id) => document.getElementById(id).hidePopover(), id);
  }
});

test("a page whose model is missing", async () => {
  const page = await openPage(browser, site, "", { loaded: false, model: "/nothing/" });
  await page.waitForSelector("#model-problem:not(:empty)");
  assert.deepEqual(await faultsOnScreens(page), []);
});

/** A page with the element in each of its forms, and one that finds no model. */
const ELEMENTS = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Elements</title><meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">
<style>html { background: Canvas }</style><script type="module" src="/pkg/element.js"></script><main><h1>Elements</h1>
${["full", "minimal", "none"].map((controls) => `<diffusion-sampler model="/tiny/" steps="3" labels="a" controls="${controls}"></diffusion-sampler>`).join("")}
<diffusion-sampler model="/nothing/">No model.</diffusion-sampler></main></html>`;

test("the element, before and after it has run, and the page of an iframe", async () => {
  site.put("/elements.html", { type: "text/html; charset=utf-8", body: ELEMENTS });
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${site.origin}/elements.html`);
  await page.waitForFunction(() => customElements.get("diffusion-sampler") !== undefined);
  assert.deepEqual(await faultsOnScreens(page), [], "idle");
  const outcomes = await page.evaluate(async () => {
    const found = [];
    for (const element of document.querySelectorAll("diffusion-sampler")) {
      element.scrollIntoView();
      found.push(await element.generate());
    }
    return found;
  });
  assert.deepEqual(outcomes, ["complete", "complete", "complete", "failed"]);
  assert.deepEqual(await faultsOnScreens(page), [], "at their end");

  await page.goto(`${site.origin}/embed.html?model=/tiny/&steps=3&autoplay`);
  await page.waitForFunction(() => document.querySelector("diffusion-sampler")?.state === "complete");
  // It is transparent; what shows through is the page around.
  await page.addStyleTag({ content: "html { background: Canvas }" });
  assert.deepEqual(await faultsOnScreens(page), [], "embed.html");
});

test("axe-core does find what is wrong", async () => {
  const page = await openPage(browser, site, "steps=4");
  await page.evaluate(() => {
    document.getElementById("scrub").removeAttribute("aria-label");
  });
  const found = (await faults(page)).map((fault) => fault.split(":")[0]);
  assert.ok(found.includes("label"), found.join());
});

test("the screens differ: one with a fault is named, and the others are not", async () => {
  const page = await (await browser.newContext()).newPage();
  const styles = `html { color-scheme: light dark } @media (width < 400px) { i { display: block; width: 500px; height: 9px } }
    @media (prefers-color-scheme: dark) { p { color: #222; background: #000 } }`;
  const markup = `<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>a</title>
    <style>${styles}</style><main><h1>a</h1><p>hard to read</p><i></i></main></html>`;
  await page.setContent(markup);
  const found = (await faultsOnScreens(page)).map((fault) => fault.split(": ").slice(0, 2).join(": "));
  const wide = "wider than the screen";
  assert.deepEqual(found, [
    "dark: color-contrast",
    `phone, light: ${wide}`,
    "phone, dark: color-contrast",
    `phone, dark: ${wide}`,
  ]);
});
