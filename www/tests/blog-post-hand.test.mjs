// The article: pictures that emerge by hand, and code that is copied with whole addresses.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { setUp } from "./helpers.mjs";
import { finishAll, onCpu, putArticleModels } from "./post-site.mjs";

const { browser, site } = await setUp();
putArticleModels(site);
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

async function openPost(options = {}) {
  const page = await (await browser.newContext(options)).newPage();
  await page.addInitScript(onCpu);
  await page.goto(`${site.origin}/blog-post/`);
  return page;
}

const steps = (page) =>
  page.$$eval("#samplers diffusion-sampler", (all) => all.map(({ current }) => (current ? current.index + 1 : 0)));
const pictures = (page) =>
  page.$$eval("#samplers diffusion-sampler", (all) => all.map(({ current }) => current.rgba("xt").data.join()));

test("a slider leads four samplers from one noise to their pictures, and back", async () => {
  const page = await openPost();
  assert.equal(await page.isDisabled("#hand"), true);
  await page.evaluate(finishAll);
  await page.waitForSelector("#hand:not(:disabled)");
  assert.equal(await page.textContent("#reached"), "step 25 of 25");
  const last = await pictures(page);
  await page.locator("#hand").fill("3");
  assert.equal(await page.textContent("#reached"), "step 3 of 25");
  assert.deepEqual(await steps(page), [3, 3, 3, 3]);
  const early = await pictures(page);
  for (const [i, picture] of early.entries()) assert.notEqual(picture, last[i]);
  await page.locator("#hand").focus();
  for (let step = 3; step < 25; step++) await page.keyboard.press("ArrowRight");
  assert.deepEqual(await steps(page), [25, 25, 25, 25]);
  assert.deepEqual(await pictures(page), last);
  await page.click("#samplers [data-seed]");
  await page.evaluate(finishAll);
  await page.waitForSelector("#hand:not(:disabled)");
  assert.notDeepEqual(await pictures(page), last);
});

test("the code is copied with addresses that work anywhere", async () => {
  const page = await openPost({ permissions: ["clipboard-read", "clipboard-write"] });
  // It says so for a moment only: whatever it says is noted from before the click on.
  await page.evaluate(() => {
    const button = document.getElementById("copy");
    globalThis.said = new Set();
    new MutationObserver(() => globalThis.said.add(button.textContent)).observe(button, { childList: true });
  });
  await page.click("#copy");
  await page.waitForFunction(() => globalThis.said.has("Copied"));
  const code = await page.evaluate(() => navigator.clipboard.readText());
  const addresses = Array.from(code.matchAll(/(?:src|model)="([^"]+)"/g), ([, address]) => address);
  assert.deepEqual(addresses, [`${site.origin}/pkg/element.js`, `${site.origin}/models/emoji/`]);
  assert.equal((await fetch(addresses[0])).status, 200);
  assert.equal((await fetch(`${addresses[1]}unet/config.json`)).status, 200);
  assert.match(code, /<diffusion-sampler [\s\S]*<\/diffusion-sampler>/);
});

test("where the browser copies nothing the code is selected", async () => {
  const page = await openPost();
  await page.evaluate(() => {
    navigator.clipboard.writeText = () => Promise.reject(new Error("not allowed"));
  });
  await page.click("#copy");
  await page.waitForFunction(() => /<diffusion-sampler/.test(String(getSelection())));
});
