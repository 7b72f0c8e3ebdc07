// What regular visitors are used to: keys with their sheet, undo, a large picture, past runs, pasting, progress in the title.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { faultsOnScreens } from "./axe.mjs";
import { setUp } from "./helpers.mjs";
import { count, openPage, pixels, slowSteps, text, untilRun, untilStep } from "./page-site.mjs";

const { browser, site } = await setUp();
afterEach(() => {
  site.drop("/pkg/cpu/unnoise.js");
  return Promise.all(browser.contexts().map((context) => context.close()));
});

const generate = async (page) => {
  await page.click("#generate");
  await untilRun(page, "done");
};

/** Lets the body have the focus, as after a click beside everything. */
const rest = (page) => page.evaluate(() => document.activeElement?.blur());

const shown = (page, id) => page.waitForSelector(`#${id}:visible`);

/** Clicks the middle of the first picture of a stage with one row. */
async function enlarge(page) {
  const { x, y, width, height } = await page.locator("#canvas").boundingBox();
  await page.mouse.click(x + width / 2, y + height / 2);
  await shown(page, "large");
}

test("keys do what their sheet says, and nothing while a text is typed", async () => {
  const page = await openPage(browser, site, "steps=4&images=1&seed=5&class=a");
  const chunks = () => site.requests.filter(({ path }) => /habits/.test(path)).length;
  assert.equal(chunks(), 0, "nothing of it is fetched before it is used");
  await page.keyboard.press("g");
  await untilRun(page, "done");
  await page.keyboard.press("ArrowLeft");
  assert.deepEqual(await count(page), [3, 4]);
  await page.keyboard.press("ArrowRight");
  assert.deepEqual(await count(page), [4, 4]);
  await page.keyboard.press("4");
  await shown(page, "train-canvas");
  await page.keyboard.press("5");
  await shown(page, "comparison");
  await page.keyboard.press("1");
  await page.keyboard.press("r");
  assert.notEqual(await page.inputValue("#seed"), "5");
  await page.keyboard.press("?");
  await shown(page, "keys");
  assert.match(await text(page, "keys"), /Roll another seed/);
  await page.uncheck("#keys-on");
  await page.keyboard.press("Escape");
  await rest(page);
  const seed = await page.inputValue("#seed");
  await page.keyboard.press("r");
  assert.equal(await page.inputValue("#seed"), seed);
  await page.click("#keys-open");
  await page.check("#keys-on");
  await page.click("#keys >> text=Close");
  await page.fill("#seed", "");
  await page.focus("#seed");
  await page.keyboard.type("gr8");
  assert.equal(await page.inputValue("#seed"), "gr8");
  await page.focus("#play");
  await page.keyboard.press("Space");
  assert.deepEqual(page.complaints, []);
});

test("a change of settings can be undone and made again, by keys and by a button", async () => {
  const page = await openPage(browser, site, "steps=4&images=1&seed=5&class=a");
  const steps = () => page.inputValue("#steps");
  // The page's own timer, which was set before, has run then.
  const rested = () => page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 450)));
  await page.click("#steps");
  await page.waitForSelector("#undo", { state: "attached" });
  await page.fill("#steps", "7");
  await rested();
  await page.click('label:has(input[name="sampler"][value="ddpm"])');
  await rested();
  await rest(page);
  await page.keyboard.press("ControlOrMeta+z");
  assert.deepEqual([await page.isChecked("input[name=sampler][value=ddim]"), await steps()], [true, "7"]);
  await page.click("#undo");
  assert.equal(await steps(), "4");
  assert.equal(await page.isVisible("#undo"), false);
  assert.equal(await page.evaluate(() => document.activeElement.id), "generate");
  await page.keyboard.press("ControlOrMeta+Shift+z");
  assert.equal(await steps(), "7");
  await page.click("#tab-interpolate");
  const b = await page.inputValue("#seed-b");
  await page.click("#dice-b");
  await rested();
  await page.click("#undo");
  assert.equal(await page.inputValue("#seed-b"), b);
  await generateIn(page);
});

/** An undone setting is one that runs. */
async function generateIn(page) {
  await page.click("#tab-generate");
  await generate(page);
  assert.equal((await count(page))[1], 7);
}

test("past runs are shown again at once, with their settings, address and all their steps", async () => {
  const page = await openPage(browser, site, "steps=3&images=2&seed=5&class=a");
  await generate(page);
  const first = [await text(page, "caption"), await pixels(page)];
  assert.equal(await page.locator("#runs button").count(), 0);
  await page.fill("#steps", "4");
  await page.fill("#seed", "6");
  await generate(page);
  await page.waitForSelector("#runs button:nth-child(2)");
  const asked = await page.evaluate(() => globalThis.asked);
  await page.click("#runs button:nth-child(1)");
  assert.deepEqual([await text(page, "caption"), await pixels(page)], first);
  assert.deepEqual([await page.inputValue("#steps"), await page.inputValue("#seed")], ["3", "5"]);
  assert.deepEqual(await count(page), [3, 3]);
  await page.waitForFunction(() => new URLSearchParams(location.search).get("seed") === "5");
  await page.click("#back");
  assert.deepEqual(await count(page), [2, 3]);
  assert.equal(await page.evaluate(() => globalThis.asked), asked, "nothing is computed but the plan");
  assert.equal(await page.getAttribute("#runs button:nth-child(1)", "aria-current"), "true");
  await page.click("#share-open");
  await page.waitForFunction(() => document.getElementById("share-text")?.value.includes("seed=5"));
});

test("a click enlarges a picture; it is saved, becomes an end of an interpolation, or is varied", async () => {
  const page = await openPage(browser, site, "steps=2&images=1&seed=5&class=b", { acceptDownloads: true });
  await generate(page);
  await enlarge(page);
  assert.equal(await text(page, "large-title"), "Image 1 of 1 · b");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#large-save")]);
  assert.equal(download.suggestedFilename(), "unnoise-ddim-2-seed5-class1.png");
  await page.click("#large-b");
  await shown(page, "seed-b");
  assert.equal(await page.inputValue("#seed-b"), "5");
  assert.equal(await page.$eval("#class-b", (select) => select.selectedOptions[0].text), "b");
  await page.click("#tab-generate");
  await rest(page);
  await page.keyboard.press("v");
  await shown(page, "large");
  await page.click("#large-vary");
  await shown(page, "edit-results");
  await page.waitForFunction(() => /^(\d+) \/ \1$/.test(document.getElementById("edit-count")?.textContent));
  assert.equal(await page.isChecked("input[name=edit-tool][value=begin]"), true);
  assert.deepEqual(page.complaints, []);
});

test("images of one batch, which have no seed of their own, are ends in Edit", async () => {
  const page = await openPage(browser, site, "steps=2&images=3&seed=5&class=a");
  await generate(page);
  await enlarge(page);
  assert.equal(await text(page, "large-title"), "Image 2 of 3 · a");
  await page.keyboard.press("ArrowRight");
  assert.equal(await text(page, "large-title"), "Image 3 of 3 · a");
  await page.click("#large-a");
  await shown(page, "easel");
  await page.click("#tab-generate");
  await enlarge(page);
  await page.click("#large-b");
  await page.waitForSelector("#edit-other:visible");
  await page.click("#generate");
  await page.waitForFunction(() => /^(\d+) \/ \1$/.test(document.getElementById("edit-count")?.textContent));
});

test("a picture can be pasted anywhere, and lands in Edit", async () => {
  const page = await openPage(browser, site, "steps=2&images=1&seed=5");
  await page.evaluate(async () => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 8, height: 8 });
    canvas.getContext("2d").fillRect(2, 2, 4, 4);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve));
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File([blob], "square.png", { type: "image/png" }));
    document.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  });
  await shown(page, "easel");
  await page.waitForFunction(() => document.getElementById("edit-told")?.textContent.includes("square.png"));
});

test("the title says how far a long run is", async () => {
  site.patch("/pkg/cpu/unnoise.js", { after: slowSteps(250) });
  const page = await openPage(browser, site, "steps=24&images=1&seed=5");
  const own = await page.title();
  await page.click("#generate");
  await untilStep(page, 2);
  assert.equal(await page.title(), own);
  await page.waitForFunction(() => /^\d+ % · unnoise/.test(document.title));
  await untilRun(page, "done");
  assert.equal(await page.title(), own);
});

test("what is added has no fault that axe-core finds", async () => {
  const page = await openPage(browser, site, "steps=2&images=2&seed=5&class=a", { hasTouch: true });
  await generate(page);
  await page.fill("#seed", "6");
  await generate(page);
  await page.waitForSelector("#runs button:nth-child(2)");
  await page.fill("#steps", "3");
  await shown(page, "undo");
  assert.deepEqual(await faultsOnScreens(page), []);
  await rest(page);
  await page.keyboard.press("v");
  await shown(page, "large");
  assert.deepEqual(await faultsOnScreens(page, "#large"), []);
  await page.click("#large-close");
  await page.keyboard.press("?");
  await shown(page, "keys");
  assert.deepEqual(await faultsOnScreens(page, "#keys"), []);
  await page.keyboard.press("Escape");
  await page.click("#tab-interpolate");
  const { width, height } = await page.locator("#morph-swap").boundingBox();
  assert.ok(width >= 24 && height >= 24, `${width} x ${height}`);
});

for (const [width, height] of [
  [1440, 900],
  [1280, 720],
  [390, 844],
  [360, 640],
]) {
  test(`at ${width} x ${height} past runs, Undo and the large picture have room`, async () => {
    const page = await openPage(browser, site, "steps=2&images=6&seed=1&class=a", { viewport: { width, height } });
    for (let seed = 2; seed < 12; seed++) {
      await page.fill("#seed", String(seed));
      await generate(page);
    }
    await page.waitForSelector("#runs button:nth-child(8)");
    assert.equal(await page.locator("#runs button").count(), 8);
    await page.fill("#steps", "3");
    await shown(page, "undo");
    const inside = (selector) =>
      page.$$eval(selector, (all) =>
        all
          .filter((e) => e.checkVisibility())
          .every((e) => {
            const { left, right } = e.getBoundingClientRect();
            return left >= 0 && right <= innerWidth;
          }),
      );
    assert.ok(await inside("#undo, #generate, #stop, #share-open, #save-open"));
    assert.ok(await inside("#runs, #runs button:last-child"));
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    await rest(page);
    await page.keyboard.press("v");
    await shown(page, "large");
    assert.ok(await inside("#large, #large button, #large canvas"));
    const { y, height: tall } = await page.locator("#large").boundingBox();
    assert.ok(y >= 0 && y + tall <= height, `${y} + ${tall}`);
  });
}
