// The first screen: what it says that the page is, what is seen while the model comes, and how a phone is held to it.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { setUp } from "./helpers.mjs";
import { choose, openPage, SIZES, text, untilRun } from "./page-site.mjs";

const { browser, site } = await setUp({ whole: true });
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

/** What a screen of this size is: one of a phone is touched. */
const screen = ([width, height]) => ({
  viewport: { width, height },
  ...(width < 500 && { hasTouch: true, isMobile: true }),
});

/** Whether what a selector finds lies on the screen, all of it. */
const onScreen = (page, selector) =>
  page.locator(selector).evaluate((element) => {
    const { top, left, bottom, right } = element.getBoundingClientRect();
    return top >= 0 && left >= 0 && bottom <= innerHeight + 0.5 && right <= innerWidth + 0.5;
  });

/** How much of the last tab the list of tabs hides, in pixels. */
const hidden = (page) =>
  page.$eval(
    "#tabs",
    (tabs) => tabs.lastElementChild.getBoundingClientRect().right - tabs.getBoundingClientRect().right,
  );

for (const lang of ["en", "de"]) {
  test(`the tabs of every view are seen at once, from a small phone to a desktop (${lang})`, async () => {
    const page = await openPage(browser, site, `steps=1&images=1&lang=${lang}`, screen([360, 640]));
    for (const width of [360, 375, 384, 390, 412, 600, 641, 768, 820, 901, 1024, 1280]) {
      await page.setViewportSize({ width, height: 640 });
      const over = await page.evaluate(() =>
        [document.getElementById("tabs"), document.documentElement].map((one) => one.scrollWidth - one.clientWidth),
      );
      assert.deepEqual([...over, Math.max(0, await hidden(page))], [0, 0, 0], `${width} px`);
    }
  });
}

test("tabs that are too wide for a screen scroll, and the chosen one is seen", async () => {
  const page = await openPage(browser, site, "steps=1&images=1&lang=de", screen([320, 640]));
  assert.ok((await hidden(page)) > 10);
  await page.evaluate(() => document.getElementById("tab-hood").click());
  assert.ok((await hidden(page)) <= 0.5);
});

for (const size of SIZES) {
  test(`at ${size.join(" x ")} the first screen says what the page is, and has the button to press`, async () => {
    const page = await openPage(browser, site, "steps=2&seed=1", screen(size));
    assert.match(
      await text(page, "lead"),
      /^A neural network turns noise into pictures, on your computer: nothing is uploaded\. Press Generate\.$/,
    );
    for (const shown of ["#lead", "#generate"]) assert.ok(await onScreen(page, shown), shown);
    const { y, height: tall } = await page.locator("#stage").boundingBox();
    assert.ok(y >= 0 && y + tall / 2 < size[1] && tall > 200, "the stage is seen");
    assert.ok((await hidden(page)) <= 0.5, "the last tab is seen whole");
    const lines = await page.$$eval("[role=tab]", (tabs) => new Set(tabs.map((tab) => tab.offsetTop)).size);
    assert.equal(lines, 1, "the tabs stand in one line");
    const { height } = await page.locator("header").boundingBox();
    assert.ok(height <= 56, `the header has ${height} px`);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
  });
}

test("the article and the papers are linked", async () => {
  const page = await openPage(browser, site, "steps=1&images=1");
  const article = await page.getAttribute(".bottom a", "href");
  const answer = await page.request.get(new URL(article, page.url()).href);
  assert.match(await answer.text(), /How noise becomes a face/);
  await page.click('.bottom [popovertarget="papers"]');
  assert.ok(await page.isVisible("#papers a[href*='arxiv.org']"));
});

test("while the model is on its way a picture that it made is there", async () => {
  let release;
  const held = new Promise((resolve) => {
    release = resolve;
  });
  site.put("/slow/unet/config.json", () => held.then(() => ({ status: 404 })));
  const page = await openPage(browser, site, "", { model: "/slow/", loaded: false });
  await page.waitForFunction(() => document.querySelector("#loading img").complete);
  const [corner, middle, noisy] = await page.evaluate(() => {
    const image = document.querySelector("#loading img");
    const canvas = Object.assign(document.createElement("canvas"), { width: 134, height: 32 });
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    // The last of the four pictures is a face: white around it, and yellow. The first is noise.
    return [102, 118, 0].map((x) => [...context.getImageData(x, x === 118 ? 16 : 0, 2, 2).data]);
  });
  const [red, green, blue] = middle;
  assert.ok(Math.min(...corner) > 240, corner.join());
  assert.ok(red > 200 && green > 120 && blue < 120, middle.join());
  assert.ok(Math.min(...noisy) < 200, noisy.join());
  assert.ok(await page.isVisible("#loading img"));
  release();
  await page.waitForSelector("#loading", { state: "hidden" });
  assert.equal(await page.isVisible("#loading img"), false);
});

test("the pictures have the names of their classes under them", async () => {
  const page = await openPage(browser, site, "steps=2&images=3&seed=1&class=each");
  await page.click("#generate");
  await untilRun(page, "done");
  const names = () =>
    page.$$eval("#names:not([hidden]) span", (all) =>
      all.map((name) => ({ text: name.textContent, ...name.getBoundingClientRect().toJSON() })),
    );
  const [first, second, third] = await names();
  assert.deepEqual([first.text, second.text, third.text], ["a", "b", "a"]);
  const stage = await page.locator("#canvas").boundingBox();
  for (const name of [first, second, third]) {
    assert.ok(name.bottom <= stage.y + stage.height + 0.5 && name.top > stage.y, "on the stage, under a picture");
  }
  assert.ok(first.right <= second.left + 0.5 || first.bottom <= second.top + 0.5);
  // A click finds the picture where it is with its name.
  await page.mouse.click(third.left + third.width / 2, third.top - 3);
  await page.waitForSelector("#large[open]");
  assert.match(await text(page, "large-title"), /^Image 3 of 3/);
  await page.keyboard.press("Escape");
  await choose(page, "class", "any");
  await page.click("#generate");
  await untilRun(page, "done");
  assert.deepEqual(await names(), []);
  await choose(page, "class", "1");
  await page.fill("#images", "36");
  await page.setViewportSize({ width: 390, height: 700 });
  await page.click("#generate");
  await untilRun(page, "done");
  assert.deepEqual(await names(), [], "there is no room for 36 of them");
});
