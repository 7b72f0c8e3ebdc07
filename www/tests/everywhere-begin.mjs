// What a visitor finds everywhere: the first screen, what it keeps and says where nothing can run, and what stands in other pages.
import assert from "node:assert/strict";
import {
  checked,
  choose,
  fill,
  generate,
  pixels,
  press,
  said,
  screenOf,
  seen,
  sheet,
  until,
  untilDone,
  untilSeen,
  valueIn,
} from "./everywhere.mjs";
import { firefoxPage } from "./firefox.mjs";
import { Site } from "./helpers.mjs";
import { putArticleModels } from "./post-site.mjs";

export async function firstScreen({ page }) {
  await page.waitForFunction(() => document.querySelector("#loading img").complete);
  for (const selector of ["#loading img", "#lead", "#generate"]) assert.ok(await seen(page, selector), selector);
  assert.equal(
    await said(page, "lead"),
    "A neural network turns noise into pictures, on your computer: nothing is uploaded. Press Generate.",
  );
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
  const header = await page.$eval("header", (header) => header.offsetHeight);
  const lines = await page.$$eval("[role=tab]", (tabs) => new Set(tabs.map((tab) => tab.offsetTop)).size);
  assert.ok(header <= 56 && lines === 1, `a header of ${header} px, tabs in ${lines} lines`);
}

export async function firstSample({ page, release }) {
  release();
  await untilDone(page);
  assert.deepEqual([await checked(page, "sampler"), await checked(page, "base")], ["analytic", "ddpm"]);
  assert.match(await said(page, "caption"), new RegExp(`^Analytic-DDPM · ${await valueIn(page, "steps")} steps`));
  const name = await page.$eval("#canvas", (canvas) => canvas.getAttribute("aria-label"));
  assert.ok(name.startsWith(`${await valueIn(page, "images")} images`), name);
  assert.match(await said(page, "sampler-hint"), /Good in few steps\.$/);
  assert.match(await said(page, "clip-hint"), /x0-eps gives better pictures$/);
}

export async function namesAndLinks({ page }) {
  const names = await page.$$eval("#names:not([hidden]) span", (all) => all.map((one) => one.textContent));
  assert.deepEqual(names, ["a", "b", "a", "b"]);
  const last = await page.$$eval("#names span", (all) => all.at(-1).getBoundingClientRect().bottom);
  const stage = await page.$eval("#stage", (stage) => stage.getBoundingClientRect().bottom);
  assert.ok(last <= stage, `${last} is below the stage, which ends at ${stage}`);
  const article = await page.$eval(".bottom a", ({ href }) => href);
  assert.match(await (await fetch(article)).text(), /How noise becomes a face/);
  await press(page, '.bottom [popovertarget="papers"]');
  await sheet(page, "papers");
  assert.ok((await page.$$("#papers a[href*='arxiv.org']")).length > 5);
  await page.keyboard.press("Escape");
}

export async function words({ page }) {
  await fill(page, "images", "1");
  await fill(page, "steps", "3");
  await generate(page);
  assert.match(await said(page, "caption"), /^Analytic-DDPM · 3 steps · a · seed \d+$/);
  await press(page, "#model-change");
  await fill(page, "model-url", "/slow/");
  await until(page, "model-cost", /^This model is loaded already\.$/);
  await press(page, "#model-change");
}

export async function backend({ page }) {
  await press(page, "#more summary");
  await fill(page, "steps", "60");
  await press(page, "#generate", false);
  const workers = await page.evaluate(() => globalThis.workers);
  await choose(page, "backend", "cpu");
  await untilDone(page);
  assert.equal(await said(page, "count"), "60 / 60");
  assert.equal(await page.evaluate(() => globalThis.workers), workers);
  await until(page, "backend-text", /^CPU.* · [\d.]+ m?s per image and step$/);
  await press(page, "#more summary");
}

export async function kept({ page }) {
  const missing = await page.evaluate(async () => {
    const { href } = document.querySelector("link[rel=manifest]");
    const { icons } = await (await fetch(href)).json();
    const { content } = document.querySelector('meta[property="og:image"]');
    const named = [...icons.map(({ src }) => src), content].map((path) => new URL(path, href).href);
    const answers = await Promise.all(named.map((url) => fetch(url)));
    return answers
      .filter(({ ok, headers }) => !ok || !/^image/.test(headers.get("content-type")))
      .map(({ url }) => url);
  });
  assert.deepEqual(missing, []);
  await page.waitForFunction(async () => {
    const name = (await caches.keys()).find((name) => name.startsWith("unnoise modules"));
    const files = name ? await (await caches.open(name)).keys() : [];
    return navigator.serviceWorker.controller !== null && files.length >= 2;
  });
}

export async function address({ page }) {
  await fill(page, "steps", "4");
  await fill(page, "images", "2");
  await generate(page);
  const shown = [await said(page, "caption"), await pixels(page)];
  await page.waitForFunction(() => new URLSearchParams(location.search).get("steps") === "4");
  assert.equal(new URL(page.url()).searchParams.get("seed"), await valueIn(page, "seed"));
  await press(page, "#tab-compare");
  await page.waitForSelector(".shot");
  assert.equal(await page.evaluate(() => location.hash), "#compare");
  await page.evaluate(() => history.back());
  await page.waitForSelector("#canvas", { visible: true });
  await page.reload();
  await until(page, "caption", / seed /);
  await untilDone(page);
  assert.deepEqual([await said(page, "caption"), await pixels(page)], shown);
}

export async function offline({ page, site }) {
  await site.close();
  // Other pages were opened meanwhile; one that is behind another draws no frames.
  await page.bringToFront();
  await page.reload();
  await until(page, "model-name", /^slow$/);
  await press(page, "#tab-generate");
  await generate(page);
}

/** That there is one sentence in sight, and nothing that could be pressed in vain. */
async function isUnable(page, sentence, selector) {
  assert.match(await page.$eval(selector, (one) => one.textContent.trim()), sentence);
  assert.ok(await seen(page, selector), selector);
  for (const control of ["#generate", "#tabs", "#play", "#backend-chip", "#language", "#keys-open", "#restart"]) {
    assert.equal(await page.$eval(control, (one) => one.checkVisibility({ visibilityProperty: true })), false, control);
  }
  await page.close();
}

export async function unable({ open }) {
  const page = await open("/", { init: () => delete globalThis.WebAssembly });
  await until(page, "hindrance", /./);
  await isUnable(page, /has no WebAssembly, .*turned off\.$/, "#hindrance");
}

/** In a browser that runs no scripts, on screens of all sizes. */
export async function scriptless(browser, sizes) {
  const site = await Site.start();
  try {
    for (const size of sizes) {
      const page = await firefoxPage(browser, `${site.origin}/`, { viewport: screenOf(size) });
      await isUnable(page, /needs JavaScript\. Allow it for this page, then reload\.$/, "#loading noscript p");
    }
  } finally {
    await site.close();
  }
}

export async function embedded({ browser, open, site }) {
  const html = `<!doctype html><title>host</title><iframe width="240" height="240" style="border: 0"
    src="/embed.html?model=/tiny/&backend=cpu&steps=2&seed=1"></iframe>`;
  site.put("/host.html", { type: "text/html; charset=utf-8", body: html });
  const page = await open("/host.html");
  const outside = await page.evaluate(async () => {
    const inside = document.querySelector("iframe").contentWindow;
    while (!inside.document.querySelector("diffusion-sampler")?.generate) await new Promise(requestAnimationFrame);
    const element = inside.document.querySelector("diffusion-sampler");
    const outcome = await element.generate();
    const boxes = [...element.shadowRoot.querySelectorAll('button, input, [part~="stage"], [part~="caption"]')]
      .filter((one) => one.checkVisibility({ visibilityProperty: true }))
      .map((one) => one.getBoundingClientRect().toJSON());
    const wrong = boxes.filter(({ left, top, right, bottom }) => left < -4 || top < 0 || right > 244 || bottom > 240.5);
    return { outcome, few: boxes.length < 4, wrong };
  });
  assert.deepEqual(outside, { outcome: "complete", few: false, wrong: [] });
  await page.close();

  // Where the page is kept the bundled model is too; in a profile of its own the article finds a small one in its place.
  putArticleModels(site);
  const post = await open("/blog-post/", { of: browser });
  assert.equal(await post.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
  await post.$eval("#samplers", (box) => box.scrollIntoView());
  await post.waitForSelector("#hand:not(:disabled)");
  await fill(post, "hand", "3");
  assert.equal(await said(post, "reached"), "step 3 of 25");
  await untilSeen(post, "#hand");
  await post.browserContext().close();
}
